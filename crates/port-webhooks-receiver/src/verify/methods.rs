//! What each scheme looks at, and in which order.

use std::sync::Arc;

use http::HeaderName;
use subtle::Choice;

use super::error::{VerifyError, VerifyErrorKind};
use super::macs::Macs;
use super::tokens;
use super::verified::{Time, Verified};
use crate::clock::Clock;
use crate::codec::hex;
use crate::config::MOST_BYTES;
use crate::headers::{Occurrence, trimmed};
use crate::mac::{Message, PlainKey, Room, Sha1Key, Sha256Key, padded, same};
use crate::scheme::Scheme;

/// What one scheme needs. There is at least one key.
pub(super) enum Method {
    Body(OfBody),
    Timestamped(Timestamped),
}

/// Says nothing of the time.
pub(super) struct OfBody {
    pub(super) prefix: String,
    pub(super) keys: Keys,
}

pub(super) enum Keys {
    Sha256(Vec<Sha256Key>),
    Sha1(Vec<Sha1Key>),
    Plain(Vec<PlainKey>),
}

pub(super) struct Timestamped {
    /// The header of the timestamp.
    pub(super) header: HeaderName,
    pub(super) tolerance: u64,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) keys: Vec<Sha256Key>,
}

/// A value that says so of itself, in a scheme that takes another.
const ALGORITHMS: [&str; 6] = ["sha1=", "sha224=", "sha256=", "sha384=", "sha512=", "md5="];

impl Keys {
    pub(super) fn scheme(&self) -> Scheme {
        match self {
            Self::Sha256(_) => Scheme::Body,
            Self::Sha1(_) => Scheme::Sha1,
            Self::Plain(_) => Scheme::Plain,
        }
    }

    pub(super) fn count(&self) -> usize {
        match self {
            Self::Sha256(keys) => keys.len(),
            Self::Sha1(keys) => keys.len(),
            Self::Plain(keys) => keys.len(),
        }
    }
}

impl OfBody {
    /// One header, and the body.
    pub(super) fn verify<'a>(
        &self,
        shown: Occurrence<'_>,
        header: &HeaderName,
        body: &'a [u8],
    ) -> Result<Verified<'a>, VerifyError> {
        let value = only(shown, header)?;
        let refused = |kind| VerifyError::of(kind, header);
        let prefix = self.prefix.as_str();
        let (macs, secret_index) = match &self.keys {
            Keys::Sha256(keys) => {
                let shown = read_hex(value, prefix, "sha256=").map_err(refused)?;
                let mut room = Room::default();
                let message = Message::of(body, &mut room);
                let macs = Macs::by(keys, |key| key.mac(&message));
                let index = which(macs.iter().map(|mac| same(mac, &shown)));
                (macs, index)
            }
            Keys::Sha1(keys) => {
                let shown = padded(&read_hex(value, prefix, "sha1=").map_err(refused)?);
                let macs = Macs::by(keys, |key| padded(&key.mac(body)));
                let index = which(macs.iter().map(|mac| same(mac, &shown)));
                (macs, index)
            }
            Keys::Plain(keys) => {
                let shown = value
                    .strip_prefix(prefix.as_bytes())
                    .filter(|shown| !shown.is_empty() && shown.len() <= MOST_BYTES)
                    .ok_or_else(|| refused(VerifyErrorKind::MalformedHeader))?;
                let index = which(keys.iter().map(|key| key.matches(shown)));
                (Macs::by(keys, |key| key.mac(body)), index)
            }
        };
        let secret_index = secret_index.ok_or_else(|| refused(VerifyErrorKind::InvalidSignature))?;
        Ok(Verified { body, scheme: self.keys.scheme(), time: None, secret_index, macs })
    }
}

impl Timestamped {
    /// The headers of the timestamp and of the signatures, and the body.
    pub(super) fn verify<'a>(
        &self,
        [timestamp, shown]: [Occurrence<'_>; 2],
        header: &HeaderName,
        body: &'a [u8],
    ) -> Result<Verified<'a>, VerifyError> {
        let timestamp = only(timestamp, &self.header)?;
        let value = only(shown, header)?;
        let bad_time = || VerifyError::of(VerifyErrorKind::InvalidTimestamp, &self.header);
        let time = read_timestamp(timestamp).ok_or_else(bad_time)?;
        // Before the clock is read, which takes a while: what is hashed is no longer waited for then.
        let mut room = Room::default();
        let message = Message::dotted(timestamp, body, &mut room).ok_or_else(bad_time)?;
        let shown = || tokens::read(value).map_err(|kind| VerifyError::of(kind, header));
        if let Err(stale) = check_freshness(time, self.clock.now(), self.tolerance, &self.header) {
            // Syntax comes first.
            return shown().and(Err(stale));
        }
        // A processor reads what is shown while it waits for the last block's hash, if it finds that behind it.
        let macs = Macs::by(&self.keys, |key| key.mac(&message));
        let shown = shown()?;
        let secret_index = which(macs.iter().map(|mac| shown.contains(mac)))
            .ok_or_else(|| VerifyError::of(VerifyErrorKind::InvalidSignature, header))?;
        let time = Some(Time { signed: time, tolerance: self.tolerance });
        Ok(Verified { body, scheme: Scheme::Timestamped, time, secret_index, macs })
    }
}

/// The first that fits. All are looked at: which one it is tells no time, and is no secret.
fn which(fits: impl Iterator<Item = Choice>) -> Option<usize> {
    let mut first = None;
    for (at, fits) in fits.enumerate() {
        if bool::from(fits) {
            first.get_or_insert(at);
        }
    }
    first
}

/// The value of a header that has to be there once.
fn only<'a>(occurrence: Occurrence<'a>, name: &HeaderName) -> Result<&'a [u8], VerifyError> {
    match occurrence {
        Occurrence::Once(value) => Ok(trimmed(value)),
        Occurrence::Never => Err(VerifyError::of(VerifyErrorKind::MissingHeader, name)),
        Occurrence::Repeated => Err(VerifyError::of(VerifyErrorKind::DuplicateHeader, name)),
    }
}

/// The prefix, to the letter, and as many hex digits as the MAC has.
fn read_hex<const LENGTH: usize>(
    value: &[u8],
    prefix: &str,
    own: &str,
) -> Result<[u8; LENGTH], VerifyErrorKind> {
    value.strip_prefix(prefix.as_bytes()).and_then(hex::decode).ok_or_else(|| {
        if ALGORITHMS.iter().any(|name| *name != own && value.starts_with(name.as_bytes())) {
            VerifyErrorKind::UnsupportedAlgorithm
        } else {
            VerifyErrorKind::MalformedHeader
        }
    })
}

/// One to twelve digits, the first of which is not 0.
fn read_timestamp(text: &[u8]) -> Option<u64> {
    if text.len() > 12 || !matches!(text.first(), Some(b'1'..=b'9')) {
        return None;
    }
    let (mut time, mut good) = (0, true);
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        good &= digit < 10;
        time = 10 * time + u64::from(digit);
    }
    good.then_some(time)
}

fn check_freshness(time: u64, now: u64, tolerance: u64, header: &HeaderName) -> Result<(), VerifyError> {
    let kind = if time < now { VerifyErrorKind::TimestampTooOld } else { VerifyErrorKind::TimestampInFuture };
    match time.abs_diff(now) {
        off_by if off_by > tolerance => Err(VerifyError::of(kind, header).by_seconds(off_by)),
        _ => Ok(()),
    }
}
