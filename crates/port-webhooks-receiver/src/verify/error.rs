//! Why a delivery is rejected.

use std::fmt;
use std::time::Duration;

use http::HeaderName;

/// What is wrong with a delivery. It is for your own logs: tell the sender only that the delivery was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifyErrorKind {
    /// The body is larger than the verifier accepts.
    BodyTooLarge,
    /// A header is missing.
    MissingHeader,
    /// A header occurs more than once.
    DuplicateHeader,
    /// The header of the signature does not have the form of the scheme.
    MalformedHeader,
    /// Every signature has another version than `v1`.
    UnsupportedVersion,
    /// The header of the signature names another algorithm.
    UnsupportedAlgorithm,
    /// The timestamp is not a number of seconds or milliseconds since 1970.
    InvalidTimestamp,
    /// The timestamp is further in the past than the tolerance.
    TimestampTooOld,
    /// The timestamp is further in the future than the tolerance.
    TimestampInFuture,
    /// No signature matches a secret: the body was changed, or signed with another secret.
    InvalidSignature,
}

impl VerifyErrorKind {
    /// A stable name for logs and metrics: that of the variant.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BodyTooLarge => "BodyTooLarge",
            Self::MissingHeader => "MissingHeader",
            Self::DuplicateHeader => "DuplicateHeader",
            Self::MalformedHeader => "MalformedHeader",
            Self::UnsupportedVersion => "UnsupportedVersion",
            Self::UnsupportedAlgorithm => "UnsupportedAlgorithm",
            Self::InvalidTimestamp => "InvalidTimestamp",
            Self::TimestampTooOld => "TimestampTooOld",
            Self::TimestampInFuture => "TimestampInFuture",
            Self::InvalidSignature => "InvalidSignature",
        }
    }
}

impl fmt::Display for VerifyErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// Why a delivery is rejected. It contains nothing that was sent.
///
/// ```
/// use port_webhooks_receiver::{Verifier, VerifyErrorKind};
///
/// let verifier = Verifier::body("your-webhook-secret").build()?;
/// let headers = [("content-type", "application/json")];
/// let error = verifier.verify_pairs(&headers, b"{}").unwrap_err();
/// assert_eq!(error.kind(), VerifyErrorKind::MissingHeader);
/// assert_eq!(error.to_string(), "header missing (x-port-signature)");
/// # Ok::<(), port_webhooks_receiver::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    kind: VerifyErrorKind,
    header: Option<HeaderName>,
    pub(super) off_by: Option<Duration>,
}

impl VerifyError {
    pub(crate) fn new(kind: VerifyErrorKind) -> Self {
        Self { kind, header: None, off_by: None }
    }

    pub(crate) fn of(kind: VerifyErrorKind, header: &HeaderName) -> Self {
        Self { header: Some(header.clone()), ..Self::new(kind) }
    }

    /// What is wrong.
    pub fn kind(&self) -> VerifyErrorKind {
        self.kind
    }

    /// The header that is wrong, if a header is.
    pub fn header(&self) -> Option<&HeaderName> {
        self.header.as_ref()
    }

    /// How far the timestamp is from now, if that is too far.
    pub fn off_by(&self) -> Option<Duration> {
        self.off_by
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.kind {
            VerifyErrorKind::BodyTooLarge => "the body is too large",
            VerifyErrorKind::MissingHeader => "header missing",
            VerifyErrorKind::DuplicateHeader => "header repeated",
            VerifyErrorKind::MalformedHeader => "malformed signature",
            VerifyErrorKind::UnsupportedVersion => "unsupported version, expected v1",
            VerifyErrorKind::UnsupportedAlgorithm => "unsupported algorithm",
            VerifyErrorKind::InvalidTimestamp => "the timestamp is not a number of seconds or milliseconds",
            VerifyErrorKind::TimestampTooOld => "the timestamp is too old",
            VerifyErrorKind::TimestampInFuture => "the timestamp is in the future",
            VerifyErrorKind::InvalidSignature => "signature does not match",
        })?;
        if let Some(off_by) = self.off_by {
            write!(formatter, ", off by {} s", off_by.as_secs_f64())?;
        }
        if let Some(header) = &self.header {
            write!(formatter, " ({header})")?;
        }
        Ok(())
    }
}

impl std::error::Error for VerifyError {}
