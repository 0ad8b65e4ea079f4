//! Whether somebody who knows the secret has signed a body. Nothing here reads what the body says.

mod error;
mod tokens;
mod verified;

use std::fmt;
use std::sync::Arc;

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
use crate::mac::{Head, MacBytes, PlainKey, Sha1Key, Sha256Key, padded, same};
use crate::scheme::Scheme;
use tokens::Shown;
use verified::Time;

/// Checks the signatures of deliveries, of one scheme. What is signed in another is refused, whatever it says
/// of itself. Clones share their keys, which are prepared once.
///
/// A delivery is looked at in this order: size of the body, headers there once, their syntax, freshness, MAC.
/// Every secret is tried against every signature, in constant time.
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
    Timestamped(Timestamped),
}

struct Timestamped {
    /// The header of the timestamp.
    header: HeaderName,
    tolerance: u64,
    clock: Arc<dyn Clock>,
    keys: Vec<Sha256Key>,
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

    /// A data source's `plain`: this header holds the secret itself. It says nothing of the body: whoever has
    /// seen one delivery can send any other.
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
        let method = Method::Timestamped(Timestamped {
            header: timestamp_header,
            tolerance: builder.tolerance.as_secs(),
            clock: Arc::clone(&builder.clock),
            keys: secrets.map(Sha256Key::new).collect(),
        });
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
        let inner = &*self.0;
        if body.len() > inner.max_body {
            return Err(VerifyError::new(VerifyErrorKind::BodyTooLarge));
        }
        // What depends on the type of the headers ends here.
        match &inner.method {
            Method::Timestamped(method) => {
                method.verify(headers.occurrences([&method.header, &inner.header]), &inner.header, body)
            }
            method => method.verify(headers.occurrence(&inner.header), &inner.header, body),
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
            Method::Timestamped(_) => Scheme::Timestamped,
        }
    }
}

impl Method {
    /// One header, and the body.
    fn verify<'a>(
        &self,
        shown: Occurrence<'_>,
        header: &HeaderName,
        body: &'a [u8],
    ) -> Result<Verified<'a>, VerifyError> {
        let value = only(shown, header)?;
        let refused = |kind| VerifyError::of(kind, header);
        let signed = match self {
            Self::Sha256 { prefix, keys } => {
                let shown = read_hex(value, prefix, "sha256=").map_err(refused)?;
                signed(Scheme::Body, None, body, keys, |key| {
                    let mac = key.mac(Head::NONE, body);
                    (same(&mac, &shown), mac)
                })
            }
            Self::Sha1 { prefix, keys } => {
                let shown = padded(&read_hex(value, prefix, "sha1=").map_err(refused)?);
                signed(Scheme::Sha1, None, body, keys, |key| {
                    let mac = padded(&key.mac(body));
                    (same(&mac, &shown), mac)
                })
            }
            Self::Plain { prefix, keys } => {
                let shown = value
                    .strip_prefix(prefix.as_bytes())
                    .filter(|shown| !shown.is_empty() && shown.len() <= tokens::MOST_BYTES)
                    .ok_or_else(|| refused(VerifyErrorKind::MalformedHeader))?;
                signed(Scheme::Plain, None, body, keys, |key| (key.matches(shown), key.mac(body)))
            }
            Self::Timestamped(method) => return method.verify([Occurrence::Never, shown], header, body),
        };
        signed.ok_or_else(|| refused(VerifyErrorKind::InvalidSignature))
    }
}

impl Timestamped {
    /// The headers of the timestamp and of the signatures, and the body.
    fn verify<'a>(
        &self,
        [timestamp, shown]: [Occurrence<'_>; 2],
        header: &HeaderName,
        body: &'a [u8],
    ) -> Result<Verified<'a>, VerifyError> {
        let timestamp = only(timestamp, &self.header)?;
        let value = only(shown, header)?;
        let (time, head) = read_timestamp(timestamp)
            .ok_or_else(|| VerifyError::of(VerifyErrorKind::InvalidTimestamp, &self.header))?;
        let shown = Shown::read(value).map_err(|kind| VerifyError::of(kind, header))?;
        check_freshness(time, self.clock.now(), self.tolerance, &self.header)?;
        let time = Some(Time { signed: time, tolerance: self.tolerance });
        let signed = signed(Scheme::Timestamped, time, body, &self.keys, |key| {
            let mac = key.mac(head, body);
            (shown.fits(&mac), mac)
        });
        signed.ok_or_else(|| VerifyError::of(VerifyErrorKind::InvalidSignature, header))
    }
}

/// Tries every key, whether an earlier one fits or not.
fn signed<'a, K>(
    scheme: Scheme,
    time: Option<Time>,
    body: &'a [u8],
    keys: &[K],
    try_key: impl Fn(&K) -> (Choice, MacBytes),
) -> Option<Verified<'a>> {
    let (first, others) = keys.split_first()?;
    let (fits, mac) = try_key(first);
    // Which one fits is no secret.
    let mut secret = bool::from(fits).then_some(0);
    let mut further = Vec::new();
    for (at, key) in others.iter().enumerate() {
        let (fits, mac) = try_key(key);
        if bool::from(fits) {
            secret.get_or_insert(at + 1);
        }
        further.push(mac);
    }
    Some(Verified { body, scheme, time, secret: secret?, mac, further })
}

/// The value of a header that has to be there once.
fn only<'a>(occurrence: Occurrence<'a>, name: &HeaderName) -> Result<&'a [u8], VerifyError> {
    match occurrence {
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

/// One to twelve digits, the first of which is not 0; and they with a dot, as they are signed.
fn read_timestamp(text: &[u8]) -> Option<(u64, Head)> {
    if text.len() > 12 || !matches!(text.first(), Some(b'1'..=b'9')) {
        return None;
    }
    let (mut time, mut head) = (0, Head::NONE);
    for byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        time = 10 * time + u64::from(byte - b'0');
        head = head.and(*byte);
    }
    Some((time, head.and(b'.')))
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
            Method::Timestamped(Timestamped { header, tolerance, clock, keys }) => shown
                .field("timestamp_header", header)
                .field("tolerance", tolerance)
                .field("clock", clock)
                .field("secrets", &keys.len()),
        };
        shown.field("max_body", &self.0.max_body).finish()
    }
}
