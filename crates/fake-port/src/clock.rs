//! The fake's time: the wall clock plus what a test has added to it.
//!
//! The one file that reads the system's clock.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// A wall clock that can be moved forward.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead: Duration,
}

impl Clock {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        #[allow(clippy::disallowed_methods)] // This is the clock that the rule sends everyone else to.
        let wall = SystemTime::now();
        later(DateTime::from(wall), self.ahead)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.ahead = self.ahead.saturating_add(by);
    }
}

/// `time` plus `span`, or the end of time when that cannot be told.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_milliseconds_and_a_z() {
        let time = DateTime::from_timestamp_millis(1_705_314_600_000).unwrap();
        assert_eq!(timestamp(time), "2024-01-15T10:30:00.000Z");
    }

    #[test]
    fn advancing_adds_up_and_never_overflows() {
        let mut clock = Clock::default();
        let start = clock.now();
        clock.advance(Duration::from_secs(60));
        clock.advance(Duration::from_secs(60));
        assert!(clock.now() >= later(start, Duration::from_secs(120)));
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), DateTime::<Utc>::MAX_UTC);
    }
}
