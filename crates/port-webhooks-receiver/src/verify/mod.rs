//! Whether somebody who knows the secret has signed a body. Nothing here reads what the body says.

mod error;
mod tokens;
mod verified;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;
use port_webhooks_api::Secret;
use subtle::Choice;

pub use error::{VerifyError, VerifyErrorKind};
pub use verified::Verified;

use crate::builder::{BodyAlgorithm, BodyBuilder, TimestampedBuilder};
use crate::clock::Clock;
use crate::codec::hex;
use crate::config::ConfigError;
use crate::headers::{Headers, Occurrence, trimmed};
use crate::mac::{MacBytes, PlainKey, Sha1Key, Sha256Key, padded, same};
use crate::scheme::Scheme;
use tokens::Shown;

/// Checks the signatures of deliveries, of one scheme. What is signed in another is refused, whatever it says
/// of itself. Clones share their keys, which are prepared once.
///
/// A delivery is looked at in this order: size of the body, headers there once, their syntax, freshness, MAC. Each
/// is compared in constant time, by every secret.
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

/// What one scheme needs. There is at least one key.
enum Method {
    Sha256 { prefix: String, keys: Vec<Sha256Key> },
    Sha1 { prefix: String, keys: Vec<Sha1Key> },
    Plain { prefix: String, keys: Vec<PlainKey> },
    Timestamped { header: HeaderName, tolerance: u64, clock: Arc<dyn Clock>, keys: Vec<Sha256Key> },
}

/// A value that says so of itself, in a scheme that takes another.
const ALGORITHMS: [&str; 6] = ["sha1=", "sha224=", "sha256=", "sha384=", "sha512=", "md5="];

/// One constructor for each scheme. Secrets are raw text: nothing is decoded.
impl Verifier {
    /// The documented scheme: the header `x-port-signature` holds `sha256=` and the HMAC-SHA256 of the body in
    /// hex. It says nothing of the time: a [`ReplayGuard`](crate::ReplayGuard) keeps old deliveries away.
    pub fn body(secret: impl Into<Secret>) -> BodyBuilder<Self> {
        BodyBuilder::documented(secret)
    }

    /// The scheme of live Port's actions and automations: `x-port-timestamp` holds the seconds since 1970, and
    /// `x-port-signature` holds `v1,` and the HMAC-SHA256 of timestamp, dot and body in base64, by the client
    /// secret. Several signatures have single spaces between them.
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

    /// A data source's `sha1`: as with `sha256`, by an algorithm that is to be left behind.
    pub fn data_source_sha1(secret: impl Into<Secret>, header: impl Into<String>) -> BodyBuilder<Self> {
        BodyBuilder::new(BodyAlgorithm::Sha1, secret, header)
    }

    /// A data source's `plain`: this header holds the secret itself. It says nothing of the body: whoever has seen
    /// one delivery can send any other.
    pub fn data_source_plain(secret: impl Into<Secret>, header: impl Into<String>) -> BodyBuilder<Self> {
        BodyBuilder::new(BodyAlgorithm::Plain, secret, header)
    }

    pub(crate) fn of_body(builder: &BodyBuilder<Self>) -> Result<Self, ConfigError> {
        let header = builder.check()?;
        let prefix = builder.prefix.clone();
        let secrets = builder.secrets.iter().map(|secret| secret.expose().as_bytes());
        let method = match builder.algorithm {
            BodyAlgorithm::Sha256 => Method::Sha256 { prefix, keys: secrets.map(Sha256Key::new).collect() },
            BodyAlgorithm::Sha1 => Method::Sha1 { prefix, keys: secrets.map(Sha1Key::new).collect() },
            BodyAlgorithm::Plain => Method::Plain { prefix, keys: secrets.map(PlainKey::new).collect() },
        };
        Ok(Self(Arc::new(Inner { header, max_body: builder.max_body, method })))
    }

