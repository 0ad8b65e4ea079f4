//! What tests do through the handle, over HTTP, for tests in other languages.
//!
//! The routes are below a prefix that Port does not use. They need no token, and requests to them are neither counted
//! nor recorded nor subject to faults.

mod access;
mod events;
mod faults;
mod recorded;
mod webhooks;

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::profile::Profile;
use crate::reply::{Answer, Reply};
use crate::request::Request;
use crate::shared::Shared;
use crate::traffic::Traffic;

const PREFIX: &str = "/_fake";
/// The longest body that these routes take.
pub(crate) const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// Whether a path is one of these routes.
pub(crate) fn serves(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Why a request was not served.
struct Refusal {
    status: StatusCode,
    error: &'static str,
    message: String,
    /// The methods that the route knows, where it was asked for another.
    allow: Option<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self { status, error, message: message.into(), allow: None }
    }

    fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    fn other_method(allow: &'static str) -> Self {
        let message = "this route does not know this method";
        let refusal = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message);
        Self { allow: Some(allow), ..refusal }
    }
}

/// What a served request is answered with; `ok` is added.
type Served = Result<Value, Refusal>;

pub(crate) async fn answer(shared: &Shared, traffic: &Traffic, request: &Request) -> Answer {
    let reply = match route(shared, traffic, request).await {
        Ok(mut body) => {
            body["ok"] = json!(true);
            Reply::new(StatusCode::OK, body)
        }
        Err(Refusal { status, error, message, allow }) => {
            let mut reply = Reply::new(status, json!({ "ok": false, "error": error, "message": message }));
            reply.headers.extend(allow.map(|methods| ("allow", methods.to_owned())));
            reply
        }
    };
    reply.into()
}

async fn route(shared: &Shared, traffic: &Traffic, request: &Request) -> Served {
    access::check(request)?;
    let path = request.path.strip_prefix(PREFIX).unwrap_or_default().trim_matches('/');
    let segments: Vec<_> = path.split('/').collect();
    refuse_without_effect(request, &segments)?;
    let method = request.method.as_str();
    match segments[..] {
        [""] => match method {
            "GET" => Ok(about(shared, traffic)),
            _ => Err(Refusal::other_method("GET")),
        },
        ["webhooks"] => match method {
            "GET" => Ok(webhooks::list(shared)),
            "POST" => webhooks::add(shared, body(request)?),
            "PUT" => webhooks::replace(shared, body(request)?),
            "DELETE" => webhooks::replace(shared, json!([])),
            _ => Err(Refusal::other_method("GET, POST, PUT, DELETE")),
        },
        ["faults"] => match method {
            "GET" => Ok(faults::list(shared)),
            "POST" => faults::inject(shared, body(request)?),
            "DELETE" => Ok(done(|| shared.state().faults.clear())),
            _ => Err(Refusal::other_method("GET, POST, DELETE")),
        },
        ["faults", "plan"] => match method {
            "PUT" => faults::follow(shared, body(request)?),
            "DELETE" => Ok(done(|| shared.state().faults.unfollow())),
            _ => Err(Refusal::other_method("PUT, DELETE")),
        },
        ["faults", id] => match method {
            "DELETE" => faults::withdraw(shared, id),
            _ => Err(Refusal::other_method("DELETE")),
        },
        ["events"] => match method {
            "POST" => events::emit(shared, body(request)?).await,
            _ => Err(Refusal::other_method("POST")),
        },
        ["deliveries"] => match method {
            "GET" => Ok(events::deliveries(shared)),
            "DELETE" => Ok(done(|| shared.state().deliveries.clear())),
            _ => Err(Refusal::other_method("GET, DELETE")),
        },
        ["requests"] => match method {
            "GET" => recorded::requests(shared, request),
            "DELETE" => Ok(done(|| shared.state().requests.clear())),
            _ => Err(Refusal::other_method("GET, DELETE")),
        },
        ["ledger"] => match method {
            "GET" => Ok(recorded::ledger(shared)),
            _ => Err(Refusal::other_method("GET")),
        },
        ["counts"] => match method {
            "GET" => Ok(json!({ "counts": shared.counts(Some(traffic)) })),
            _ => Err(Refusal::other_method("GET")),
        },
        ["tokens"] => match method {
            "POST" => Ok(json!({ "accessToken": shared.state().issue_token() })),
            _ => Err(Refusal::other_method("POST")),
        },
        ["tokens", "expire"] => match method {
            "POST" => Ok(done(|| shared.state().expire_tokens())),
            _ => Err(Refusal::other_method("POST")),
        },
        ["tokens", "revoke"] => match method {
            "POST" => Ok(done(|| shared.state().data.tokens.revoke())),
            _ => Err(Refusal::other_method("POST")),
        },
        ["clock"] => match method {
            "POST" => advance(shared, body(request)?),
            _ => Err(Refusal::other_method("POST")),
        },
        ["reset"] => match method {
            "POST" => Ok(done(|| shared.reset())),
            _ => Err(Refusal::other_method("POST")),
        },
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
    if request.body.len() > BODY_LIMIT {
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
