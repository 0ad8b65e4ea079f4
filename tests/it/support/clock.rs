//! A clock that a test moves, and that ends each wait at once. Time limits are real, unless a test ends them.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use fake_port::FakePort;
use port_webhooks::Clock;
use tokio::sync::Notify;
use tokio::task::JoinSet;

#[derive(Clone, Debug)]
pub struct ManualClock {
    start: Instant,
    passed: Arc<Mutex<Duration>>,
    waits: Arc<Mutex<Vec<Duration>>>,
    limits: Arc<Notify>,
    stalls: Option<StallRule>,
}

/// How many requests a server has stalled so far.
#[derive(Clone, Copy)]
pub struct Stalls {
    /// Requests that get no response.
    pub requests: usize,
    /// Responses whose body stops before its end.
    pub bodies: usize,
}

impl Stalls {
    /// The requests to which a fake sends no response. The fake has to record requests.
    pub fn of(fake: &FakePort) -> Self {
        Self { bodies: 0, ..Self::with_bodies(fake) }
    }

    /// The same, where each broken body of the fake hangs.
    pub fn with_bodies(fake: &FakePort) -> Self {
        let requests = fake.requests();
        let stalled = |name| requests.iter().filter(|request| request.fault == Some(name)).count();
        Self { requests: stalled("hang"), bodies: stalled("breakBody") }
    }
}

/// Which time limits end, and when.
#[derive(Clone)]
struct StallRule {
    longest: Duration,
    stalls: Arc<dyn Fn() -> Stalls + Send + Sync>,
}

impl fmt::Debug for StallRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StallRule").field("longest", &self.longest).finish_non_exhaustive()
    }
}

impl StallRule {
    /// Ends when the server has stalled a request since `before` was counted.
    ///
    /// The fake counts a request before it answers. Nothing wakes a call between its request and the head of the
    /// response, so the next poll of its limit means that it has read the head, and waits for the body.
    async fn ended(self, before: Stalls) {
        let stalls = Arc::clone(&self.stalls);
        let mut unanswered = JoinSet::new();
        // A separate task, so that waiting for a stalled request does not poll the call.
        unanswered.spawn(async move {
            while stalls().requests <= before.requests {
                tokio::task::yield_now().await;
            }
        });
        poll_fn(|context| {
            let unanswered = unanswered.poll_join_next(context).map(|_| ());
            if (self.stalls)().bodies > before.bodies { Poll::Ready(()) } else { unanswered }
        })
        .await;
    }
}

impl ManualClock {
    #[allow(clippy::disallowed_methods)] // any instant will do to begin with
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            passed: Arc::default(),
            waits: Arc::default(),
            limits: Arc::default(),
            stalls: None,
        }
    }

    /// A clock that ends a time limit of at most `longest` when a server has stalled a request since the limit began,
    /// and then advances by the limit. Longer limits do not end.
    pub fn ending_stalled(longest: Duration, stalls: impl Fn() -> Stalls + Send + Sync + 'static) -> Self {
        let stalls = Some(StallRule { longest, stalls: Arc::new(stalls) });
        Self { stalls, ..Self::new() }
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
        if let Some(rule) = self.stalls.clone() {
            let (clock, before) = (self.clone(), (rule.stalls)());
            return Box::pin(async move {
                if limit > rule.longest {
                    std::future::pending::<()>().await;
                }
                rule.ended(before).await;
                clock.advance(limit);
            });
        }
        let ended = Arc::clone(&self.limits).notified_owned();
        Box::pin(async move {
            tokio::select! {
                () = ended => {}
                () = tokio::time::sleep(limit) => {}
            }
        })
    }
}
