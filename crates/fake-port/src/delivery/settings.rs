//! How a fake delivers.

use std::time::Duration;

use http::HeaderName;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Deserialize;

/// How a fake delivers events.
///
/// ```
/// use fake_port::{Deliveries, SigningScheme};
/// use std::time::Duration;
///
/// let deliveries = Deliveries::new()
///     .scheme(SigningScheme::Timestamped)
///     .attempts(5)
///     .backoff(Duration::from_secs(1), Duration::from_secs(60));
/// # let _ = deliveries;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Independent switches.
pub struct Deliveries {
    pub(super) scheme: Option<SigningScheme>,
    pub(super) signature_header: HeaderName,
    pub(super) attempts: Option<u32>,
    pub(super) milliseconds: bool,
    pub(super) base: Duration,
    pub(super) cap: Duration,
    pub(super) timeout: Duration,
    pub(super) waits: Waits,
    pub(crate) anywhere: bool,
    pub(crate) changes: bool,
}

/// How deliveries are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serve", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum SigningScheme {
    /// The documented one: the signature is `sha256=` and the HMAC-SHA256 of the body in hex, by the webhook's
    /// secret. For a webhook without a secret nothing is signed.
    #[default]
    #[cfg_attr(feature = "serve", value(help = "Sign the body"))]
    Body,
    /// The one of Port's actions and automations: `x-port-timestamp` holds the seconds or milliseconds since 1970, and
    /// the signature is `v1,` and the HMAC-SHA256 of timestamp, dot and body in base64. The key is the client secret,
    /// or the secret of a webhook of the documented profile that has one.
    #[cfg_attr(feature = "serve", value(help = "Sign a timestamp and the body"))]
    Timestamped,
}

/// Whether the fake waits between attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Waits {
    /// It only records the wait, so that a test takes no time.
    #[default]
    Skipped,
    /// It waits in real time.
    Real,
}

/// The order in which several events reach each webhook. In JSON: `"given"`, `"reversed"`, `{"shuffled": 7}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Order {
    /// As given.
    #[default]
    Given,
    /// In reverse.
    Reversed,
    /// In a random order, which is the same for the same seed and number of events.
    Shuffled(u64),
}

impl Order {
    pub(crate) fn arrange<T>(self, items: &mut [T]) {
        match self {
            Self::Given => {}
            Self::Reversed => items.reverse(),
            Self::Shuffled(seed) => {
                let mut generator = ChaCha8Rng::seed_from_u64(seed);
                for last in (1..items.len()).rev() {
                    let choice = generator.next_u64() % (last as u64 + 1);
                    items.swap(last, usize::try_from(choice).unwrap_or(last));
                }
            }
        }
    }
}

impl Default for Deliveries {
    fn default() -> Self {
        Self {
            scheme: None,
            signature_header: HeaderName::from_static("x-port-signature"),
            attempts: None,
            milliseconds: false,
            base: Duration::from_secs(1),
            cap: Duration::from_secs(60),
            timeout: Duration::from_secs(5),
            waits: Waits::default(),
            anywhere: false,
            changes: false,
        }
    }
}

impl Deliveries {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How deliveries are signed. Default: [`SigningScheme::Body`] to the webhooks of
    /// [`Profile::Documented`](crate::Profile::Documented), [`SigningScheme::Timestamped`] to those of
    /// [`Profile::Live`](crate::Profile::Live) and [to a URL](crate::PortEvent::to_url).
    pub fn scheme(mut self, scheme: SigningScheme) -> Self {
        self.scheme = Some(scheme);
        self
    }

    /// The header that holds the signature. Default: `x-port-signature`. Port's documentation names none for the body
    /// scheme.
    ///
    /// # Panics
    ///
    /// When this is not valid as the name of a header.
    #[track_caller]
    #[allow(clippy::panic)] // A mistake in a test; documented.
    pub fn signature_header(mut self, name: &str) -> Self {
        match HeaderName::from_bytes(name.as_bytes()) {
            Ok(name) => self.signature_header = name,
            Err(problem) => panic!("{name:?} cannot be the name of a header: {problem}"),
        }
        self
    }

    /// Writes timestamps in milliseconds, 13 digits. Default: in seconds. Port's documentation says seconds, its example
    /// receivers expect milliseconds.
    pub fn milliseconds(mut self) -> Self {
        self.milliseconds = true;
        self
    }

    /// The most attempts to make, until one is answered with a 2xx; at least 1. Default: 3 to a webhook, 1
    /// [to a URL](crate::PortEvent::to_url).
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts.max(1));
        self
    }

    /// The wait before the second attempt, and the longest wait. Each wait is twice the one before. Default: one
    /// second and one minute. See [`waits`](Self::waits).
    pub fn backoff(mut self, base: Duration, cap: Duration) -> Self {
        (self.base, self.cap) = (base, cap);
        self
    }

    /// Whether the fake waits between attempts. Default: [`Waits::Skipped`].
    pub fn waits(mut self, waits: Waits) -> Self {
        self.waits = waits;
        self
    }

    /// How long an attempt may take, including the response's body. Default: five seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Delivers to any address. By default only this machine is called, so that no test posts to somebody else by
    /// mistake.
    pub fn anywhere(mut self) -> Self {
        self.anywhere = true;
        self
    }

    /// Delivers an event for each change that a client makes to a webhook: `webhook.created`, `webhook.updated` or
    /// `webhook.deleted`, with the webhook in `data.webhook`, without `security` and `headers`. Webhooks may then
    /// subscribe to these events. Port documents no such events; they let a test see a delivery for a real change.
    /// [`FakePort::settled`](crate::FakePort::settled) waits for the deliveries.
    pub fn of_changes(mut self) -> Self {
        self.changes = true;
        self
    }

    /// How long is waited before an attempt, counted from 0.
    pub(super) fn wait_before(&self, attempt: u32) -> Duration {
        match attempt {
            0 => Duration::ZERO,
            _ => self.base.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(self.cap),
        }
    }
}
