//! The rate limit of an organization, as Port reports and enforces it.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock::later;

/// How many requests an organization may make in a window of time.
///
/// A window begins with the first request after the last window ended. Every request with a valid token counts; those
/// beyond the limit get a 429. A fake plays one organization, so all its clients share the limit. Requests
/// for a token do not count, which is not verified about Port.
///
/// Every response has the headers that Port documents: `x-ratelimit-limit`, `-period` (seconds), `-remaining` and
/// `-reset`.
///
/// ```
/// use fake_port::{RequestLimit, Reset};
/// use std::time::Duration;
///
/// let limit = RequestLimit::new(100, Duration::from_secs(60)).reset(Reset::SecondsToWait).retry_after(true);
/// assert_eq!("100/60".parse(), Ok(RequestLimit::new(100, Duration::from_secs(60))));
/// # let _ = limit;
/// ```
#[doc(alias("429", "throttling"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimit {
    limit: u32,
    window: Duration,
    reset: Reset,
    retry_after: bool,
}

/// The form of `x-ratelimit-reset`. Port's documentation and its clients disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serve", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Reset {
    /// The end of the window in seconds since 1970, as in Port's documentation.
    #[default]
    #[cfg_attr(feature = "serve", value(name = "epoch"))]
    EpochSeconds,
    /// The same in milliseconds.
    #[cfg_attr(feature = "serve", value(name = "epoch-ms"))]
    EpochMilliseconds,
    /// The seconds until the end of the window, rounded up, as Port's Terraform provider reads it.
    #[cfg_attr(feature = "serve", value(name = "wait"))]
    SecondsToWait,
}

impl RequestLimit {
    /// A limit of this many requests in a window. A window of less than a second becomes one second.
    pub fn new(limit: u32, window: Duration) -> Self {
        Self {
            limit,
            window: window.max(Duration::from_secs(1)),
            reset: Reset::default(),
            retry_after: false,
        }
    }

    /// The form of `x-ratelimit-reset`. Default: [`Reset::EpochSeconds`].
    pub fn reset(mut self, reset: Reset) -> Self {
        self.reset = reset;
        self
    }

    /// Whether a 429 also has `retry-after`, in seconds. Default: no, since Port does not document it.
    pub fn retry_after(mut self, said: bool) -> Self {
        self.retry_after = said;
        self
    }
}

/// Reads `REQUESTS/SECONDS`, such as `100/60`.
impl FromStr for RequestLimit {
    type Err = ParseRequestLimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (limit, seconds) = text.split_once('/').ok_or(ParseRequestLimitError)?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(limit) || !digits(seconds) {
            return Err(ParseRequestLimitError);
        }
        let limit = limit.parse().map_err(|_| ParseRequestLimitError)?;
        match seconds.parse::<u32>() {
            Ok(seconds @ 1..) => Ok(Self::new(limit, Duration::from_secs(seconds.into()))),
            _ => Err(ParseRequestLimitError),
        }
    }
}

/// A text is not a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate limit is REQUESTS/SECONDS, such as 100/60")]
#[non_exhaustive]
pub struct ParseRequestLimitError;

/// How much of a limit is used.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    pub(crate) rate_limit: RequestLimit,
    used: u32,
    /// When the window ends; `None` before the first request.
    end: Option<DateTime<Utc>>,
}

impl Meter {
    pub(crate) fn new(rate_limit: RequestLimit) -> Self {
        Self { rate_limit, used: 0, end: None }
    }

    /// Takes one request. `false` when there is none left.
    pub(crate) fn take(&mut self, now: DateTime<Utc>) -> bool {
        if self.end.is_none_or(|end| end <= now) {
            self.used = 0;
            self.end = Some(later(now, self.rate_limit.window));
        }
        let left = self.used < self.rate_limit.limit;
        self.used += u32::from(left);
        left
    }

    /// The headers of a response at this time.
    pub(crate) fn headers(&self, now: DateTime<Utc>, refused: bool) -> Vec<(&'static str, String)> {
        let open = self.end.filter(|end| now < *end);
        let used = if open.is_some() { self.used } else { 0 };
        let end = open.unwrap_or_else(|| later(now, self.rate_limit.window));
        let wait = seconds_until(now, end);
        let reset = match self.rate_limit.reset {
            // Rounded up, so that a client that waits for it is not too early.
            Reset::EpochSeconds => end.timestamp() + i64::from(end.timestamp_subsec_nanos() > 0),
            Reset::EpochMilliseconds => {
                end.timestamp_millis() + i64::from(!end.timestamp_subsec_nanos().is_multiple_of(1_000_000))
            }
            Reset::SecondsToWait => wait,
        };
        let mut headers = vec![
            ("x-ratelimit-limit", self.rate_limit.limit.to_string()),
            ("x-ratelimit-period", self.rate_limit.window.as_secs().to_string()),
            ("x-ratelimit-remaining", (self.rate_limit.limit - used).to_string()),
            ("x-ratelimit-reset", reset.to_string()),
        ];
        if refused && self.rate_limit.retry_after {
            headers.push(("retry-after", wait.to_string()));
        }
        headers
    }
}

/// The whole seconds from one time to a later one, rounded up.
fn seconds_until(now: DateTime<Utc>, end: DateTime<Utc>) -> i64 {
    let span = end - now;
    span.num_seconds() + i64::from(span.subsec_nanos() > 0)
}
