//! The fake itself: pure request handling, (state, request) -> action. It knows no server and no socket.
//!
//! The order of checks is here: faults, route and method, authentication, rate limit, size of the body, JSON, schema,
//! and last what depends on the state.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::{Map, Value};
use tokio::runtime::Handle;
use tokio::sync::futures::OwnedNotified;

use crate::activity::Activity;
use crate::call::{Call, NoRoute, Route};
use crate::clock::http_date;
use crate::data_source::Accepted;
use crate::delivery::{Batch, Dispatcher, Order, PortEvent, Sender, SentDelivery};
use crate::fault::{self, Action, Fault, Kind};
use crate::ingest;
use crate::json::identifier_of;
use crate::profile::Profile;
use crate::recording::{Counts, RecordedRequest};
use crate::request::Request;
use crate::response::{Rejection, Response};
use crate::runs::{self, Author, Definition, Invocation, InvokeError};
use crate::state::State;
use crate::validate::Problem;
use crate::{auth, webhooks};

/// The longest body that is read.
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

    /// Handles a request, and has the changes that it made delivered.
    pub(crate) fn respond(&self, request: Request) -> Decision {
        let mut state = self.state();
        let mut decision = decide(&mut state, request);
        decision.accepted = state.accepted.take();
        let changes = std::mem::take(&mut state.changes);
        if !changes.is_empty() {
            let batch = self.batch(&mut state, &changes);
            self.runtime.spawn(self.clone().deliver(batch));
        }
        decision
    }

    /// Evaluates an event of a data source, and keeps what became of it. On another thread: an expression may take
    /// seconds.
    pub(crate) async fn process(&self, accepted: Accepted) {
        let engine = self.clone();
        let work = self.runtime.spawn_blocking(move || ingest::process(accepted, || engine.state()));
        // An error is a panic, which has been printed.
        let _ = work.await;
        self.state().settings.observer.tell(|| Activity::Changed);
    }

    /// Counts and records a request that a mock has answered with this status, or not at all.
    pub(crate) fn record_mocked(&self, request: Request, status: Option<u16>) {
        let state = &mut *self.state();
        state.counts.requests += 1;
        state.counts.mocked += 1;
        let call = route(state, &request).ok();
        let recorded = RecordedRequest::new(state.counts.requests, request, call, status, None);
        state.record(RecordedRequest { mocked: true, ..recorded }, Bytes::new(), Duration::ZERO);
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            connections: self.traffic.connections.load(Ordering::Relaxed),
            bytes_received: self.traffic.received.load(Ordering::Relaxed),
            bytes_sent: self.traffic.sent.load(Ordering::Relaxed),
            ..self.state().counts
        }
    }

    /// Posts events and returns the deliveries, in the order in which they were queued.
    pub(crate) async fn emit(&self, mut events: Vec<PortEvent>, order: Order) -> Vec<SentDelivery> {
        order.arrange(&mut events);
        let batch = self.batch(&mut self.state(), &events);
        // On its own task, so that it goes on when the caller stops waiting.
        self.runtime.spawn(self.clone().deliver(batch)).await.unwrap_or_default()
    }

    /// Begins a run of an action, and sends its invocation, unless it waits for approval.
    pub(crate) async fn invoke(
        &self,
        action: &Value,
        inputs: Value,
        entity: Value,
    ) -> Result<Invocation, InvokeError> {
        let definition = Definition::read(action, inputs, entity)?;
        let (run_id, now, data, anywhere) = {
            let state = &mut *self.state();
            if state.settings.profile == Profile::Documented {
                return Err(InvokeError(runs::LIVE_ONLY.to_owned()));
            }
            let (run_id, now) = (state.data.runs.new_id(), state.data.clock.now());
            let data = definition.trigger_data(&run_id, now, &state.settings.organization);
            (run_id, now, data, state.settings.deliveries.anywhere)
        };
        // On another thread: an expression may take seconds.
        let rendered = self.runtime.spawn_blocking(move || definition.render(&data, now, anywhere)).await;
        let stopped = |_| InvokeError("the fake stops".to_owned());
        let rendered = rendered.map_err(stopped)??;
        let batch = {
            let state = &mut *self.state();
            state.data.runs.begin(run_id.clone(), rendered.fields, &Author::user(now, None));
            if rendered.waits {
                state.data.runs.wait(&run_id, rendered.invocation);
                return Ok(Invocation { run_id, delivery: None, problems: rendered.problems });
            }
            self.batch(state, &[rendered.invocation])
        };
        let deliveries = self.runtime.spawn(self.clone().deliver(batch)).await.map_err(stopped)?;
        Ok(Invocation { run_id, delivery: deliveries.into_iter().next(), problems: rendered.problems })
    }

    /// Sends a batch, logs its deliveries, and returns them in the order in which they were queued.
    async fn deliver(self, batch: Batch) -> Vec<SentDelivery> {
        let generation = batch.generation();
        let mut ended = batch.send(|delivery| self.record(generation, delivery.clone())).await;
        ended.sort_by_key(|delivery| delivery.number);
        ended
    }

    /// Enters a delivery into the log. `false` when a reset has cancelled it.
    fn record(&self, generation: u64, delivery: SentDelivery) -> bool {
        let mut state = self.state();
        // Checked under the lock that a reset holds: no cancelled delivery is entered after the log was cleared.
        let current = self.dispatcher.is_current(generation);
        if current {
            runs::delivered(&mut state, &delivery);
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
        let sender = Sender { settings, now: data.clock.now() };
        let pending = events
            .iter()
            .flat_map(|event| sender.pending(event, data.webhooks.values(), &mut counts.deliveries));
        self.dispatcher.batch(pending.collect())
    }
}

