//! The counterpart of a verifier, for tests and for those who send.

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use port_webhooks_api::Secret;

use crate::builder::{BodyAlgorithm, BodyBuilder, TimestampedBuilder};
use crate::clock::Clock;
use crate::codec::{base64, hex};
use crate::config::{self, ConfigError};
use crate::mac::{Sha1Key, Sha256Key};
use crate::scheme::Scheme;

/// Signs bodies in one scheme: for tests of a receiver, and for events that you send to the ingest address of a data
/// source.
///
/// ```
/// use port_webhooks_receiver::Signer;
///
/// // An event for Port's ingest address, as the data source's security settings ask for it.
/// let signer = Signer::data_source_sha256("secret", "x-signature").prefix("sha256=").build()?;
/// let headers = signer.sign(br#"{"action":"opened"}"#);
/// assert!(headers["x-signature"].to_str()?.starts_with("sha256="));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer(Arc<Inner>);

struct Inner {
    header: HeaderName,
    method: Method,
}

enum Method {
    Sha256 { prefix: String, key: Sha256Key },
    Sha1 { prefix: String, key: Sha1Key },
    Plain { value: HeaderValue },
    Timestamped { header: HeaderName, clock: Arc<dyn Clock>, key: Sha256Key },
}

/// One constructor for each scheme, as for a [`Verifier`](crate::Verifier).
impl Signer {
    /// The documented scheme: `x-port-signature` with `sha256=` and hex.
    pub fn body(secret: impl Into<Secret>) -> BodyBuilder<Self> {
        BodyBuilder::documented(secret)
    }

    /// The scheme of live Port's actions and automations: `x-port-timestamp`, and `x-port-signature` with `v1,`
    /// and base64.
    pub fn timestamped(secret: impl Into<Secret>) -> TimestampedBuilder<Self> {
        TimestampedBuilder::new(secret)
    }

    /// A data source's `sha256`.
    pub fn data_source_sha256(secret: impl Into<Secret>, header: impl Into<String>) -> BodyBuilder<Self> {
        BodyBuilder::new(BodyAlgorithm::Sha256, secret, header)
    }

    /// A data source's `sha1`.
    pub fn data_source_sha1(secret: impl Into<Secret>, header: impl Into<String>) -> BodyBuilder<Self> {
        BodyBuilder::new(BodyAlgorithm::Sha1, secret, header)
    }

    /// A data source's `plain`: the secret itself is sent.
    pub fn data_source_plain(secret: impl Into<Secret>, header: impl Into<String>) -> BodyBuilder<Self> {
        BodyBuilder::new(BodyAlgorithm::Plain, secret, header)
    }

    /// The headers to send with a body: its signature and, in the timestamped scheme, the time of the clock. The
    /// signature is marked as sensitive, so that the `Debug` form of the headers leaves it out.
    pub fn sign(&self, body: &[u8]) -> HeaderMap {
        let time = match &self.0.method {
            Method::Timestamped { clock, .. } => clock.now(),
            Method::Sha256 { .. } | Method::Sha1 { .. } | Method::Plain { .. } => 0,
        };
        self.sign_at(time, body)
    }

    /// Like [`sign`](Self::sign), at this time instead of the clock's, in seconds since 1970. Schemes without a
    /// timestamp ignore it. Any number is signed; a verifier accepts numbers of 1 to 12 digits other than 0.
    pub fn sign_at(&self, time: u64, body: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(2);
        let mut value = match &self.0.method {
            Method::Sha256 { prefix, key } => text(&format!("{prefix}{}", hex::encode(&key.mac_of(body)))),
            Method::Sha1 { prefix, key } => text(&format!("{prefix}{}", hex::encode(&key.mac(body)))),
            Method::Plain { value } => value.clone(),
            Method::Timestamped { header, key, .. } => {
                let mac = key.mac_of(&[time.to_string().as_bytes(), b".", body].concat());
                headers.insert(header, HeaderValue::from(time));
                text(&format!("v1,{}", base64::encode(&mac)))
            }
        };
        value.set_sensitive(true);
        headers.insert(&self.0.header, value);
        headers
    }

    /// The scheme that it was built for.
    pub fn scheme(&self) -> Scheme {
        match &self.0.method {
            Method::Sha256 { .. } => Scheme::Body,
            Method::Sha1 { .. } => Scheme::Sha1,
            Method::Plain { .. } => Scheme::Plain,
            Method::Timestamped { .. } => Scheme::Timestamped,
        }
    }
}

impl BodyBuilder<Signer> {
    /// Builds the signer.
    ///
    /// # Errors
    /// When the secret is empty or begins or ends with white space, or the name of the header or the prefix is not
    /// valid in HTTP. With [`data_source_plain`](Signer::data_source_plain) also when the secret cannot be the value
    /// of a header or is longer than 4,096 bytes.
    pub fn build(self) -> Result<Signer, ConfigError> {
        let header = self.check()?;
        let (prefix, secret) = (self.prefix, &self.secrets[0]);
        let method = match self.algorithm {
            BodyAlgorithm::Sha256 => {
                Method::Sha256 { prefix, key: Sha256Key::new(secret.expose().as_bytes()) }
            }
            BodyAlgorithm::Sha1 => Method::Sha1 { prefix, key: Sha1Key::new(secret.expose().as_bytes()) },
            BodyAlgorithm::Plain => Method::Plain { value: config::plain_value(&prefix, secret)? },
        };
        Ok(Signer(Arc::new(Inner { header, method })))
    }
}

impl TimestampedBuilder<Signer> {
    /// Builds the signer.
    ///
    /// # Errors
    /// When the secret is empty or begins or ends with white space, the name of a header is not valid, or both
    /// headers have the same name.
    pub fn build(self) -> Result<Signer, ConfigError> {
        let (header, timestamp_header) = self.check()?;
        let key = Sha256Key::new(self.secrets[0].expose().as_bytes());
        let method = Method::Timestamped { header: timestamp_header, clock: self.clock, key };
        Ok(Signer(Arc::new(Inner { header, method })))
    }
}

/// A value of a prefix that was checked, and of digits.
#[allow(clippy::expect_used)] // checked when it was built
fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).expect("the value of a header")
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Signer")
            .field("scheme", &self.scheme())
            .field("header", &self.0.header)
            .finish_non_exhaustive()
    }
}
