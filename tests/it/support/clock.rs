//! A clock that moves when it is told to.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use port_webhooks::Clock;

#[derive(Clone, Debug)]
pub struct ManualClock {
    start: Instant,
    passed: Arc<Mutex<Duration>>,
}

impl ManualClock {
    #[allow(clippy::disallowed_methods)] // any instant will do to begin with
    pub fn new() -> Self {
        Self { start: Instant::now(), passed: Arc::default() }
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
}
