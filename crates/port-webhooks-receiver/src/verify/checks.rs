//! What each scheme checks, and in which order.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use http::HeaderName;
use subtle::Choice;

use super::error::{VerifyError, VerifyErrorKind};
use super::verified::{Freshness, Verified};
use crate::builder::BodyAlgorithm;
use crate::clock::WallClock;
use crate::config::MOST_BYTES;
use crate::json;
use crate::mac::{Key, MacBytes, same};
use crate::scheme::Scheme;
use crate::timestamp::{MOST_DIGITS, SignedTime};

/// A scheme that signs the body alone. There is at least one key.
pub(super) struct BodyScheme {
    pub(super) algorithm: BodyAlgorithm,
    pub(super) prefix: String,
    pub(super) keys: Vec<Key>,
}

/// The scheme that signs the time too. There is at least one key.
pub(super) struct TimestampedScheme {
    /// The header of the timestamp.
    pub(super) header: HeaderName,
    pub(super) tolerance: Duration,
    pub(super) clock: Arc<dyn WallClock>,
    /// Whether the signature is that of the body without white space.
    pub(super) agent: bool,
    pub(super) keys: Vec<Key>,
}

/// Prefixes that name an algorithm.
const ALGORITHMS: [&[u8]; 5] = [b"sha1=", b"sha224=", b"sha384=", b"sha512=", b"md5="];
/// The most tokens, of any kind, that a header of signatures may have.
const MOST_TOKENS: usize = 16;

impl BodyScheme {
    pub(super) fn scheme(&self) -> Scheme {
        match self.algorithm {
            BodyAlgorithm::Sha256 => Scheme::Body,
            BodyAlgorithm::Sha1 => Scheme::Sha1,
            BodyAlgorithm::Plain => Scheme::Plain,
        }
    }

    /// `value` is that of the signature header.
    pub(super) fn verify<'a>(&self, value: &[u8], body: &'a [u8]) -> Result<Verified<'a>, VerifyErrorKind> {
        let mut mac = MacBytes::default();
        let mut read = |hex: &[u8], length| {
            hex.len() == 2 * length && HEXLOWER_PERMISSIVE.decode_mut(hex, &mut mac[..length]).is_ok()
        };
        let signature = value.strip_prefix(self.prefix.as_bytes()).filter(|text| match self.algorithm {
            BodyAlgorithm::Sha256 => read(text, 32),
            BodyAlgorithm::Sha1 => read(text, 20),
            BodyAlgorithm::Plain => !text.is_empty() && text.len() <= MOST_BYTES,
        });
        let secret = signature.ok_or_else(|| self.malformed(value))?;
        let macs: Vec<_> = self.keys.iter().map(|key| key.mac(&[body])).collect();
        let matches = self.keys.iter().zip(&macs).map(|(key, own)| match self.algorithm {
            BodyAlgorithm::Sha256 | BodyAlgorithm::Sha1 => same(own, &mac),
            BodyAlgorithm::Plain => key.is_secret(secret),
        });
        let secret_index = first_match(matches).ok_or(VerifyErrorKind::InvalidSignature)?;
        Ok(Verified { body: Cow::Borrowed(body), scheme: self.scheme(), freshness: None, secret_index, macs })
    }

    /// Why this value is not a signature.
    fn malformed(&self, value: &[u8]) -> VerifyErrorKind {
        let names_another = match self.algorithm {
            BodyAlgorithm::Sha256 => ALGORITHMS.iter().any(|name| value.starts_with(name)),
            BodyAlgorithm::Sha1 => {
                value.starts_with(b"sha256=") || ALGORITHMS[1..].iter().any(|name| value.starts_with(name))
            }
            BodyAlgorithm::Plain => false,
        };
        if names_another { VerifyErrorKind::UnsupportedAlgorithm } else { VerifyErrorKind::MalformedHeader }
    }
}

impl TimestampedScheme {
    /// `value` is that of the signature header.
    pub(super) fn verify<'a>(
        &self,
        timestamp: &[u8],
        value: &[u8],
        header: &HeaderName,
        body: &'a [u8],
    ) -> Result<Verified<'a>, VerifyError> {
        let signed = SignedTime::read(timestamp)
            .ok_or_else(|| VerifyError::of(VerifyErrorKind::InvalidTimestamp, &self.header))?;
        // One signature and nothing else, as nearly always, needs no allocation.
        let (one, several);
        let signatures: &[MacBytes] = if let Some(signature) = read_signature(value) {
            one = [signature];
            &one
        } else {
            several = read_tokens(value).map_err(|kind| VerifyError::of(kind, header))?;
            &several
        };
        self.check_freshness(signed)?;
        let body = if self.agent { json::without_white_space(body) } else { Cow::Borrowed(body) };
        let mut start = [b'.'; MOST_DIGITS + 1];
        start[..timestamp.len()].copy_from_slice(timestamp);
        let start = &start[..=timestamp.len()];
        let macs: Vec<_> = self.keys.iter().map(|key| key.mac(&[start, &body])).collect();
        // Every pair is compared, so that the time does not depend on which one matches.
        let matches = macs
            .iter()
            .map(|mac| signatures.iter().fold(Choice::from(0), |any, signature| any | same(mac, signature)));
        let secret_index =
            first_match(matches).ok_or_else(|| VerifyError::of(VerifyErrorKind::InvalidSignature, header))?;
        let freshness = Some(Freshness { signed, tolerance: self.tolerance });
        Ok(Verified { body, scheme: Scheme::Timestamped, freshness, secret_index, macs })
    }

    fn check_freshness(&self, signed: SignedTime) -> Result<(), VerifyError> {
        let (time, now) = (signed.since_1970(), signed.in_same_unit(self.clock.now()));
        let off_by = time.abs_diff(now);
        if off_by <= self.tolerance {
            return Ok(());
        }
        let kind =
            if time < now { VerifyErrorKind::TimestampTooOld } else { VerifyErrorKind::TimestampInFuture };
        let mut error = VerifyError::of(kind, &self.header);
        error.off_by = Some(off_by);
        Err(error)
    }
}

/// The index of the first match. All are evaluated; the index is no secret.
fn first_match(matches: impl Iterator<Item = Choice>) -> Option<usize> {
    let mut first = None;
    for (index, matches) in matches.enumerate() {
        if bool::from(matches) {
            first.get_or_insert(index);
        }
    }
    first
}

/// The signatures in a header such as `v1,c2ln… v1,…`. At least one.
fn read_tokens(value: &[u8]) -> Result<Vec<MacBytes>, VerifyErrorKind> {
    // Two spaces have an empty token between them.
    let tokens = || value.split(|byte| *byte == b' ');
    if value.len() > MOST_BYTES || tokens().count() > MOST_TOKENS {
        return Err(VerifyErrorKind::MalformedHeader);
    }
    let signatures: Vec<_> = tokens().filter_map(read_signature).collect();
    if !signatures.is_empty() {
        Ok(signatures)
    } else if tokens().all(is_of_another_version) {
        Err(VerifyErrorKind::UnsupportedVersion)
    } else {
        Err(VerifyErrorKind::MalformedHeader)
    }
}

/// `v1,` and the canonical base64 of 32 bytes: 43 digits and a padding of one.
fn read_signature(token: &[u8]) -> Option<MacBytes> {
    // Each padding takes a byte, so a further one in the middle makes too few.
    let text = token.strip_prefix(b"v1,").filter(|text| text.len() == 44 && text.ends_with(b"="))?;
    let mut bytes = [0; 33];
    let length = BASE64.decode_mut(text, &mut bytes).ok()?;
    bytes[..length].try_into().ok()
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
