//! The one place where time is read.

use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The wall clock. Tests can bring their own.
///
/// ```
/// use port_webhooks_receiver::Clock;
///
/// #[derive(Debug)]
/// struct Fixed(u64);
///
/// impl Clock for Fixed {
///     fn now(&self) -> u64 {
///         self.0
///     }
/// }
/// # assert_eq!(Fixed(7).now(), 7);
/// ```
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The seconds since 1970, in UTC.
    fn now(&self) -> u64;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> u64 {
        (**self).now()
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// The seconds since it was made, on a clock that never goes back: for what ends after some time, whatever is done to
/// the clock on the wall.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uptime(Instant);

#[allow(clippy::disallowed_methods)] // the one place
impl Uptime {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Uptime {
    fn now(&self) -> u64 {
        self.0.elapsed().as_secs()
    }
}

#[allow(clippy::disallowed_methods)] // the one place
impl Clock for SystemClock {
    /// 0 if the clock is before 1970: then no real timestamp is fresh.
    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

/// The clock of the tokio runtime.
#[cfg(feature = "redis")]
#[allow(clippy::disallowed_methods)] // the one place
pub(crate) mod runtime {
    use std::time::Duration;

    use tokio::time::Instant;

    pub(crate) fn now() -> Instant {
        Instant::now()
    }

    pub(crate) async fn sleep(lasts: Duration) {
        tokio::time::sleep(lasts).await;
    }

    pub(crate) async fn sleep_until(end: Instant) {
        tokio::time::sleep_until(end).await;
    }
}
