//! A call by each method on a fake that goes wrong, and how it has to end.

use std::sync::Arc;
use std::time::Duration;

use fake_port::{FakePort, Fault, Recording, Route, WriteResponse};
use port_webhooks::{
    ClientBuilder, Error, ErrorKind, EventType, NewWebhook, Outcome, WebhookPatch, Webhooks,
    types::WebhookReplacement,
};
use serde_json::{Value, json};

use crate::support::{PAGE_URL, StallClock, Stalls, client_of};

/// The time limit of an attempt. It ends when the fake stalls the attempt.
const ATTEMPT: Duration = Duration::from_millis(60);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    Get,
    List,
    Create,
    Update,
    Replace,
    Delete,
}

impl Method {
    pub fn operation(self) -> Route {
        match self {
            Self::Get => Route::Get,
            Self::List => Route::List,
            Self::Create => Route::Create,
            Self::Update => Route::Update,
            Self::Replace => Route::Replace,
            Self::Delete => Route::Delete,
        }
    }

    pub fn reads(self) -> bool {
        matches!(self, Self::Get | Self::List)
    }

    /// What the row says of this method: of reads, of a create, and of the other writes.
    pub fn of<T>(self, [reads, create, writes]: [T; 3]) -> T {
        match self {
            Self::Get | Self::List => reads,
            Self::Create => create,
            Self::Update | Self::Replace | Self::Delete => writes,
        }
    }

    /// Calls on the webhook `a`, or creates `b`.
    pub async fn call(self, hooks: &Webhooks) -> Result<Success, Error> {
        self.call_on(hooks, if self == Self::Create { "b" } else { "a" }).await
    }

    pub async fn call_on(self, hooks: &Webhooks, identifier: &str) -> Result<Success, Error> {
        let events = [EventType::RunCreated];
        match self {
            Self::Get => hooks.get(identifier).await.map(|_| Success::Done),
            Self::List => hooks.list().await.map(|_| Success::Done),
            Self::Create => {
                let webhook = NewWebhook::subscription(identifier, PAGE_URL).events(events);
                hooks.create(webhook).await.map(|_| Success::Done)
            }
            Self::Update => {
                hooks.update(identifier, WebhookPatch::new().title("New")).await.map(|_| Success::Done)
            }
            Self::Replace => {
                let whole = WebhookReplacement::subscription(identifier, PAGE_URL).events(events);
                hooks.replace(identifier, whole).await.map(|_| Success::Done)
            }
            Self::Delete => {
                hooks.delete(identifier).await.map(|gone| if gone { Success::Done } else { Success::No })
            }
        }
    }
}

/// The result of a call that does not fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Success {
    Done,
    /// Of a delete: it was not done.
    No,
}

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Ok,
    False,
    Fails(ErrorKind, Outcome),
}

pub use End::Fails;

/// How often a call is sent, and how it ends.
pub type Expected = (usize, End);

/// The same for each method.
pub fn all(sent: usize, kind: ErrorKind) -> [Expected; 3] {
    [(sent, Fails(kind, Outcome::NotApplied)); 3]
}

pub fn second_time_lucky() -> [Expected; 3] {
    [(2, End::Ok); 3]
}

/// A fault that passes: a create is not sent again.
pub fn passes(kind: ErrorKind) -> [Expected; 3] {
    [(2, End::Ok), (1, Fails(kind, Outcome::Unknown)), (2, End::Ok)]
}

/// A fault that stays, and leaves open what happened.
pub fn stays(kind: ErrorKind) -> [Expected; 3] {
    [
        (3, Fails(kind, Outcome::NotApplied)),
        (1, Fails(kind, Outcome::Unknown)),
        (3, Fails(kind, Outcome::Unknown)),
    ]
}

/// The answer is lost after it was clear that there is one.
pub fn lost_answer(reads: usize, kind: ErrorKind) -> [Expected; 3] {
    [
        (reads, Fails(kind, Outcome::NotApplied)),
        (1, Fails(kind, Outcome::Applied)),
        (1, Fails(kind, Outcome::Applied)),
    ]
}

