//! Whether a body was signed by somebody who knows the secret. Nothing here parses the body.

mod build;
mod error;
mod macs;
mod methods;
mod tokens;
mod verified;

use std::fmt;
use std::sync::Arc;

use http::HeaderName;
use port_webhooks_api::Secret;

pub use error::{VerifyError, VerifyErrorKind};
pub use verified::Verified;

use crate::builder::{BodyAlgorithm, BodyBuilder, TimestampedBuilder};
use crate::headers::Headers;
use crate::scheme::Scheme;
use methods::{Method, OfBody, Timestamped};

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
/// assert!(verified.delivery()?.event.is_some());
///
/// let error = verifier.verify(&headers, b"{}").unwrap_err();
/// assert_eq!(error.kind(), VerifyErrorKind::InvalidSignature);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    header: HeaderName,
    max_body: usize,
    method: Method,
}

/// One constructor for each scheme. A secret is raw text: nothing is decoded.
impl Verifier {
    /// The documented scheme: the header `x-port-signature` holds `sha256=` and the HMAC-SHA256 of the body in
    /// hex. It does not cover the time: against old deliveries use a [`ReplayGuard`](crate::ReplayGuard).
    pub fn body(secret: impl Into<Secret>) -> BodyBuilder<Self> {
        BodyBuilder::documented(secret)
    }

    /// The scheme of live Port's actions and automations: `x-port-timestamp` holds the seconds since 1970, and
    /// `x-port-signature` holds `v1,` and the HMAC-SHA256 of timestamp, dot and body in base64, by the client
    /// secret. Several signatures are separated by single spaces.
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
    fn new(header: HeaderName, max_body: usize, method: Method) -> Self {
        Self(Arc::new(Inner { header, max_body, method }))
    }

    /// Checks the signature of a body. Give it the bytes as they came, not a body that was parsed and serialized
    /// again.
    ///
    /// # Errors
    /// When the body is too large, or the signature is missing, repeated, malformed, of another scheme, not fresh or
    /// wrong. Answer 413 in the first case and 401 in all others, and tell the sender nothing else.
    pub fn verify<'a, H: Headers + ?Sized>(
        &self,
        headers: &H,
        body: &'a [u8],
    ) -> Result<Verified<'a>, VerifyError> {
        let inner = &*self.0;
        if body.len() > inner.max_body {
            return Err(VerifyError::new(VerifyErrorKind::BodyTooLarge));
        }
        // What depends on the type of the headers ends here.
        match &inner.method {
            Method::Timestamped(method) => {
                method.verify(headers.occurrences([&method.header, &inner.header]), &inner.header, body)
            }
            Method::Body(method) => method.verify(headers.occurrence(&inner.header), &inner.header, body),
        }
    }

    /// The largest body that it accepts, in bytes.
    pub fn max_body(&self) -> usize {
        self.0.max_body
    }

    /// The scheme that it was built for.
    pub fn scheme(&self) -> Scheme {
        match &self.0.method {
            Method::Timestamped(_) => Scheme::Timestamped,
            Method::Body(OfBody { keys, .. }) => keys.scheme(),
        }
    }
}

/// Of the keys only their number is shown.
impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Verifier");
        shown.field("scheme", &self.scheme()).field("header", &self.0.header);
        match &self.0.method {
            Method::Body(OfBody { prefix, keys }) => {
                shown.field("prefix", prefix).field("secrets", &keys.count())
            }
            Method::Timestamped(Timestamped { header, tolerance, clock, keys }) => shown
                .field("timestamp_header", header)
                .field("tolerance", tolerance)
                .field("clock", clock)
                .field("secrets", &keys.len()),
        };
        shown.field("max_body", &self.0.max_body).finish()
    }
}
