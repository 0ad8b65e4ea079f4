//! What tells one delivery from another.

use std::fmt;

use crate::mac::MacBytes;
use crate::scheme::Scheme;

/// What tells one delivery from another: the scheme and the MAC, and never the text of a header, of which one
/// MAC can have several.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplayKey([u8; 33]);

impl ReplayKey {
    pub(crate) fn new(scheme: Scheme, mac: &MacBytes) -> Self {
        let mut bytes = [scheme.tag(); 33];
        bytes[1..].copy_from_slice(mac);
        Self(bytes)
    }

    /// The bytes, under which a store keeps it. Keep them from strangers like a password: with them, the
    /// delivery could be made again.
    pub fn as_bytes(&self) -> &[u8; 33] {
        &self.0
    }
}

impl fmt::Debug for ReplayKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ReplayKey([redacted])")
    }
}
