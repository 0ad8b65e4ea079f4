//! The one place that reads the time, waits, and limits time.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

/// Reads the time (for the age of tokens, deadlines, dates in responses), waits before a retry, and limits the time of
/// an attempt. Tests can bring their own.
///
/// Only the time limits of the HTTP client itself, such as that for connecting, are always real timers.
///
/// ```
/// use std::pin::Pin;
/// use std::time::{Duration, Instant, SystemTime};
/// use port_webhooks::Client;
/// use port_webhooks::types::{Clock, SystemClock};
///
/// /// Retries without waiting.
/// #[derive(Debug)]
/// struct NoWaits;
///
/// impl Clock for NoWaits {
///     fn now(&self) -> Instant {
///         SystemClock.now()
///     }
///
///     fn wall(&self) -> SystemTime {
///         SystemClock.wall()
///     }
///
///     fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
///         Box::pin(std::future::ready(()))
///     }
/// }
///
/// let port = Client::builder().access_token("token").clock(NoWaits).build()?;
/// # Ok::<(), port_webhooks::Error>(())
/// ```
#[doc(alias("time", "sleep"))]
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

    /// Ends when the time for something is over: for an attempt, for a call of a
    /// [`TokenProvider`](crate::types::TokenProvider), or for waiting for a token. By default in real time; the clock of a test
    /// can end it at once, or never.
    fn timeout(&self, limit: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        #[allow(clippy::disallowed_methods)] // the one place
        Box::pin(tokio::time::sleep(limit))
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

/// The output of a future, or `None` if the limit ends first.
pub(crate) async fn within<F: Future>(limit: &mut Limit, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        limit.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// A wait, or a time limit.
pub(crate) type Limit = Pin<Box<dyn Future<Output = ()> + Send>>;
