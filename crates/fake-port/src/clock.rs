//! The fake's time: a clock, by default the wall clock, plus what a test has added to it.
//!
//! The one file that reads the system's clock.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// A clock that can be moved forward.
#[derive(Clone)]
pub(crate) struct Clock {
    source: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    ahead: Duration,
}

impl Clock {
    pub(crate) fn new(source: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { source: Arc::new(source), ahead: Duration::ZERO }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        later(DateTime::from((self.source)()), self.ahead)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.ahead = self.ahead.saturating_add(by);
    }
}

impl Default for Clock {
    fn default() -> Self {
        #[allow(clippy::disallowed_methods)] // This is the clock that the rule sends everyone else to.
        Self::new(SystemTime::now)
    }
}

/// Whether a test has paused the clock of the current tokio runtime.
#[allow(clippy::disallowed_methods)] // Compares two clocks.
pub(crate) fn is_paused() -> bool {
    // The real clock is read last: once it has moved, a running one has moved as well.
    let tokio = tokio::time::Instant::now();
    let real = std::time::Instant::now();
    while real.elapsed().is_zero() {}
    tokio.elapsed().is_zero()
}

/// `time` plus `span`; the last representable time if that is later.
pub(crate) fn later(time: DateTime<Utc>, span: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(span)
        .ok()
        .and_then(|span| time.checked_add_signed(span))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The form in which the API writes a time: RFC 3339, UTC, milliseconds.
pub(crate) fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The form of the `date` header. A time before 1970 or after 9999 is written as the nearest of these years.
pub(crate) fn http_date(time: DateTime<Utc>) -> String {
    const LAST: u64 = 253_402_300_799;
    let seconds = u64::try_from(time.timestamp()).unwrap_or(0).min(LAST);
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}
