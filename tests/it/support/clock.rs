//! A clock that moves when it is told to, and past every wait at once.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use port_webhooks::Clock;

#[derive(Clone, Debug)]
pub struct ManualClock {
    start: Instant,
    passed: Arc<Mutex<Duration>>,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl ManualClock {
    #[allow(clippy::disallowed_methods)] // any instant will do to begin with
    pub fn new() -> Self {
        Self { start: Instant::now(), passed: Arc::default(), waits: Arc::default() }
    }

    /// The waits that were asked for.
    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
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
}