    pub(crate) fn of_timestamped(builder: &TimestampedBuilder<Self>) -> Result<Self, ConfigError> {
        let (header, timestamp_header) = builder.check()?;
        let secrets = builder.secrets.iter().map(|secret| secret.expose().as_bytes());
        let method = Method::Timestamped {
            header: timestamp_header,
            tolerance: builder.tolerance.as_secs(),
            clock: Arc::clone(&builder.clock),
            keys: secrets.map(Sha256Key::new).collect(),
        };
        Ok(Self(Arc::new(Inner { header, max_body: builder.max_body, method })))
    }
}

impl Verifier {
    /// Checks the signature of a body, as its bytes came: not decoded, not parsed and written again.
    ///
    /// # Errors
    /// When the body is too large, or the signature is missing, there twice, unreadable, of another scheme, not
    /// fresh or wrong. Tell the sender of 413 in the first case and of 401 in all others, and no more.
    pub fn verify<'a, H: Headers + ?Sized>(
        &self,
        headers: &H,
        body: &'a [u8],
    ) -> Result<Verified<'a>, VerifyError> {
        let Inner { header, max_body, method } = &*self.0;
        if body.len() > *max_body {
            return Err(VerifyError::new(VerifyErrorKind::BodyTooLarge));
        }
        match method {
            Method::Sha256 { prefix, keys } => {
                let value = only(headers, header)?;
                let shown: MacBytes =
                    read_hex(value, prefix, "sha256=").map_err(|kind| VerifyError::of(kind, header))?;
                self.signed(Scheme::Body, body, keys, |key| {
                    let mac = key.mac(&[body]);
                    (same(&mac, &shown), mac)
                })
            }
            Method::Sha1 { prefix, keys } => {
                let value = only(headers, header)?;
                let shown: [u8; 20] =
                    read_hex(value, prefix, "sha1=").map_err(|kind| VerifyError::of(kind, header))?;
                self.signed(Scheme::Sha1, body, keys, |key| {
                    let mac = key.mac(body);
                    (same(&mac, &shown), padded(&mac))
                })
            }
            Method::Plain { prefix, keys } => {
                let value = only(headers, header)?;
                let shown = value
                    .strip_prefix(prefix.as_bytes())
                    .filter(|shown| !shown.is_empty() && shown.len() <= tokens::MOST_BYTES)
                    .ok_or_else(|| VerifyError::of(VerifyErrorKind::MalformedHeader, header))?;
                self.signed(Scheme::Plain, body, keys, |key| (key.matches(shown), key.mac(body)))
            }
            Method::Timestamped { header: timestamp_header, tolerance, clock, keys } => {
                let timestamp = only(headers, timestamp_header)?;
                let value = only(headers, header)?;
                let time = read_timestamp(timestamp)
                    .ok_or_else(|| VerifyError::of(VerifyErrorKind::InvalidTimestamp, timestamp_header))?;
                let shown = Shown::read(value).map_err(|kind| VerifyError::of(kind, header))?;
                check_freshness(time, clock.now(), *tolerance, timestamp_header)?;
                let verified = self.signed(Scheme::Timestamped, body, keys, |key| {
                    let mac = key.mac(&[timestamp, b".", body]);
                    let any = shown.macs().iter().fold(Choice::from(0), |any, shown| any | same(&mac, shown));
                    (any, mac)
                })?;
                let fresh_for = Some(Duration::from_secs(*tolerance));
                Ok(Verified { timestamp: Some(time), fresh_for, ..verified })
            }
        }
    }

    /// The largest body, in bytes, that it looks at.
    pub fn max_body(&self) -> usize {
        self.0.max_body
    }

    /// The scheme that it is built for.
    pub fn scheme(&self) -> Scheme {
        match &self.0.method {
            Method::Sha256 { .. } => Scheme::Body,
            Method::Sha1 { .. } => Scheme::Sha1,
            Method::Plain { .. } => Scheme::Plain,
            Method::Timestamped { .. } => Scheme::Timestamped,
        }
    }

    /// Tries every key, whether an earlier one fits or not.
    fn signed<'a, K>(
        &self,
        scheme: Scheme,
        body: &'a [u8],
        keys: &[K],
        try_key: impl Fn(&K) -> (Choice, MacBytes),
    ) -> Result<Verified<'a>, VerifyError> {
        let mut secret = None;
        let mut macs: (Option<MacBytes>, Vec<MacBytes>) = (None, Vec::new());
        for (at, key) in keys.iter().enumerate() {
            let (fits, mac) = try_key(key);
            // Which one fits is no secret.
            if bool::from(fits) {
                secret.get_or_insert(at);
            }
            match macs.0 {
                None => macs.0 = Some(mac),
                Some(_) => macs.1.push(mac),
            }
        }
        match (secret, macs) {
            (Some(secret), (Some(mac), further)) => {
                Ok(Verified { body, scheme, timestamp: None, fresh_for: None, secret, mac, further })
            }
            _ => Err(VerifyError::of(VerifyErrorKind::InvalidSignature, &self.0.header)),
        }
    }
}

