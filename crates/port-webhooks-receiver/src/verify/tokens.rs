//! The signatures of the timestamped scheme: tokens such as `v1,c2ln…`, with single spaces between them.

use super::error::VerifyErrorKind;
use crate::codec::base64;
use crate::mac::MacBytes;

/// The most bytes that a header may have.
pub(super) const MOST_BYTES: usize = 4096;
/// The most tokens, of any kind, that a header may have.
const MOST_TOKENS: usize = 16;

/// The MACs that a header shows.
pub(super) struct Shown {
    macs: [MacBytes; MOST_TOKENS],
    count: usize,
}

impl Shown {
    /// Reads a value that is trimmed.
    pub(super) fn read(value: &[u8]) -> Result<Self, VerifyErrorKind> {
        if value.len() > MOST_BYTES {
            return Err(VerifyErrorKind::MalformedHeader);
        }
        let mut shown = Self { macs: [[0; 32]; MOST_TOKENS], count: 0 };
        let mut all_of_another_version = true;
        for (at, token) in value.split(|byte| *byte == b' ').enumerate() {
            if at == MOST_TOKENS {
                return Err(VerifyErrorKind::MalformedHeader);
            }
            if let Some(mac) = token.strip_prefix(b"v1,").and_then(base64::decode) {
                shown.macs[shown.count] = mac;
                shown.count += 1;
            } else {
                all_of_another_version &= is_of_another_version(token);
            }
        }
        match (shown.count, all_of_another_version) {
            (1.., _) => Ok(shown),
            (0, true) => Err(VerifyErrorKind::UnsupportedVersion),
            (0, false) => Err(VerifyErrorKind::MalformedHeader),
        }
    }

    pub(super) fn macs(&self) -> &[MacBytes] {
        &self.macs[..self.count]
    }
}

/// Whether this is `v2,…`, `v1a,…`, `V1,…` or the like: a version, which is not `v1`, and a comma.
fn is_of_another_version(token: &[u8]) -> bool {
    let Some(comma) = token.iter().position(|byte| *byte == b',') else { return false };
    match &token[..comma] {
        b"v1" => false,
        [b'v' | b'V', number @ ..] => {
            !number.is_empty()
                && number.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
        }
        _ => false,
    }
}
