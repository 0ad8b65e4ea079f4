//! The fake itself: a request and the state give what a server is to do, and nothing else happens.
//!
//! This is where the order of checks lives: faults, route and method, authentication, rate limit, size of the
//! body, JSON, schema, and last what only the state can tell. It knows no server and no socket.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::call::{Call, Route};
use crate::clock::http_date;
use crate::fault::{self, Act, Fault, Kind, PagingFault};
use crate::reply::{Answer, Refusal, Reply};
use crate::request::{RecordedRequest, Request};
use crate::state::State;
use crate::stored::identifier_of;
use crate::validate::Problem;
use crate::{auth, webhooks};

/// The longest body that is looked at.
pub(crate) const BODY_LIMIT: usize = 1024 * 1024;

/// What a server does with a request, and how long it waits before.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) wait: Duration,
    pub(crate) act: Act,
}

/// Decides what becomes of a request, carries it out and records it.
pub(crate) fn answer(state: &mut State, request: Request) -> Verdict {
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
    let outcome = fault
        .is_none_or(Fault::carries_out)
        .then(|| routed.and_then(|call| carry_out(state, &request, &call, fault, now)));
    let over_limit = matches!(outcome, Some(Err(Refusal::RateLimited)));
    state.counts.rate_limited += u64::from(over_limit);
    let unverified = state.settings.unverified;
    let reply = outcome.map(|reply| reply.unwrap_or_else(|refusal| refusal.into_reply(unverified)));

    let mut effect = fault::apply(fault, reply, unverified, now);
    if let Act::Answer(answer) | Act::Broken(answer, _) = &mut effect.act {
        add_headers(answer, state, fault, over_limit, now);
    }
    if state.counts.writes > writes_before
        && let Some(write) = state.writes.last_mut()
    {
        write.answered = effect.answered;
    }
    if state.requests.is_on() {
        let number = state.counts.requests;
        let fault = fault.map(Fault::name);
        state.requests.push(RecordedRequest::new(number, request, call, effect.status, fault));
    }
    Verdict { wait: fault.map(Fault::wait).unwrap_or_default(), act: effect.act }
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
