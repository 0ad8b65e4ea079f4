//! What tests do through the handle, over HTTP, for tests in other languages.
//!
//! The routes are below a prefix that Port does not use. They need no token, and what is asked there is
//! neither counted nor recorded nor befallen by faults.

mod access;
mod events;
mod faults;
mod recorded;
mod webhooks;

use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::adapter::Traffic;
use crate::profile::Profile;
use crate::reply::{Answer, Reply};
use crate::request::Request;
use crate::shared::Shared;

const PREFIX: &str = "/_fake";

/// Whether a path is one of these routes.
pub(crate) fn serves(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Why a request was not served.
struct Refusal {
    status: StatusCode,
    error: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self { status, error, message: message.into() }
    }

    fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }
}

/// What a served request is answered with; `ok` is added.
type Served = Result<Value, Refusal>;

pub(crate) async fn answer(shared: &Shared, traffic: &Traffic, request: &Request) -> Answer {
    let (status, body) = match route(shared, traffic, request).await {
        Ok(mut body) => {
            body["ok"] = json!(true);
            (StatusCode::OK, body)
        }
        Err(Refusal { status, error, message }) => {
            (status, json!({ "ok": false, "error": error, "message": message }))
        }
    };
    Reply::new(status, body).into()
}

async fn route(shared: &Shared, traffic: &Traffic, request: &Request) -> Served {
    access::check(request)?;
    let path = request.path.strip_prefix(PREFIX).unwrap_or_default().trim_matches('/');
    let segments: Vec<_> = path.split('/').collect();
    let (get, post) = (request.method == Method::GET, request.method == Method::POST);
    let (put, delete) = (request.method == Method::PUT, request.method == Method::DELETE);
    refuse_without_effect(request, &segments)?;
    match segments[..] {
        [""] if get => Ok(about(shared, traffic)),
        ["webhooks"] if get => Ok(webhooks::list(shared)),
        ["webhooks"] if post => webhooks::add(shared, body(request)?),
        ["webhooks"] if put => webhooks::replace(shared, body(request)?),
        ["webhooks"] if delete => webhooks::replace(shared, json!([])),
        ["faults"] if get => Ok(faults::list(shared)),
        ["faults"] if post => faults::inject(shared, body(request)?),
        ["faults"] if delete => Ok(done(|| shared.state().faults.clear())),
        ["faults", "plan"] if put => faults::follow(shared, body(request)?),
        ["faults", "plan"] if delete => Ok(done(|| shared.state().faults.unfollow())),
        ["faults", id] if delete => faults::withdraw(shared, id),
        ["events"] if post => events::emit(shared, body(request)?).await,
        ["deliveries"] if get => Ok(events::deliveries(shared)),
        ["deliveries"] if delete => Ok(done(|| shared.state().deliveries.clear())),
        ["requests"] if get => recorded::requests(shared, request),
        ["requests"] if delete => Ok(done(|| shared.state().requests.clear())),
        ["ledger"] if get => Ok(recorded::ledger(shared)),
        ["counts"] if get => Ok(json!({ "counts": shared.counts(Some(traffic)) })),
        ["tokens"] if post => Ok(json!({ "accessToken": shared.state().issue_token() })),
        ["tokens", "expire"] if post => Ok(done(|| shared.state().expire_tokens())),
        ["tokens", "revoke"] if post => Ok(done(|| shared.state().data.tokens.revoke())),
        ["clock"] if post => advance(shared, body(request)?),
        ["reset"] if post => Ok(done(|| shared.reset())),
        [
            "" | "webhooks" | "faults" | "events" | "deliveries" | "requests" | "ledger" | "counts"
            | "tokens" | "clock" | "reset",
        ]
        | ["faults", _]
        | ["tokens", "expire" | "revoke"] => Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "this route does not know this method",
        )),
        _ => Err(Refusal::not_found("no such route of the fake")),
    }
}

/// Refuses what a route would not look at, so that nobody believes that it did something.
fn refuse_without_effect(request: &Request, segments: &[&str]) -> Result<(), Refusal> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    match (segments, request.query.first()) {
        (["requests"], _) | (_, None) => {}
        (_, Some((name, _))) => {
            return Err(Refusal::bad_request(format!("{name}: this route takes no query")));
        }
    }
    if matches!(segments, ["tokens" | "reset", ..]) && !request.body.is_empty() {
        read::<Nothing>(body(request)?)?;
    }
    Ok(())
}

/// Does it; there is nothing to tell.
fn done(act: impl FnOnce()) -> Value {
    act();
    json!({})
}

fn about(shared: &Shared, traffic: &Traffic) -> Value {
    let counts = shared.counts(Some(traffic));
    let state = shared.state();
    let profile = match state.settings.profile {
        Profile::Documented => "documented",
        Profile::Live => "live",
    };
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "profile": profile,
        "clientId": state.settings.client_id,
        "time": crate::clock::timestamp(state.data.clock.now()),
        "counts": counts,
    })
}

fn advance(shared: &Shared, body: Value) -> Served {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Advance {
        advance_seconds: f64,
    }
    let Advance { advance_seconds } = read(body)?;
    let by = std::time::Duration::try_from_secs_f64(advance_seconds)
        .map_err(|_| Refusal::bad_request("advanceSeconds: must be a number of seconds, not below 0"))?;
    shared.state().data.clock.advance(by);
    Ok(json!({}))
}

/// The body as JSON.
fn body(request: &Request) -> Result<Value, Refusal> {
    if request.body.len() > crate::adapter::ADMIN_BODY_LIMIT {
        let message = "the body is over 16 MiB";
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", message));
    }
    serde_json::from_slice(&request.body)
        .map_err(|error| Refusal::bad_request(format!("the body is not valid JSON: {error}")))
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    crate::json::read_value(value).map_err(Refusal::bad_request)
}

/// One value, or each of a list. A refusal names the place in the list.
fn read_each<T: DeserializeOwned>(
    value: Value,
    check: impl Fn(&T) -> Result<(), String>,
) -> Result<Vec<T>, Refusal> {
    let (values, listed) = match value {
        Value::Array(values) => (values, true),
        value => (vec![value], false),
    };
    let one = |(at, value)| {
        let checked = crate::json::read_value::<T>(value).and_then(|value| check(&value).map(|()| value));
        checked.map_err(|problem| {
            Refusal::bad_request(if listed { format!("[{at}]: {problem}") } else { problem })
        })
    };
    values.into_iter().enumerate().map(one).collect()
}

/// A segment of the path, decoded.
fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