/// The server's action for a request, and the wait before it.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) wait: Duration,
    /// Ends the wait early.
    pub(crate) cleared: OwnedNotified,
    pub(crate) action: Action,
    /// An event to evaluate before the response is sent.
    pub(crate) accepted: Option<Accepted>,
}

/// Decides on the action for a request, carries the request out and records it.
fn decide(state: &mut State, mut request: Request) -> Decision {
    let now = state.data.clock.now();
    let routed = route(state, &request);
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
        routed.and_then(|call| carry_out(state, &request, &call, fault, now)).unwrap_or_else(|rejection| {
            over_limit = rejection.is_rate_limit();
            rejection.into_response(unverified)
        })
    };
    let (mut action, response) = fault::apply(fault, carry_out, unverified, now);
    state.counts.rate_limited += u64::from(over_limit);
    if let Action::Respond(response, _) = &mut action {
        add_headers(response.headers_mut(), state, call.as_ref(), fault, over_limit, now);
    }
    if state.counts.writes > writes_before
        && let Some(write) = state.writes.last_mut()
    {
        write.response = response;
    }
    let wait = fault.map(Fault::wait).unwrap_or_default();
    if state.requests.is_on() || state.settings.observer.is_set() {
        let number = state.counts.requests;
        if let Some(call) = call.as_ref().filter(|call| call.operation == Route::Ingest) {
            ingest::hide_signature(&state.data, call.identifier(), &mut request);
        }
        let fault = fault.map(Fault::name);
        let recorded = RecordedRequest::new(number, request, call, action.status(), fault);
        state.record(recorded, action.body(), wait);
    }
    Decision { wait, cleared: state.faults.cleared(), action, accepted: None }
}

/// The operation and the identifier of a request. The identifier of a create is in its body, and that of an ingest
/// address is the one of the webhook with the key in the path.
fn route(state: &State, request: &Request) -> Result<Call, Rejection> {
    let mut call = Call::of(&request.method, &request.path)?;
    match call.operation {
        Route::Create => {
            call.identifier = body(request).ok().as_ref().and_then(identifier_of).map(str::to_owned);
        }
        operation if operation.is_live() && state.settings.profile == Profile::Documented => {
            return Err(NoRoute(None).into());
        }
        Route::Ingest => call.identifier = ingest::with_key(&state.data, call.identifier()),
        _ => {}
    }
    Ok(call)
}

