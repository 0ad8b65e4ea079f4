//! Plays a history: a fake, a client, and workers who make calls at the same time, each about webhooks of its own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake_port::{
    Activity, AppliedWrite, FakePort, Fault, FaultId, RecordedRequest, Recording, Requests, Route,
};
use port_webhooks::{
    ErrorKind, Outcome, Request, Webhooks,
    types::{Attempt, Observer},
};
use serde_json::{Value, to_value};
use tokio::sync::Notify;

use super::call::{AttemptEnd, Call, CallResult};
use super::dice::Dice;
use super::faults::{self, Named};
use super::step::{self, Action, Catalogue, Step};
use super::trial;
use crate::support::{ManualClock, StallClock, client_of};

/// The longest body that is read.
pub const BODY_LIMIT: usize = 16 * 1024;

/// How many webhooks a worker has.
const WEBHOOKS: usize = 5;
/// After this time credentials that were refused are tried again.
const REFUSED_FOR: Duration = Duration::from_secs(10);

/// The calls of one worker, in order.
pub type Deeds = Vec<Call>;

/// A history that broke no rule.
pub struct Played {
    pub deeds: Vec<Deeds>,
    pub requests: Requests,
    pub ledger: Vec<AppliedWrite>,
    /// The name of each fault that a call met.
    pub faults: Vec<&'static str>,
}

impl Played {
    /// The requests in the order in which they arrived, with their faults, and the results of the calls.
    pub fn steps(&self) -> Vec<String> {
        let body = |request: &RecordedRequest| String::from_utf8_lossy(&request.body).into_owned();
        let arrived = self.requests.iter().map(|request| format!("{request} {}", body(request)));
        // Without the text of an error, which may name the port of the fake.
        let result = |call: &Call| format!("{} {:?} {:?}", call.number, call.seen, call.result.outcome());
        arrived.chain(self.deeds.iter().flatten().map(result)).collect()
    }
}

/// Plays a history of this many operations and judges it.
pub fn play(seed: u64, operations: u64) -> Result<Played, String> {
    // One thread: what is ready is polled in the same order each time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Box::pin(play_all(seed, operations)))
}

/// What ends all time limits whenever a fake has stalled a request by one of these faults.
pub fn end_stalls(limits: Arc<Notify>, stalls: &'static [&'static str]) -> impl Fn(Activity) {
    move |activity| {
        if let Activity::Request { request, .. } = activity
            && request.fault.is_some_and(|name| stalls.contains(&name))
        {
            limits.notify_waiters();
        }
    }
}

async fn play_all(seed: u64, operations: u64) -> Result<Played, String> {
    let limits = Arc::new(Notify::new());
    let clock = StallClock::ended_by(Arc::clone(&limits));
    let mut dice = Dice::new(seed);
    let exact = seed.is_multiple_of(2);
    // A token that is about to expire is renewed while the call goes on: which request comes first is not certain.
    let (workers, lifetime) =
        if exact { (1, Duration::from_secs(24 * 60 * 60)) } else { (4, Duration::from_secs(120)) };
    // Some broken bodies stall. A history that replays exactly has none of those.
    let stalls: &[&str] = if exact { &["hang"] } else { &["hang", "breakBody"] };
    let fake = FakePort::builder()
        .on_activity(end_stalls(limits, stalls))
        .clock(clock.clock.wall_clock())
        .token_lifetime(lifetime)
        .faults(faults::of_tokens(dice.throw(), exact))
        .record(Recording::All)
        .serve()
        .await
        .unwrap();
    let hooks = client_of(&fake)
        .clock(clock.clone())
        .max_response_body(BODY_LIMIT)
        .retry(port_webhooks::Retry::new().jitter(false))
        .observer(Attempts)
        .build()
        .unwrap()
        .webhooks();
    let (fake, catalogue) = (Arc::new(fake), Arc::new(step::catalogue(exact)));
    let playing: Vec<_> = (0..workers)
        .map(|number| {
            let worker = Worker {
                number,
                workers,
                fake: Arc::clone(&fake),
                hooks: hooks.clone(),
                clock: clock.clock.clone(),
                catalogue: Arc::clone(&catalogue),
                dice: dice.split(),
                generations: [0; WEBHOOKS],
                faults: Vec::new(),
            };
            tokio::spawn(worker.work(operations / workers))
        })
        .collect();
    let (mut deeds, mut faults) = (Vec::new(), Vec::new());
    for worker in playing {
        let (calls, met) = worker.await.map_err(|panic| panic.to_string())?;
        deeds.push(calls);
        faults.extend(met);
    }
    // The ledger first: each write in it has its request among those that are read next.
    let ledger = fake.ledger();
    let requests = fake.requests();
    trial::hold(&deeds, &requests, &ledger, &fake.webhooks())?;
    Ok(Played { deeds, requests, ledger, faults })
}

struct Worker {
    number: u64,
    workers: u64,
    fake: Arc<FakePort>,
    hooks: Webhooks,
    clock: ManualClock,
    catalogue: Arc<Catalogue>,
    dice: Dice,
    /// How many webhooks in each place were given up.
    generations: [u32; WEBHOOKS],
    /// The faults that its calls met.
    faults: Vec<&'static str>,
}

impl Worker {
    async fn work(mut self, operations: u64) -> (Deeds, Vec<&'static str>) {
        let mut deeds = Vec::new();
        for count in 0..operations {
            let number = count * self.workers + self.number + 1;
            let place = usize::try_from(self.dice.below(WEBHOOKS as u64)).unwrap();
            let identifier = format!("{}/{place} {}%", self.number, self.generations[place]);
            let step = step::draw(&mut self.dice, &self.catalogue, &identifier, number);
            let call = self.call(step, &identifier, number).await;
            if call.unsettled {
                // What may arrive at any time would be taken for the work of a later call.
                self.generations[place] += 1;
            }
            deeds.push(call);
        }
        (deeds, self.faults)
    }

