//! The fake itself: what becomes of a request. It knows no server and no socket.
//!
//! The order of checks is here: faults, route and method, authentication, rate limit, size of the body, JSON, schema,
//! and last what depends on the state.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use tokio::runtime::Handle;

use crate::activity::Activity;
use crate::call::{Call, Route};
use crate::clock::http_date;
use crate::delivery::{Batch, Dispatcher, Order, PortEvent, Sender, SentDelivery};
use crate::fault::{self, Action, Fault, Kind, PagingFault};
use crate::json::identifier_of;
use crate::recording::{Counts, RecordedRequest};
use crate::reply::{Answer, Refusal, Reply};
use crate::request::Request;
use crate::state::State;
use crate::validate::Problem;
use crate::{auth, webhooks};

/// The longest body that is looked at.
pub(crate) const BODY_LIMIT: usize = 1024 * 1024;

/// Counts of the connections of the server.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) connections: AtomicU64,
    pub(crate) received: AtomicU64,
    pub(crate) sent: AtomicU64,
}

/// The state behind its lock, which is never held across an await, and the sender of deliveries. Clones share both.
#[derive(Clone)]
pub(crate) struct Engine {
    state: Arc<Mutex<State>>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) dispatcher: Dispatcher,
    /// Where deliveries are made.
    runtime: Handle,
}

impl Engine {
    pub(crate) fn new(state: State, runtime: Handle) -> Self {
        let dispatcher = Dispatcher::new(state.settings.deliveries.clone());
        Self { state: Arc::new(Mutex::new(state)), traffic: Arc::default(), dispatcher, runtime }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides what becomes of a request, and has the changes that it made delivered.
    pub(crate) fn answer(&self, request: Request) -> Decision {
        let mut state = self.state();
        let decision = decide(&mut state, request);
        let changes = std::mem::take(&mut state.changes);
        if !changes.is_empty() {
            let batch = self.batch(&mut state, &changes);
            let (engine, generation) = (self.clone(), batch.generation());
            let record = move |delivery| {
                engine.record(generation, delivery);
            };
            self.runtime.spawn(batch.send(record));
        }
        decision
    }

    /// Counts and records a request that a mock has answered with this status, or not at all.
    pub(crate) fn record_mocked(&self, request: Request, status: Option<u16>) {
        let state = &mut *self.state();
        state.counts.requests += 1;
        state.counts.mocked += 1;
        let call = route(&request).ok();
        let recorded = RecordedRequest::new(state.counts.requests, request, call, status, None);
        state.record(RecordedRequest { mocked: true, ..recorded }, Bytes::new(), Duration::ZERO);
    }

    /// How much was done since the start.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            connections: self.traffic.connections.load(Ordering::Relaxed),
            bytes_received: self.traffic.received.load(Ordering::Relaxed),
            bytes_sent: self.traffic.sent.load(Ordering::Relaxed),
            ..self.state().counts
        }
    }

    /// Posts events and returns what became of each delivery, in the order in which they were queued.
    pub(crate) async fn emit(&self, mut events: Vec<PortEvent>, order: Order) -> Vec<SentDelivery> {
        order.arrange(&mut events);
        let batch = self.batch(&mut self.state(), &events);
        let (engine, generation) = (self.clone(), batch.generation());
        // On its own task, so that it goes on when the caller stops waiting.
        let sent = self.runtime.spawn(async move {
            let ended = Mutex::new(Vec::new());
            batch
                .send(|delivery| {
                    if engine.record(generation, delivery.clone()) {
                        ended.lock().unwrap_or_else(PoisonError::into_inner).push(delivery);
                    }
                })
                .await;
            ended.into_inner().unwrap_or_else(PoisonError::into_inner)
        });
        let mut ended = sent.await.unwrap_or_default();
        ended.sort_by_key(|delivery| delivery.number);
        ended
    }

    /// Enters a delivery into the log. `false` when a reset has cancelled it.
    fn record(&self, generation: u64, delivery: SentDelivery) -> bool {
        let mut state = self.state();
        // Checked under the lock that a reset holds: no cancelled delivery is entered after the log was cleared.
        let current = self.dispatcher.is_current(generation);
        if current {
            state.settings.observer.tell(|| Activity::Delivery(Box::new(delivery.clone())));
            state.deliveries.push(delivery);
        }
        current
    }

    /// Makes everything as it was at the start.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        self.dispatcher.cancel();
        state.reset();
    }

    /// The deliveries of these events to the webhooks as they are now.
    fn batch(&self, state: &mut State, events: &[PortEvent]) -> Batch {
        let State { settings, data, counts, .. } = state;
        let sender = Sender {
            profile: settings.profile,
            settings: &settings.deliveries,
            organization: &settings.organization,
            client_secret: &settings.client_secret,
            now: data.clock.now(),
        };
        let pending = events
            .iter()
            .flat_map(|event| sender.pending(event, data.webhooks.values(), &mut counts.deliveries));
        self.dispatcher.batch(pending.collect())
    }
}

/// What the server does with a request, and how long it waits before.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) wait: Duration,
    pub(crate) action: Action,
}

