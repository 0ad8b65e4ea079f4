//! Verifies that a body was signed by somebody who knows the secret. The body is not parsed; only white space is
//! removed if the agent may have added it.

mod checks;
mod error;
mod verified;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName};
use port_webhooks_api::Secret;

pub use error::{VerifyError, VerifyErrorKind};
pub use verified::Verified;

use crate::builder::{BodyAlgorithm, BodyBuilder, TimestampedBuilder};
use crate::config::ConfigError;
use crate::mac::Key;
use crate::scheme::Scheme;
use checks::{BodyScheme, TimestampedScheme};

/// Checks the signatures of deliveries in one scheme. Any other scheme is rejected, whatever the headers say. Clones
/// share their keys, which are prepared once.
///
/// Checks come in this order: size of the body, headers that are missing or repeated, syntax, freshness, MAC. Every
/// secret is tried against every signature, in constant time.
///
/// ```
/// use port_webhooks_receiver::{Signer, Verifier, VerifyErrorKind};
///
/// let verifier = Verifier::body("your-webhook-secret").build()?;
///
/// let body = br#"{"event":"entity.created"}"#;
/// let headers = Signer::body("your-webhook-secret").build()?.sign(body);
/// let verified = verifier.verify(&headers, body)?;
/// assert_eq!(verified.delivery().event_name(), Some("entity.created"));
///
/// let error = verifier.verify(&headers, b"{}").unwrap_err();
/// assert_eq!(error.kind(), VerifyErrorKind::InvalidSignature);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias("webhook signature", "hmac", "x-port-signature", "signature", "webhook secret", "validate"))]
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    /// The header of the signature.
    header: HeaderName,
    max_body: usize,
    method: Method,
}

enum Method {
    Body(BodyScheme),
    Timestamped(TimestampedScheme),
}

/// One constructor for each scheme. A secret is raw text: nothing is decoded.
impl Verifier {
    /// The documented scheme: the header `x-port-signature` holds `sha256=` and the HMAC-SHA256 of the body in
    /// hex. It does not cover the time: against old deliveries use a [`ReplayGuard`](crate::ReplayGuard).
    pub fn body(secret: impl Into<Secret>) -> BodyBuilder<Self> {
        BodyBuilder::documented(secret)
    }

    /// The scheme of live Port's actions and automations: `x-port-timestamp` holds the seconds or milliseconds since
    /// 1970 (13 digits are milliseconds), and `x-port-signature` holds `v1,` and the HMAC-SHA256 of timestamp, dot and
    /// body in base64, by the client secret. Several signatures are separated by single spaces.
    ///
    /// ```
    /// use std::time::Duration;
    /// use port_webhooks_receiver::Verifier;
    ///
    /// let verifier = Verifier::timestamped("client-secret").tolerance(Duration::from_secs(60)).build()?;
    /// # Ok::<(), port_webhooks_receiver::ConfigError>(())
    /// ```
    pub fn timestamped(secret: impl Into<Secret>) -> TimestampedBuilder<Self> {
        TimestampedBuilder::new(secret)
    }

    /// A data source's `sha256`: this header holds the HMAC-SHA256 of the body in hex, after the
    /// [prefix](BodyBuilder::prefix) if there is one.
    ///
    /// ```
    /// use port_webhooks_receiver::Verifier;
    ///
    /// // Deliveries of GitHub.
    /// let verifier = Verifier::data_source_sha256("secret", "x-hub-signature-256").prefix("sha256=").build()?;
    /// # Ok::<(), port_webhooks_receiver::ConfigError>(())
    /// ```
    pub fn data_source_sha256(secret: impl Into<Secret>, header: impl Into<String>) -> BodyBuilder<Self> {
        BodyBuilder::new(BodyAlgorithm::Sha256, secret, header)
    }

    /// A data source's `sha1`: like `sha256` with HMAC-SHA1. Prefer `sha256`.
    pub fn data_source_sha1(secret: impl Into<Secret>, header: impl Into<String>) -> BodyBuilder<Self> {
        BodyBuilder::new(BodyAlgorithm::Sha1, secret, header)
    }

    /// A data source's `plain`: this header holds the secret itself. It does not cover the body: whoever has seen
    /// one delivery can forge any other.
    pub fn data_source_plain(secret: impl Into<Secret>, header: impl Into<String>) -> BodyBuilder<Self> {
        BodyBuilder::new(BodyAlgorithm::Plain, secret, header)
    }
}

