//! What identifies a delivery.

use std::fmt;

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