/// Decides what becomes of a request, carries it out and records it.
fn decide(state: &mut State, request: Request) -> Decision {
    let now = state.data.clock.now();
    let routed = route(&request);
    let call = routed.as_ref().ok().cloned();
    state.counts.requests += 1;
    state.counts.token_requests +=
        u64::from(call.as_ref().is_some_and(|call| call.operation == Route::Token));
    let fault = state.faults.next_for(call.as_ref());
    let fault = fault.as_ref();
    state.counts.faults += u64::from(fault.is_some());

    let writes_before = state.counts.writes;
    let (unverified, mut over_limit) = (state.settings.unverified, false);
    let carry_out = || {
        routed.and_then(|call| carry_out(state, &request, &call, fault, now)).unwrap_or_else(|refusal| {
            over_limit = matches!(refusal, Refusal::RateLimited);
            refusal.into_reply(unverified)
        })
    };
    let (mut action, answered) = fault::apply(fault, carry_out, unverified, now);
    state.counts.rate_limited += u64::from(over_limit);
    if let Action::Answer(answer, _) = &mut action {
        add_headers(answer, state, fault, over_limit, now);
    }
    if state.counts.writes > writes_before
        && let Some(write) = state.writes.last_mut()
    {
        write.answered = answered;
    }
    let wait = fault.map(Fault::wait).unwrap_or_default();
    if state.requests.is_on() || state.settings.observer.is_set() {
        let number = state.counts.requests;
        let fault = fault.map(Fault::name);
        let recorded = RecordedRequest::new(number, request, call, action.status(), fault);
        state.record(recorded, action.body(), wait);
    }
    Decision { wait, action }
}

/// What a request asks for. Only the body of a create says which webhook it is for.
fn route(request: &Request) -> Result<Call, Refusal> {
    let mut call = Call::of(&request.method, &request.path)?;
    if call.operation == Route::Create {
        call.identifier = body(request).ok().as_ref().and_then(identifier_of).map(str::to_owned);
    }
    Ok(call)
}

/// The reply that no fault has changed, unless the fault is one of tokens or of paging.
fn carry_out(
    state: &mut State,
    request: &Request,
    call: &Call,
    fault: Option<&Fault>,
    now: DateTime<Utc>,
) -> Result<Reply, Refusal> {
    if call.operation != Route::Token {
        admit(state, request, fault, now)?;
    }
    match call.operation {
        Route::Token => auth::issue(state, &body(request)?),
        Route::List => webhooks::list(state, request, paging_fault(fault)),
        Route::Metadata => Ok(webhooks::metadata(state)),
        Route::Create => webhooks::create(state, body(request)?),
        Route::Get => webhooks::get(state, call.identifier()),
        Route::Update => webhooks::patch(state, call.identifier(), body(request)?),
        Route::Replace => webhooks::put(state, call.identifier(), body(request)?),
        Route::Delete => webhooks::delete(state, call.identifier()),
    }
}

/// Checks the token and takes one request from the rate limit.
fn admit(
    state: &mut State,
    request: &Request,
    fault: Option<&Fault>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    end_token(state, request, fault, now);
    auth::authenticate(state, request)?;
    if state.data.meter.as_mut().is_some_and(|meter| !meter.take(now)) {
        return Err(Refusal::RateLimited);
    }
    Ok(())
}

/// Adds the headers that every answer has.
fn add_headers(
    answer: &mut Answer,
    state: &State,
    fault: Option<&Fault>,
    over_limit: bool,
    now: DateTime<Utc>,
) {
    answer.add_header("x-trace-id", format!("fake-trace-{:06}", state.counts.requests));
    answer.add_header("date", http_date(now));
    let Some(meter) = &state.data.meter else { return };
    // An injected 429 says itself when to come again, or does not.
    let injected = matches!(fault.map(Fault::kind), Some(Kind::RateLimited { .. }));
    let headers = meter.headers(now, over_limit).into_iter();
    for (name, value) in headers.filter(|(name, _)| !injected || *name != "x-ratelimit-reset") {
        answer.add_header(name, value);
    }
}

/// Ends the token of a request whose fault is one of tokens.
fn end_token(state: &mut State, request: &Request, fault: Option<&Fault>, now: DateTime<Utc>) {
    let Some(token) = request.bearer() else { return };
    match fault.map(Fault::kind) {
        Some(Kind::ExpireToken) => state.data.tokens.expire_one(token, now),
        Some(Kind::RevokeToken) => state.data.tokens.revoke_one(token),
        _ => {}
    }
}

fn paging_fault(fault: Option<&Fault>) -> Option<PagingFault> {
    match fault.map(Fault::kind) {
        Some(Kind::Paging { how }) => Some(*how),
        _ => None,
    }
}

fn body(request: &Request) -> Result<Map<String, Value>, Refusal> {
    if request.body.len() > BODY_LIMIT {
        return Err(Refusal::BodyTooLarge);
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(Problem::new("must be an object").into()),
        // The parser's own words could quote the body.
        Err(error) => {
            let place = format!("not valid JSON at line {} column {}", error.line(), error.column());
            Err(Problem::new(place).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fake_port::FakePort;
    use crate::recording::Recording;

    #[tokio::test]
    async fn delivery_that_ended_before_a_reset_is_not_logged_after_it() {
        // Without a URL it is refused at once.
        let webhook = json!({ "identifier": "a", "events": ["run.created"] });
        let port = FakePort::builder().webhook(webhook).record(Recording::All).serve().await.unwrap();
        let engine = port.engine();
        let batch = engine.batch(&mut engine.state(), &[PortEvent::run_created(json!({}))]);
        let generation = batch.generation();
        batch
            .send(|delivery| {
                engine.reset();
                assert!(!engine.record(generation, delivery));
            })
            .await;
        assert!(port.deliveries().is_empty());
    }
}
