//! Signs bodies, for tests and for senders.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};

use http::{HeaderMap, HeaderName, HeaderValue};
use port_webhooks_api::Secret;

use crate::builder::{BodyAlgorithm, BodyBuilder, TimestampedBuilder};
use crate::clock::WallClock;
use crate::config::{self, ConfigError};
use crate::mac::Key;
use crate::scheme::Scheme;
use crate::timestamp::SignedTime;

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
#[doc(alias("webhook signature", "hmac", "signature", "webhook secret"))]
#[derive(Clone)]
pub struct Signer(Arc<Inner>);

struct Inner {
    header: HeaderName,
    method: Method,
}

enum Method {
    Mac { scheme: Scheme, length: usize, prefix: String, key: Key },
    Plain { value: HeaderValue },
    Timestamped { header: HeaderName, clock: Arc<dyn WallClock>, milliseconds: bool, key: Key },
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
            Method::Mac { .. } | Method::Plain { .. } => Duration::ZERO,
        };
        self.sign_at(time, body)
    }

    /// Like [`sign`](Self::sign), at this time since 1970 instead of the clock's. Schemes without a timestamp ignore
    /// it. Any time is signed; a verifier accepts seconds of 1 to 12 digits other than 0, and milliseconds of 13.
    ///
    /// ```
    /// use std::time::Duration;
    /// use port_webhooks_receiver::Signer;
    ///
    /// let signer = Signer::timestamped("client-secret").milliseconds().build()?;
    /// let headers = signer.sign_at(Duration::from_millis(1_767_323_045_123), b"{}");
    /// assert_eq!(headers["x-port-timestamp"], "1767323045123");
    /// # Ok::<(), port_webhooks_receiver::ConfigError>(())
    /// ```
    pub fn sign_at(&self, time: Duration, body: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(2);
        let mut value = match &self.0.method {
            Method::Mac { length, prefix, key, .. } => {
                text(&format!("{prefix}{}", HEXLOWER.encode(&key.mac(&[body])[..*length])))
            }
            Method::Plain { value } => value.clone(),
            Method::Timestamped { header, milliseconds, key, .. } => {
                let timestamp = SignedTime::new(time, *milliseconds).to_string();
                let mac = key.mac(&[timestamp.as_bytes(), b".", body]);
                headers.insert(header, text(&timestamp));
                text(&format!("v1,{}", BASE64.encode(&mac)))
            }
        };
        value.set_sensitive(true);
        headers.insert(&self.0.header, value);
        headers
    }

    /// The signature scheme of this signer.
    pub fn scheme(&self) -> Scheme {
        match &self.0.method {
            Method::Mac { scheme, .. } => *scheme,
            Method::Plain { .. } => Scheme::Plain,
            Method::Timestamped { .. } => Scheme::Timestamped,
        }
    }
}

impl BodyBuilder<Signer> {
    /// Builds the signer.
    ///
    /// # Errors
    /// When the secret is empty, or begins or ends with white space or an invisible character, or the name of the header or
    /// the prefix is not valid in HTTP. With [`data_source_plain`](Signer::data_source_plain) also when the secret cannot be the value
    /// of a header or is longer than 4,096 bytes.
    pub fn build(self) -> Result<Signer, ConfigError> {
        let header = self.check()?;
        let (prefix, secret) = (self.prefix, &self.secrets[0]);
        let key = Key::new(self.algorithm, secret)?;
        let method = match self.algorithm {
            BodyAlgorithm::Sha256 => Method::Mac { scheme: Scheme::Body, length: 32, prefix, key },
            BodyAlgorithm::Sha1 => Method::Mac { scheme: Scheme::Sha1, length: 20, prefix, key },
            BodyAlgorithm::Plain => Method::Plain { value: config::plain_value(&prefix, secret)? },
        };
        Ok(Signer(Arc::new(Inner { header, method })))
    }
}

impl TimestampedBuilder<Signer> {
    /// Writes the time in milliseconds since 1970 instead of seconds.
    pub fn milliseconds(mut self) -> Self {
        self.milliseconds = true;
        self
    }

    /// Builds the signer.
    ///
    /// # Errors
    /// When the secret is empty, or begins or ends with white space or an invisible character, the name of a header is not
    /// valid, or both headers have the same name.
    pub fn build(self) -> Result<Signer, ConfigError> {
        let (header, timestamp_header) = self.check()?;
        let method = Method::Timestamped {
            header: timestamp_header,
            clock: self.clock,
            milliseconds: self.milliseconds,
            key: Key::new(BodyAlgorithm::Sha256, &self.secrets[0])?,
        };
        Ok(Signer(Arc::new(Inner { header, method })))
    }
}

/// A header value made of a checked prefix and digits.
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