/// The response that no fault has changed, unless the fault is one of tokens or of paging.
fn carry_out(
    state: &mut State,
    request: &Request,
    call: &Call,
    fault: Option<&Fault>,
    now: DateTime<Utc>,
) -> Result<Response, Rejection> {
    if call.operation.needs_token() {
        admit(state, request, fault, now)?;
    }
    match call.operation {
        Route::Token => auth::issue(state, &body(request)?),
        Route::List => {
            let paging = match fault.map(Fault::kind) {
                Some(Kind::Paging { how }) => Some(*how),
                _ => None,
            };
            webhooks::list(state, request, paging)
        }
        Route::Metadata => Ok(webhooks::metadata(state)),
        Route::Create => webhooks::create(state, body(request)?),
        Route::Get => webhooks::get(state, call.identifier()),
        Route::Update => webhooks::patch(state, call.identifier(), body(request)?),
        Route::Replace => webhooks::put(state, call.identifier(), body(request)?),
        Route::Delete => webhooks::delete(state, call.identifier()),
        Route::Ingest => ingest::receive(state, request, call.identifier()),
        Route::ListRuns => runs::list(state, request),
        Route::GetRun => runs::get(state, request, call.identifier()),
        Route::UpdateRun => runs::update(state, request, call.identifier(), body(request)?),
        Route::ApproveRun => runs::decide(state, request, call.identifier(), &body(request)?),
        Route::ListRunLogs => runs::logs(state, request, call.identifier()),
        Route::AddRunLog => runs::add_log(state, call.identifier(), body(request)?),
        Route::UpdateNodeRun => runs::update_node(state, call.identifier(), body(request)?),
        Route::AddNodeRunLogs => runs::add_node_logs(state, call.identifier(), &body(request)?),
    }
}

/// Ends the token if the fault is to end it, checks it, and takes one request from the rate limit.
fn admit(
    state: &mut State,
    request: &Request,
    fault: Option<&Fault>,
    now: DateTime<Utc>,
) -> Result<(), Rejection> {
    match (fault.map(Fault::kind), request.bearer()) {
        (Some(Kind::ExpireToken), token @ Some(_)) => state.data.tokens.expire(token, now),
        (Some(Kind::RevokeToken), token @ Some(_)) => state.data.tokens.revoke(token),
        _ => {}
    }
    auth::authenticate(state, request)?;
    if state.data.meter.as_mut().is_some_and(|meter| !meter.take(now)) {
        return Err(Rejection::new(
            StatusCode::TOO_MANY_REQUESTS,
            "no requests are left in this window of the rate limit",
        ));
    }
    Ok(())
}

/// Adds the headers of every response; one that a fault has set stays. The ingest address has no rate limit.
fn add_headers(
    headers: &mut HeaderMap,
    state: &State,
    call: Option<&Call>,
    fault: Option<&Fault>,
    over_limit: bool,
    now: DateTime<Utc>,
) {
    let mut add = |name, value: String| {
        if let (http::header::Entry::Vacant(place), Ok(value)) =
            (headers.entry(HeaderName::from_static(name)), value.try_into())
        {
            place.insert(value);
        }
    };
    add("x-trace-id", format!("fake-trace-{:06}", state.counts.requests));
    add("date", http_date(now));
    let Some(meter) = &state.data.meter else { return };
    if call.is_some_and(|call| call.operation == Route::Ingest) {
        return;
    }
    // An injected 429 has its own hint when to try again, or none.
    let injected = matches!(fault.map(Fault::kind), Some(Kind::RateLimited { .. }));
    for (name, value) in meter.headers(now, over_limit) {
        if !injected || name != "x-ratelimit-reset" {
            add(name, value);
        }
    }
}

fn body(request: &Request) -> Result<Map<String, Value>, Rejection> {
    if request.body.len() > BODY_LIMIT {
        return Err(Rejection::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is over 1 MiB"));
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
