//! The one place where time is read, and where a call waits to be sent again.

use std::fmt;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

/// Reads time (the age of tokens, deadlines, dates in answers) and waits before a call is sent again. Tests
/// bring their own.
///
/// Timeouts of connections, exchanges and waiting for a token are real timers, set by the builder.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Now, on a clock that never goes back.
    fn now(&self) -> Instant;

    /// Now, on the wall. Read for a `Retry-After` that is a date and for an `x-ratelimit-reset` that is an instant, in
    /// an answer without a `Date`.
    fn wall(&self) -> SystemTime;

    /// Waits before a call is sent again. By default it waits in real time; a clock that a test moves may move
    /// itself instead and be done at once.
    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        #[allow(clippy::disallowed_methods)] // the one place
        Box::pin(tokio::time::sleep(wait))
    }
}

/// The clock of the system.
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

/// By when something has to be done.
pub(crate) struct Deadline<'a> {
    clock: &'a dyn Clock,
    /// An instant that can't be told never comes.
    ends_at: Option<Instant>,
}

impl<'a> Deadline<'a> {
    pub(crate) fn new(clock: &'a dyn Clock, time: Duration) -> Self {
        Self { clock, ends_at: clock.now().checked_add(time) }
    }

    /// How much time is left; nothing when it is over.
    pub(crate) fn left(&self) -> Duration {
        self.ends_at.map_or(Duration::MAX, |at| at.saturating_duration_since(self.clock.now()))
    }
}

/// A clock that stands still, on Monday 2024-01-15 at 10:30:00 UTC.
#[cfg(any(test, fuzzing))]
#[derive(Debug)]
pub(crate) struct Still;

#[cfg(any(test, fuzzing))]
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
