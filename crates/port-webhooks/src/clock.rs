//! The one place that reads the time and waits before a retry.

use std::fmt;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

/// Reads the time (for the age of tokens, deadlines, dates in responses) and waits before a retry. Tests can bring
/// their own.
///
/// The timeouts for connecting, for an attempt and for waiting for a token are real timers.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The monotonic time.
    fn now(&self) -> Instant;

    /// The wall-clock time. Read when `Retry-After` or `x-ratelimit-reset` is a point in time, and the response has no
    /// `Date`.
    fn wall(&self) -> SystemTime;

    /// Waits before a retry. By default in real time; the clock of a test can advance itself and return at once.
    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        #[allow(clippy::disallowed_methods)] // the one place
        Box::pin(tokio::time::sleep(wait))
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[allow(clippy::disallowed_methods)] // the one place
impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// The end of the time for a call.
pub(crate) struct Deadline<'a> {
    clock: &'a dyn Clock,
    /// None: an instant out of range, which never comes.
    ends_at: Option<Instant>,
}

impl<'a> Deadline<'a> {
    pub(crate) fn new(clock: &'a dyn Clock, time: Duration) -> Self {
        Self { clock, ends_at: clock.now().checked_add(time) }
    }

    /// The time left; zero after the end.
    pub(crate) fn left(&self) -> Duration {
        self.ends_at.map_or(Duration::MAX, |at| at.saturating_duration_since(self.clock.now()))
    }
}

/// A clock that stands still, on Monday 2024-01-15 at 10:30:00 UTC.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Still;

#[cfg(test)]
impl Clock for Still {
    fn now(&self) -> Instant {
        static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(|| SystemClock.now());
        *START
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_705_314_600)
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}
