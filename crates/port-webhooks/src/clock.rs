//! The one place where time is read.

use std::fmt;
use std::time::{Instant, SystemTime};

/// Reads time: the age of tokens, deadlines, and dates in answers. Tests bring their own.
///
/// Timeouts on sockets are not read from here; they are real timers, set by the builder.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Now, on a clock that never goes back.
    fn now(&self) -> Instant;

    /// Now, on the wall. Read for a `Retry-After` that is a date, in an answer without a `Date`.
    fn wall(&self) -> SystemTime;
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
