//! The ways to sign a delivery.

use std::fmt;

/// How a delivery is signed.
///
/// ```
/// use port_webhooks_receiver::{Scheme, Verifier};
///
/// let verifier = Verifier::timestamped("client-secret").build()?;
/// assert_eq!(verifier.scheme(), Scheme::Timestamped);
/// # Ok::<(), port_webhooks_receiver::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// Hex of HMAC-SHA256 over the body, after a prefix. The documented scheme, and a data source's `sha256`.
    Body,
    /// Base64 of HMAC-SHA256 over timestamp, dot and body. What live Port sends with actions and automations.
    Timestamped,
    /// Hex of HMAC-SHA1 over the body, after a prefix. A data source's `sha1`.
    Sha1,
    /// The secret itself, after a prefix. A data source's `plain`.
    Plain,
}

impl Scheme {
    /// A stable name for logs and keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Timestamped => "timestamped",
            Self::Sha1 => "sha1",
            Self::Plain => "plain",
        }
    }

    /// The first byte of the scheme's replay keys, which keeps the schemes apart.
    pub(crate) fn tag(self) -> u8 {
        match self {
            Self::Body => 1,
            Self::Timestamped => 2,
            Self::Sha1 => 3,
            Self::Plain => 4,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
