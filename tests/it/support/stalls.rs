//! A clock that ends the time limit of an attempt when the server stalls the attempt.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use fake_port::FakePort;
use port_webhooks::types::Clock;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::ManualClock;

/// The end of a time limit.
type Limit = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A [`ManualClock`] with other time limits, which end without real time.
#[derive(Clone)]
pub struct StallClock {
    pub clock: ManualClock,
    limit: Arc<dyn Fn(Duration) -> Limit + Send + Sync>,
}

impl StallClock {
    /// Ends a time limit of at most `longest` when a server has stalled a request since the limit began, and then
    /// advances by the limit. Longer limits do not end.
    pub fn new(longest: Duration, stalls: impl Fn() -> Stalls + Send + Sync + 'static) -> Self {
        let clock = ManualClock::new();
        let (advanced, rule) = (clock.clone(), StallRule { longest, stalls: Arc::new(stalls) });
        let limit = move |limit| -> Limit {
            let (clock, rule, before) = (advanced.clone(), rule.clone(), (rule.stalls)());
            Box::pin(async move {
                if limit > rule.longest {
                    std::future::pending::<()>().await;
                }
                rule.ended(before).await;
                clock.advance(limit);
            })
        };
        Self { clock, limit: Arc::new(limit) }
    }

    /// Ends the time limits that have begun when all waiters are notified.
    pub fn ended_by(notify: Arc<Notify>) -> Self {
        let limit = move |_| -> Limit { Box::pin(Arc::clone(&notify).notified_owned()) };
        Self { clock: ManualClock::new(), limit: Arc::new(limit) }
    }

    pub fn waits(&self) -> Vec<Duration> {
        self.clock.waits()
    }

    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }
}

impl fmt::Debug for StallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StallClock").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Clock for StallClock {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn wall(&self) -> SystemTime {
        self.clock.wall()
    }

    fn sleep(&self, wait: Duration) -> Limit {
        self.clock.sleep(wait)
    }

    fn timeout(&self, limit: Duration) -> Limit {
        (self.limit)(limit)
    }
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