pub fn end_of(result: Result<Success, &Error>) -> End {
    match result {
        Ok(Success::Done) => End::Ok,
        Ok(Success::No) => End::False,
        Err(error) => Fails(error.kind(), error.outcome()),
    }
}

/// A fake with a webhook `a`, and a client of it that has its token already and waits for nothing.
pub struct World {
    pub fake: Arc<FakePort>,
    pub clock: StallClock,
    pub hooks: Webhooks,
}

impl World {
    pub async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    /// One whose fake has no other broken bodies than those that hang.
    pub async fn with_stalled_bodies() -> Self {
        Self::warm(Self::start(|builder| builder, Stalls::with_bodies).await).await
    }

    pub async fn with(set: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        Self::warm(Self::cold(set).await).await
    }

    async fn warm(world: Self) -> Self {
        world.hooks.metadata().await.unwrap();
        world.fake.clear_requests();
        world
    }

    /// One whose client has no token yet.
    pub async fn cold(set: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        Self::start(set, Stalls::of).await
    }

    async fn start(
        set: impl FnOnce(ClientBuilder) -> ClientBuilder,
        stalls: fn(&FakePort) -> Stalls,
    ) -> Self {
        let fake = FakePort::builder().webhook(webhook("a")).record(Recording::All).serve().await.unwrap();
        let fake = Arc::new(fake);
        let faulty = Arc::clone(&fake);
        let clock = StallClock::new(ATTEMPT, move || stalls(&faulty));
        let client = client_of(&fake).clock(clock.clone()).attempt_timeout(ATTEMPT);
        let port = set(client).build().unwrap();
        Self { fake, clock, hooks: port.webhooks() }
    }

    /// How many requests went to the token route.
    pub fn asked_for_tokens(&self) -> usize {
        self.fake.requests().of([Route::Token]).len()
    }

    /// How many requests of a method arrived.
    pub fn sent(&self, method: Method) -> usize {
        self.fake.requests().of([method.operation()]).len()
    }

    /// Injects a fault into a method, calls it, and compares how often that was sent and how it ended with what the row
    /// says.
    pub async fn expect(&self, method: Method, fault: Fault, expected: [Expected; 3]) -> Option<Error> {
        self.fake.inject(fault.clone().on([method.operation()]));
        let before = (self.sent(method), self.fake.ledger().len());
        let result = method.call(&self.hooks).await;
        let end = end_of(result.as_ref().copied());
        let sent = self.sent(method) - before.0;
        assert_eq!((sent, end), method.of(expected), "{fault:?}: {result:?}");
        if let Err(error) = &result {
            assert_eq!(error.attempts() as usize, sent, "{fault:?}: {error:?}");
        }
        let made_up =
            self.fake.requests().iter().any(|request| request.fault.is_some_and(|fault| fault == "status"));
        self.assert_true(end, before.1, !method.reads(), made_up);
        result.err()
    }

    /// What the call reports is what happened.
    fn assert_true(&self, end: End, before: usize, is_write: bool, made_up: bool) {
        let ledger = self.fake.ledger();
        let applied = ledger.len() - before;
        match end {
            Fails(_, Outcome::NotSent | Outcome::NotApplied) => assert_eq!(applied, 0, "{ledger:?}"),
            // A success that a fault made up is reported for a write that the fake has not applied.
            Fails(_, Outcome::Applied)
                if ledger.iter().any(|write| write.response == WriteResponse::Lost) =>
            {
                assert_eq!(applied, 1, "{ledger:?}");
            }
            End::Ok if is_write => assert!(applied >= 1 || made_up, "{ledger:?}"),
            _ => {}
        }
    }
}

pub fn webhook(identifier: &str) -> Value {
    json!({ "identifier": identifier, "url": PAGE_URL, "events": ["run.created"] })
}