    async fn call(&mut self, step: Step, identifier: &str, number: u64) -> Call {
        self.clock.advance(step.passes);
        if let Some(mischief) = step.mischief {
            mischief(&self.fake);
        }
        let operation = step.action.operation();
        let of_one = (operation != Route::List).then_some(identifier);
        let mut injected = self.inject(&step.faults, operation, of_one);
        if operation == Route::Create && step.reconcile {
            injected.extend(self.inject(&step.look_faults, Route::Get, of_one));
        }
        let paged = matches!(step.action, Action::Stream { .. });
        let (reconcile, attempts) = (step.reconcile && operation == Route::Create, step.attempts);
        let asked = asked(&step.action);
        let tally = Arc::new(Tally::default());
        let made = TALLY.scope(Arc::clone(&tally), self.make(step, identifier, number));
        let result = Box::pin(made).await;
        self.take_back(injected);
        if matches!(
            result,
            CallResult::Failed { kind: ErrorKind::Authentication, outcome: Outcome::NotSent, .. }
        ) {
            self.clock.advance(REFUSED_FOR);
        }
        let seen = std::mem::take(&mut *tally.lock().unwrap());
        let sent: Vec<_> = seen.iter().filter(|seen| seen.error != Some(ErrorKind::Connect)).collect();
        let unsettled = sent.iter().any(|seen| seen.status.is_none()) && {
            let tag = number.to_string();
            let requests = self.fake.requests();
            requests.iter().filter(|request| request.query(TAG) == Some(&tag)).count() < sent.len()
        };
        let identifier = of_one.map(str::to_owned);
        Call { number, operation, identifier, asked, reconcile, paged, attempts, seen, result, unsettled }
    }

    async fn make(&self, step: Step, identifier: &str, number: u64) -> CallResult {
        let hooks = &self.hooks;
        let webhook = |webhook| CallResult::Webhook(to_value::<port_webhooks::Webhook>(webhook).unwrap());
        let set = Setting { number, retry: step.retry, timeout: step.timeout };
        match step.action {
            Action::Create(new) => {
                CallResult::of(set.on(hooks.create(new).reconcile(step.reconcile)).await, webhook)
            }
            Action::Get => CallResult::of(set.on(hooks.get(identifier)).await, webhook),
            Action::Update(patch) => CallResult::of(set.on(hooks.update(identifier, patch)).await, webhook),
            Action::Replace(whole) => CallResult::of(set.on(hooks.replace(identifier, whole)).await, webhook),
            Action::Delete => CallResult::of(set.on(hooks.delete(identifier)).await, CallResult::Deleted),
            Action::List => CallResult::of(set.on(hooks.list()).await, |page| listed(page.webhooks)),
            Action::Stream { per_page } => {
                CallResult::of(set.on(hooks.list().per_page(per_page)).collect().await, listed)
            }
        }
    }

    /// One fault for each of the next requests; between two there may be requests that are answered by the fake itself.
    fn inject(
        &self,
        faults: &[Option<Named>],
        operation: Route,
        identifier: Option<&str>,
    ) -> Vec<(FaultId, Option<&'static str>)> {
        let inject = |fault: &Option<Named>| {
            let (name, fault) = match fault {
                Some((name, fault)) => (Some(*name), fault.clone()),
                None => (None, Fault::slow(Duration::ZERO)),
            };
            let fault = fault.on([operation]);
            let fault = match identifier {
                Some(identifier) => fault.identifier(identifier),
                None => fault,
            };
            (self.fake.inject(fault.times(1)), name)
        };
        faults.iter().map(inject).collect()
    }

    fn take_back(&mut self, injected: Vec<(FaultId, Option<&'static str>)>) {
        for (id, name) in injected {
            if let Some(name) = name.filter(|_| self.fake.hits(id) > Some(0)) {
                self.faults.push(name);
            }
            self.fake.withdraw(id);
        }
    }
}

/// The query parameter that tells which call a request belongs to.
pub const TAG: &str = "call";

struct Setting {
    number: u64,
    retry: port_webhooks::Retry,
    timeout: Option<Duration>,
}

impl Setting {
    fn on<T, C>(self, request: Request<T, C>) -> Request<T, C> {
        let request = request.query(TAG, self.number.to_string()).retry(self.retry);
        match self.timeout {
            Some(timeout) => request.deadline(timeout),
            None => request,
        }
    }
}

fn asked(action: &Action) -> Value {
    match action {
        Action::Create(new) => to_value(new).unwrap(),
        Action::Update(patch) => to_value(patch).unwrap(),
        Action::Replace(whole) => to_value(whole).unwrap(),
        Action::Get | Action::Delete | Action::List | Action::Stream { .. } => Value::Null,
    }
}

fn listed(webhooks: Vec<port_webhooks::Webhook>) -> CallResult {
    CallResult::Listed(webhooks.into_iter().map(|webhook| to_value(webhook).unwrap()).collect())
}

/// The attempts of a call, as the client sees them.
type Tally = Mutex<Vec<AttemptEnd>>;

tokio::task_local! {
    static TALLY: Arc<Tally>;
}

/// Notes attempts for the call of the current task.
struct Attempts;

impl Observer for Attempts {
    fn attempted(&self, attempt: &Attempt<'_>) {
        let Attempt { operation, error, .. } = *attempt;
        let status = attempt.status.map(|status| status.as_u16());
        // A request for a token has its own task and is not noted.
        let _ = TALLY.try_with(|tally| tally.lock().unwrap().push(AttemptEnd { operation, status, error }));
    }
}
