//! What identifies a delivery.

use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::mac::MacBytes;
use crate::scheme::Scheme;

/// What identifies a delivery: the scheme and the MAC. The text of a header does not: it can have several forms for
/// the same MAC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplayKey([u8; 33]);

impl ReplayKey {
    pub(crate) fn new(scheme: Scheme, mac: &MacBytes) -> Self {
        let mut bytes = [scheme.tag(); 33];
        bytes[1..].copy_from_slice(mac);
        Self(bytes)
    }

    /// The bytes to store. Keep them secret like a password: with them, the delivery could be forged again.
    pub fn as_bytes(&self) -> &[u8; 33] {
        &self.0
    }
}

impl fmt::Debug for ReplayKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ReplayKey([redacted])")
    }
}

/// 64 hex digits that identify a delivery as its replay keys do: the hash of the scheme and of what is signed. No
/// secret goes into it, so it is the same under every secret, and no signature can be derived from it.
pub(crate) fn idempotency_key(scheme: Scheme, timestamp: Option<&str>, body: &[u8]) -> String {
    let mut hash = Sha256::new_with_prefix([scheme.tag()]);
    if let Some(timestamp) = timestamp {
        hash.update(timestamp);
        hash.update(".");
    }
    hash.update(body);
    HEXLOWER.encode(&hash.finalize())
}
