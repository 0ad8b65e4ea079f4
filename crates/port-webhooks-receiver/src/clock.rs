//! The one place where time is read.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tells the time of day. Tests bring their own; otherwise it is the system's.
///
/// ```
/// use std::time::Duration;
/// use port_webhooks_receiver::WallClock;
///
/// #[derive(Debug)]
/// struct Fixed(Duration);
///
/// impl WallClock for Fixed {
///     fn now(&self) -> Duration {
///         self.0
///     }
/// }
/// # assert_eq!(Fixed(Duration::from_secs(7)).now().as_millis(), 7000);
/// ```
pub trait WallClock: fmt::Debug + Send + Sync + 'static {
    /// The time since 1970-01-01 00:00:00 UTC, to the millisecond or better.
    fn now(&self) -> Duration;
}

impl<C: WallClock + ?Sized> WallClock for Arc<C> {
    fn now(&self) -> Duration {
        (**self).now()
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemWallClock;

/// The time since it was made, on a clock that never goes back: for entries that expire, even when the wall clock is
/// changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uptime(Instant);

#[allow(clippy::disallowed_methods)] // the one place
impl Uptime {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl WallClock for Uptime {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[allow(clippy::disallowed_methods)] // the one place
impl WallClock for SystemWallClock {
    /// 0 if the clock is before 1970: then no real timestamp is fresh.
    fn now(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
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
