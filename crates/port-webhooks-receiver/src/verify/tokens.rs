//! The signatures of the timestamped scheme: tokens such as `v1,c2ln…`, with single spaces between them.

use super::error::VerifyErrorKind;
use super::macs::Macs;
use crate::codec::base64;
use crate::config::MOST_BYTES;
use crate::mac::MacBytes;

/// The most tokens, of any kind, that a header may have.
const MOST_TOKENS: usize = 16;

/// The MACs that a header shows. Its value is trimmed.
pub(super) fn read(value: &[u8]) -> Result<Macs, VerifyErrorKind> {
    // One signature and nothing else, as it nearly always is.
    if let Some(mac) = signature(value) {
        return Ok(Macs::one(mac));
    }
    if value.len() > MOST_BYTES || tokens(value).count() > MOST_TOKENS {
        return Err(VerifyErrorKind::MalformedHeader);
    }
    Macs::of(tokens(value).filter_map(signature)).ok_or_else(|| {
        if tokens(value).all(is_of_another_version) {
            VerifyErrorKind::UnsupportedVersion
        } else {
            VerifyErrorKind::MalformedHeader
        }
    })
}

/// Parted by single spaces: two of them have an empty token between them.
fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b' ')
}

/// The MAC of a token that is well formed.
fn signature(token: &[u8]) -> Option<MacBytes> {
    token.strip_prefix(b"v1,").and_then(base64::decode)
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