/// The value of a header that has to be there once.
fn only<'a, H: Headers + ?Sized>(headers: &'a H, name: &HeaderName) -> Result<&'a [u8], VerifyError> {
    match headers.occurrence(name) {
        Occurrence::Once(value) => Ok(trimmed(value)),
        Occurrence::Never => Err(VerifyError::of(VerifyErrorKind::MissingHeader, name)),
        Occurrence::Repeated => Err(VerifyError::of(VerifyErrorKind::DuplicateHeader, name)),
    }
}

/// The prefix, to the letter, and as many hex digits as the MAC has.
fn read_hex<const LENGTH: usize>(
    value: &[u8],
    prefix: &str,
    own: &str,
) -> Result<[u8; LENGTH], VerifyErrorKind> {
    value.strip_prefix(prefix.as_bytes()).and_then(hex::decode).ok_or_else(|| {
        if ALGORITHMS.iter().any(|name| *name != own && value.starts_with(name.as_bytes())) {
            VerifyErrorKind::UnsupportedAlgorithm
        } else {
            VerifyErrorKind::MalformedHeader
        }
    })
}

/// One to twelve digits, the first of which is not 0.
fn read_timestamp(text: &[u8]) -> Option<u64> {
    if text.len() > 12 || !matches!(text.first(), Some(b'1'..=b'9')) {
        return None;
    }
    text.iter()
        .try_fold(0, |time: u64, byte| byte.is_ascii_digit().then(|| 10 * time + u64::from(byte - b'0')))
}

fn check_freshness(time: u64, now: u64, tolerance: u64, header: &HeaderName) -> Result<(), VerifyError> {
    let kind = if time < now { VerifyErrorKind::TimestampTooOld } else { VerifyErrorKind::TimestampInFuture };
    match time.abs_diff(now) {
        off_by if off_by > tolerance => Err(VerifyError::of(kind, header).by_seconds(off_by)),
        _ => Ok(()),
    }
}

/// Keys are told by their number.
impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Verifier");
        shown.field("scheme", &self.scheme()).field("header", &self.0.header);
        match &self.0.method {
            Method::Sha256 { prefix, keys } => shown.field("prefix", prefix).field("secrets", &keys.len()),
            Method::Sha1 { prefix, keys } => shown.field("prefix", prefix).field("secrets", &keys.len()),
            Method::Plain { prefix, keys } => shown.field("prefix", prefix).field("secrets", &keys.len()),
            Method::Timestamped { header, tolerance, clock, keys } => shown
                .field("timestamp_header", header)
                .field("tolerance", tolerance)
                .field("clock", clock)
                .field("secrets", &keys.len()),
        };
        shown.field("max_body", &self.0.max_body).finish()
    }
}
