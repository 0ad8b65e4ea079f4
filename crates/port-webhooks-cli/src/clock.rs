//! The only file that reads the time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};

/// The time since 1970; 0 if the clock is set to an earlier one.
#[allow(clippy::disallowed_methods)] // only here
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The current time in the form of payloads: RFC 3339, in UTC, in whole seconds.
pub(crate) fn timestamp() -> String {
    let seconds = i64::try_from(now().as_secs()).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[allow(clippy::disallowed_methods)] // only here
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn milliseconds(&self) -> u128 {
        self.0.elapsed().as_millis()
    }
}
