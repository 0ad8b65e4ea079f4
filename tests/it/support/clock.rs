//! A clock that a test moves, and that ends each wait at once. Time limits are real, unless a test ends them.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use port_webhooks::Clock;
use tokio::sync::Notify;

#[derive(Clone, Debug)]
pub struct ManualClock {
    start: Instant,
    passed: Arc<Mutex<Duration>>,
    waits: Arc<Mutex<Vec<Duration>>>,
    limits: Arc<Notify>,
}

impl ManualClock {
    #[allow(clippy::disallowed_methods)] // any instant will do to begin with
    pub fn new() -> Self {
        Self { start: Instant::now(), passed: Arc::default(), waits: Arc::default(), limits: Arc::default() }
    }

    /// The waits that were asked for.
    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }

    /// Ends every time limit that has begun.
    pub fn end_limits(&self) {
        self.limits.notify_waiters();
    }

    pub fn advance(&self, by: Duration) {
        *self.passed.lock().unwrap() += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.start + *self.passed.lock().unwrap()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_705_314_600) + *self.passed.lock().unwrap()
    }

    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.waits.lock().unwrap().push(wait);
        self.advance(wait);
        // Whoever waits may be dropped meanwhile.
        Box::pin(tokio::task::yield_now())
    }

    #[allow(clippy::disallowed_methods)] // as the trait does it
    fn timeout(&self, limit: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let ended = Arc::clone(&self.limits).notified_owned();
        Box::pin(async move {
            tokio::select! {
                () = ended => {}
                () = tokio::time::sleep(limit) => {}
            }
        })
    }
}
