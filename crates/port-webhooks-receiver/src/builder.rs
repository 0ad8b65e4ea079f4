//! The settings that a verifier and the signer beside it have in common.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;
use port_webhooks_api::Secret;

use crate::clock::{SystemWallClock, WallClock};
use crate::config::{self, ConfigError, ConfigErrorKind};

/// The default header of the signature. The documented contract names none.
const SIGNATURE_HEADER: &str = "x-port-signature";
/// The default header of the timestamp.
const TIMESTAMP_HEADER: &str = "x-port-timestamp";
/// 1 MiB.
const MAX_BODY: usize = 1024 * 1024;
const TOLERANCE: Duration = Duration::from_secs(300);

/// How a signature of the body alone is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyAlgorithm {
    Sha256,
    Sha1,
    Plain,
}

/// Settings of a [`Verifier`](crate::Verifier) or a [`Signer`](crate::Signer) of a scheme that signs the body alone.
///
/// ```
/// use port_webhooks_receiver::{Signer, Verifier};
///
/// // While a secret is being replaced, both are accepted.
/// let verifier = Verifier::body("new-secret").secret("old-secret").max_body(64 * 1024).build()?;
/// let headers = Signer::body("old-secret").build()?.sign(b"{}");
/// assert_eq!(verifier.verify(&headers, b"{}")?.secret_index(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "secret rotation")]
#[derive(Clone, Debug)]
#[must_use = "it does nothing until `build` is called"]
pub struct BodyBuilder<T> {
    pub(crate) algorithm: BodyAlgorithm,
    pub(crate) secrets: Vec<Secret>,
    header: String,
    pub(crate) prefix: String,
    pub(crate) max_body: usize,
    makes: PhantomData<fn() -> T>,
}

/// Settings of a [`Verifier`](crate::Verifier) or a [`Signer`](crate::Signer) of the timestamped scheme.
#[derive(Clone, Debug)]
#[must_use = "it does nothing until `build` is called"]
pub struct TimestampedBuilder<T> {
    pub(crate) secrets: Vec<Secret>,
    header: String,
    timestamp_header: String,
    pub(crate) tolerance: Duration,
    pub(crate) clock: Arc<dyn WallClock>,
    pub(crate) max_body: usize,
    pub(crate) agent: bool,
    pub(crate) milliseconds: bool,
    makes: PhantomData<fn() -> T>,
}

impl<T> BodyBuilder<T> {
    /// The documented scheme.
    pub(crate) fn documented(secret: impl Into<Secret>) -> Self {
        Self::new(BodyAlgorithm::Sha256, secret, SIGNATURE_HEADER).prefix("sha256=")
    }

    /// A data source's setting.
    pub(crate) fn new(
        algorithm: BodyAlgorithm,
        secret: impl Into<Secret>,
        header: impl Into<String>,
    ) -> Self {
        Self {
            algorithm,
            secrets: vec![secret.into()],
            header: header.into(),
            prefix: String::new(),
            max_body: MAX_BODY,
            makes: PhantomData,
        }
    }

    /// The header that holds the signature. Default of the documented scheme: `x-port-signature`.
    pub fn header(mut self, name: impl Into<String>) -> Self {
        self.header = name.into();
        self
    }

    /// The exact text before the signature in its header. Default: `sha256=` in the documented scheme, none for a
    /// data source.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Checks all settings, and returns the name of the header.
    pub(crate) fn check(&self) -> Result<HeaderName, ConfigError> {
        config::check_secrets(&self.secrets)?;
        config::check_prefix(&self.prefix)?;
        if self.algorithm == BodyAlgorithm::Plain {
            self.secrets.iter().try_for_each(|secret| config::plain_value(&self.prefix, secret).map(drop))?;
        }
        config::header_name(&self.header)
    }
}

impl<T> TimestampedBuilder<T> {
    pub(crate) fn new(secret: impl Into<Secret>) -> Self {
        Self {
            secrets: vec![secret.into()],
            header: SIGNATURE_HEADER.to_owned(),
            timestamp_header: TIMESTAMP_HEADER.to_owned(),
            tolerance: TOLERANCE,
            clock: Arc::new(SystemWallClock),
            max_body: MAX_BODY,
            agent: false,
            milliseconds: false,
            makes: PhantomData,
        }
    }

    /// The header that holds the signatures. Default: `x-port-signature`.
    pub fn header(mut self, name: impl Into<String>) -> Self {
        self.header = name.into();
        self
    }

    /// The header that holds the timestamp. Default: `x-port-timestamp`.
    pub fn timestamp_header(mut self, name: impl Into<String>) -> Self {
        self.timestamp_header = name.into();
        self
    }

    /// The clock, for tests. Default: the system's.
    pub fn clock(mut self, clock: impl WallClock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Checks all settings, and returns the names of the headers of the signatures and of the timestamp.
    pub(crate) fn check(&self) -> Result<(HeaderName, HeaderName), ConfigError> {
        config::check_secrets(&self.secrets)?;
        let header = config::header_name(&self.header)?;
        let timestamp_header = config::header_name(&self.timestamp_header)?;
        if header == timestamp_header {
            let what = format!("{header} cannot hold both the signature and the timestamp");
            return Err(ConfigError::new(ConfigErrorKind::HeaderName, what));
        }
        Ok((header, timestamp_header))
    }
}
