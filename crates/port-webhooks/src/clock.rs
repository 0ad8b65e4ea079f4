//! The one place where time is read and waited for.

use std::fmt;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

/// Reads time (the age of tokens, deadlines, dates in answers) and waits before a call is sent again. Tests
/// bring their own.
///
/// Timeouts on sockets are not read from here; they are real timers, set by the builder.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Now, on a clock that never goes back.
    fn now(&self) -> Instant;

    /// Now, on the wall. Read for a `Retry-After` that is a date, in an answer without a `Date`.
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