impl Verifier {
    /// Checks the signature of a body. Pass the received bytes, not a body that was parsed and serialized again.
    ///
    /// # Errors
    /// When the body is too large, or the signature is missing, repeated, malformed, of another scheme, not fresh or
    /// wrong. Answer 413 in the first case and 401 in all others, and tell the sender nothing else.
    pub fn verify<'a>(&self, headers: &HeaderMap, body: &'a [u8]) -> Result<Verified<'a>, VerifyError> {
        self.check(|name| single(headers.get_all(name).iter().map(AsRef::as_ref), name), body)
    }

    /// Like [`verify`](Self::verify), with the headers as pairs of name and value, for frameworks with other header
    /// types. Names match in any case.
    ///
    /// ```
    /// use port_webhooks_receiver::{Verifier, VerifyErrorKind};
    ///
    /// let verifier = Verifier::body("your-webhook-secret").build()?;
    /// let headers = [("X-Port-Signature", "sha256=00")];
    /// let error = verifier.verify_pairs(&headers, b"{}").unwrap_err();
    /// assert_eq!(error.kind(), VerifyErrorKind::MalformedHeader);
    /// # Ok::<(), port_webhooks_receiver::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify).
    pub fn verify_pairs<'a>(
        &self,
        headers: &[(impl AsRef<[u8]>, impl AsRef<[u8]>)],
        body: &'a [u8],
    ) -> Result<Verified<'a>, VerifyError> {
        let header_value = |name: &HeaderName| {
            let wanted = name.as_str().as_bytes();
            let of_name = headers.iter().filter(|(name, _)| name.as_ref().eq_ignore_ascii_case(wanted));
            single(of_name.map(|(_, value)| value.as_ref()), name)
        };
        self.check(header_value, body)
    }

    fn check<'a, 'h>(
        &self,
        header_value: impl Fn(&HeaderName) -> Result<&'h [u8], VerifyError>,
        body: &'a [u8],
    ) -> Result<Verified<'a>, VerifyError> {
        let Inner { header, max_body, method } = &*self.0;
        if body.len() > *max_body {
            return Err(VerifyError::new(VerifyErrorKind::BodyTooLarge));
        }
        match method {
            Method::Timestamped(scheme) => {
                let timestamp = header_value(&scheme.header)?;
                scheme.verify(timestamp, header_value(header)?, header, body)
            }
            Method::Body(scheme) => {
                scheme.verify(header_value(header)?, body).map_err(|kind| VerifyError::of(kind, header))
            }
        }
    }

    /// The largest body that it accepts, in bytes.
    pub fn max_body(&self) -> usize {
        self.0.max_body
    }

    /// The signature scheme of this verifier.
    pub fn scheme(&self) -> Scheme {
        match &self.0.method {
            Method::Timestamped(_) => Scheme::Timestamped,
            Method::Body(scheme) => scheme.scheme(),
        }
    }
}

/// The value of a header that must occur once, without the optional white space around it.
fn single<'h>(
    mut values: impl Iterator<Item = &'h [u8]>,
    name: &HeaderName,
) -> Result<&'h [u8], VerifyError> {
    let error = |kind| VerifyError::of(kind, name);
    let mut value = values.next().ok_or_else(|| error(VerifyErrorKind::MissingHeader))?;
    if values.next().is_some() {
        return Err(error(VerifyErrorKind::DuplicateHeader));
    }
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    Ok(value)
}

/// Of the keys only their number is shown.
impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Verifier");
        shown.field("scheme", &self.scheme()).field("header", &self.0.header);
        match &self.0.method {
            Method::Body(BodyScheme { prefix, keys, .. }) => {
                shown.field("prefix", prefix).field("secrets", &keys.len())
            }
            Method::Timestamped(TimestampedScheme { header, tolerance, clock, agent, keys }) => shown
                .field("timestamp_header", header)
                .field("tolerance", tolerance)
                .field("clock", clock)
                .field("agent", agent)
                .field("secrets", &keys.len()),
        };
        shown.field("max_body", &self.0.max_body).finish()
    }
}

impl BodyBuilder<Verifier> {
    /// Accepts another secret too, while one replaces another.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// The largest body that is accepted, in bytes. Default: 1,048,576 (1 MiB).
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    /// When a secret is empty, or begins or ends with white space or an invisible character, or the name of the header or
    /// the prefix is not valid in HTTP. With [`data_source_plain`](Verifier::data_source_plain) also when a secret
    /// cannot be the value of a header or is longer than 4,096 bytes.
    pub fn build(self) -> Result<Verifier, ConfigError> {
        let header = self.check()?;
        let keys = keys(self.algorithm, &self.secrets)?;
        let method = Method::Body(BodyScheme { algorithm: self.algorithm, prefix: self.prefix, keys });
        Ok(Verifier(Arc::new(Inner { header, max_body: self.max_body, method })))
    }
}

impl TimestampedBuilder<Verifier> {
    /// Accepts another secret too, while one replaces another.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// How far the timestamp may be from now, in either direction, inclusive. Timestamps in seconds are compared in
    /// whole seconds, those in milliseconds exactly. Default: 300 seconds.
    #[doc(alias("replay", "timestamp"))]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The largest body that is accepted, in bytes. Default: 1,048,576 (1 MiB).
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Accepts what Port's agent forwards. Default: false.
    ///
    /// The agent signs compact JSON and sends the same JSON with spaces after commas and colons, so the signature does
    /// not match the bytes that arrive. With this setting spaces, tabs and line ends outside of strings are removed
    /// first; the bytes without them are verified and passed on as the body. A body that is empty or not JSON is
    /// verified as it is. Compact deliveries, which Port sends directly, verify as before.
    ///
    /// ```
    /// use port_webhooks_receiver::{Signer, Verifier};
    ///
    /// let headers = Signer::timestamped("client-secret").build()?.sign(br#"{"a":"b c"}"#);
    /// let verifier = Verifier::timestamped("client-secret").agent(true).build()?;
    /// let verified = verifier.verify(&headers, br#"{"a": "b c"}"#)?;
    /// assert_eq!(verified.body(), br#"{"a":"b c"}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn agent(mut self, agent: bool) -> Self {
        self.agent = agent;
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    /// When a secret is empty, or begins or ends with white space or an invisible character, the name of a header is not
    /// valid, or both headers have the same name.
    pub fn build(self) -> Result<Verifier, ConfigError> {
        let (header, timestamp_header) = self.check()?;
        let method = Method::Timestamped(TimestampedScheme {
            header: timestamp_header,
            tolerance: self.tolerance,
            clock: self.clock,
            agent: self.agent,
            keys: keys(BodyAlgorithm::Sha256, &self.secrets)?,
        });
        Ok(Verifier(Arc::new(Inner { header, max_body: self.max_body, method })))
    }
}

fn keys(algorithm: BodyAlgorithm, secrets: &[Secret]) -> Result<Vec<Key>, ConfigError> {
    secrets.iter().map(|secret| Key::new(algorithm, secret)).collect()
}
