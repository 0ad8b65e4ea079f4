//! The methods of the handle, over HTTP, for tests in other languages.
//!
//! The routes are below a prefix that Port does not use. They need no token, and requests to them are neither counted
//! nor recorded nor subject to faults.

use std::time::Duration;

use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::activity::Activity;
use crate::call::Route;
use crate::clock::timestamp;
use crate::data_source::IngestedEvent;
use crate::delivery::{Order, PortEvent};
use crate::engine::Engine;
use crate::fault::{Fault, FaultId, FaultPlan};
use crate::json::{MASKED, headers_in_json};
use crate::profile::{Profile, Unverified};
use crate::recording::RecordedRequest;
use crate::request::Request;
use crate::response::{self, Rejection, Response};
use crate::runs::StoredRun;
use crate::seed::seeds;

const PREFIX: &str = "/_fake";
/// The longest body that these routes take.
pub(crate) const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// The most deliveries that one request may ask for: all are made ready in memory.
const MOST_DELIVERIES: usize = 10_000;
/// The most faults that may wait for requests.
const MOST_FAULTS: usize = 10_000;

/// Whether a path is one of these routes.
pub(crate) fn serves(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The body of a success; `ok` is added.
type Served = Result<Value, Rejection>;

pub(crate) async fn respond(engine: &Engine, request: &Request) -> Response {
    match route(engine, request).await {
        Ok(mut body) => {
            body["ok"] = json!(true);
            if request.method != Method::GET {
                engine.state().settings.observer.tell(|| Activity::Changed);
            }
            response::json(StatusCode::OK, &body)
        }
        Err(rejection) => rejection.into_response(Unverified::default()),
    }
}

fn bad_request(message: impl Into<String>) -> Rejection {
    Rejection::new(StatusCode::BAD_REQUEST, message)
}

/// The routes below the prefix, each with its methods and the filters of its GET.
const ROUTES: [(&str, &str, &[&str]); 19] = [
    ("", "GET", &[]),
    ("webhooks", "GET, POST, PUT, DELETE", &[]),
    ("faults", "GET, POST, DELETE", &[]),
    ("faults/plan", "PUT, DELETE", &[]),
    ("faults/{id}", "DELETE", &[]),
    ("events", "POST", &[]),
    ("ingested", "GET", &["identifier"]),
    ("entities", "GET", &["blueprint"]),
    ("runs", "GET, POST", &["id"]),
    ("invoke", "POST", &[]),
    ("deliveries", "GET, DELETE", &[]),
    ("requests", "GET, DELETE", &["operation", "identifier", "status"]),
    ("ledger", "GET", &[]),
    ("counts", "GET", &[]),
    ("tokens", "POST", &[]),
    ("tokens/expire", "POST", &[]),
    ("tokens/revoke", "POST", &[]),
    ("clock", "POST", &[]),
    ("reset", "POST", &[]),
];

async fn route(engine: &Engine, request: &Request) -> Served {
    let path = request.path.strip_prefix(PREFIX).unwrap_or_default().trim_matches('/');
    let id = path.strip_prefix("faults/").filter(|id| *id != "plan" && !id.contains('/'));
    let route = if id.is_some() { "faults/{id}" } else { path };
    let Some((_, methods, filters)) = ROUTES.iter().find(|(known, ..)| *known == route) else {
        return Err(Rejection::not_found("no such route of the fake"));
    };
    refuse_without_effect(request, path, if request.method == Method::GET { filters } else { &[] })?;
    match (route, request.method.as_str()) {
        ("", "GET") => return Ok(about(engine)),
        ("webhooks", "GET") => return Ok(list_webhooks(engine)),
        ("webhooks", "POST") => return add_webhooks(engine, body(request)?),
        ("webhooks", "PUT") => return replace_webhooks(engine, body(request)?),
        ("webhooks", "DELETE") => return replace_webhooks(engine, json!([])),
        ("faults", "GET") => return Ok(list_faults(engine)),
        ("faults", "POST") => return inject_faults(engine, body(request)?),
        ("faults", "DELETE") => engine.state().faults.clear(),
        ("faults/plan", "PUT") => return follow_plan(engine, body(request)?),
        ("faults/plan", "DELETE") => engine.state().faults.unfollow(),
        ("faults/{id}", "DELETE") => return withdraw_fault(engine, id.unwrap_or_default()),
        ("events", "POST") => return emit(engine, body(request)?).await,
        ("ingested", "GET") => return Ok(list_ingested(engine, request)),
        ("entities", "GET") => return list_entities(engine, request),
        ("runs", "GET") => return Ok(list_runs(engine, request)),
        ("runs", "POST") => return add_runs(engine, body(request)?),
        ("invoke", "POST") => return invoke(engine, body(request)?).await,
        ("deliveries", "GET") => return Ok(json!({ "deliveries": engine.state().deliveries.to_vec() })),
        ("deliveries", "DELETE") => engine.state().deliveries.clear(),
        ("requests", "GET") => return list_requests(engine, request),
        ("requests", "DELETE") => engine.state().requests.clear(),
        ("ledger", "GET") => return Ok(json!({ "ledger": engine.state().writes.to_vec() })),
        ("counts", "GET") => return Ok(json!({ "counts": engine.counts() })),
        ("tokens", "POST") => return Ok(json!({ "accessToken": engine.state().issue_token() })),
        ("tokens/expire", "POST") => engine.state().expire_tokens(),
        ("tokens/revoke", "POST") => engine.state().data.tokens.revoke(None),
        ("clock", "POST") => return advance(engine, body(request)?),
        ("reset", "POST") => engine.reset(),
        _ => return Err(Rejection::method((*methods).to_owned())),
    }
    Ok(json!({}))
}

/// Rejects a query or a body that the route would ignore.
fn refuse_without_effect(request: &Request, path: &str, filters: &[&str]) -> Result<(), Rejection> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    if let Some((name, _)) = request.query.iter().find(|(name, _)| !filters.contains(&name.as_str())) {
        return Err(bad_request(match filters {
            [] => format!("{name}: this route takes no query"),
            filters => format!("{name}: not a filter; there are {}", filters.join(", ")),
        }));
    }
    if matches!(path, "tokens" | "tokens/expire" | "tokens/revoke" | "reset") && !request.body.is_empty() {
        read::<Nothing>(body(request)?)?;
    }
    Ok(())
}

fn about(engine: &Engine) -> Value {
    let counts = engine.counts();
    let state = engine.state();
    let profile = match state.settings.profile {
        Profile::Documented => "documented",
        Profile::Live => "live",
    };
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "profile": profile,
        "clientId": state.settings.client_id,
        "time": timestamp(state.data.clock.now()),
        "counts": counts,
    })
}

/// The whole state in one value, for people: the lists that the routes show.
pub(crate) fn overview(engine: &Engine) -> Value {
    let mut overview = about(engine);
    if cfg!(feature = "mappings") {
        overview["entities"] = json!(engine.state().data.entities.of(None));
    }
    overview["runs"] = json!(engine.state().data.runs.iter().collect::<Vec<_>>());
    for part in [list_webhooks(engine), list_faults(engine)] {
        for (name, value) in part.as_object().into_iter().flatten() {
            overview[name] = value.clone();
        }
    }
    overview
}

fn advance(engine: &Engine, body: Value) -> Served {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Advance {
        advance_seconds: f64,
    }
    let Advance { advance_seconds } = read(body)?;
    let by = Duration::try_from_secs_f64(advance_seconds)
        .map_err(|_| bad_request("advanceSeconds: must be a number of seconds, not below 0"))?;
    engine.state().data.clock.advance(by);
    Ok(json!({}))
}

/// The body as JSON.
fn body(request: &Request) -> Result<Value, Rejection> {
    if request.body.len() > BODY_LIMIT {
        let message = "the body is over 16 MiB";
        return Err(Rejection::new(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    serde_json::from_slice(&request.body)
        .map_err(|error| bad_request(format!("the body is not valid JSON: {error}")))
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, Rejection> {
    crate::json::read_value(value).map_err(bad_request)
}

/// One value, or each of a list. A rejection names the place in the list.
fn read_each<T: DeserializeOwned>(
    value: Value,
    check: impl Fn(&T) -> Result<(), String>,
) -> Result<Vec<T>, Rejection> {
    let (values, listed) = match value {
        Value::Array(values) => (values, true),
        value => (vec![value], false),
    };
    let one = |(at, value)| {
        let checked = crate::json::read_value::<T>(value).and_then(|value| check(&value).map(|()| value));
        checked.map_err(|problem| bad_request(if listed { format!("[{at}]: {problem}") } else { problem }))
    };
    values.into_iter().enumerate().map(one).collect()
}

fn list_webhooks(engine: &Engine) -> Value {
    json!({ "webhooks": engine.state().data.listed() })
}

fn add_webhooks(engine: &Engine, body: Value) -> Served {
    let webhooks = match body {
        // A webhook has an identifier, unless the server makes it; a file has webhooks.
        Value::Object(webhook) if !webhook.contains_key("webhooks") => vec![Value::Object(webhook)],
        body => seeds(body).map_err(bad_request)?,
    };
    engine.state().seed(webhooks).map_err(|error| bad_request(error.to_string()))?;
    Ok(list_webhooks(engine))
}

fn replace_webhooks(engine: &Engine, body: Value) -> Served {
    let webhooks = seeds(body).map_err(bad_request)?;
    {
        let mut state = engine.state();
        let before = std::mem::take(&mut state.data.webhooks);
        if let Err(error) = state.seed(webhooks) {
            state.data.webhooks = before;
            return Err(bad_request(error.to_string()));
        }
    }
    Ok(list_webhooks(engine))
}

fn inject_faults(engine: &Engine, body: Value) -> Served {
    let faults = read_each::<Fault>(body, Fault::check)?;
    let mut state = engine.state();
    if state.faults.waiting().count() + faults.len() > MOST_FAULTS {
        return Err(bad_request(format!("more than {MOST_FAULTS} faults would be waiting")));
    }
    let ids: Vec<_> = faults.into_iter().map(|fault| state.faults.inject(fault).0).collect();
    Ok(json!({ "ids": ids }))
}

fn follow_plan(engine: &Engine, body: Value) -> Served {
    let plan: FaultPlan = read(body)?;
    plan.check().map_err(bad_request)?;
    engine.state().faults.follow(plan);
    Ok(json!({}))
}

fn list_faults(engine: &Engine) -> Value {
    let state = engine.state();
    let faults: Vec<_> = state
        .faults
        .waiting()
        .map(|(id, armed)| {
            let left = armed.left.map_or_else(|| json!("always"), |left| json!(left));
            json!({ "id": id.0, "fault": armed.fault, "hits": armed.hits, "left": left })
        })
        .collect();
    json!({ "faults": faults, "plan": state.faults.plan() })
}

fn withdraw_fault(engine: &Engine, id: &str) -> Served {
    let id = id.parse().map(FaultId).map_err(|_| Rejection::not_found("no fault has this id"))?;
    let mut state = engine.state();
    if state.faults.hits(id).is_none() {
        return Err(Rejection::not_found("no fault has this id"));
    }
    state.faults.withdraw(id);
    Ok(json!({}))
}

/// An event, a list of them, or a list with an order.
async fn emit(engine: &Engine, body: Value) -> Served {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Ordered {
        events: Value,
        #[serde(default)]
        order: Order,
    }
    let Ordered { events, order } = match body {
        Value::Object(body) if body.contains_key("events") => read(Value::Object(body))?,
        events => Ordered { events, order: Order::Given },
    };
    let events = read_each::<PortEvent>(events, |_| Ok(()))?;
    let webhooks = engine.state().data.webhooks.len();
    let most = events.iter().fold(0, |sum: usize, event| sum.saturating_add(event.most_deliveries(webhooks)));
    if most > MOST_DELIVERIES {
        return Err(bad_request(format!("this could be more than {MOST_DELIVERIES} deliveries")));
    }
    Ok(json!({ "deliveries": engine.emit(events, order).await }))
}

/// The runs with log and history, with the query's `id` only this one.
fn list_runs(engine: &Engine, request: &Request) -> Value {
    let state = engine.state();
    let fits = |run: &&StoredRun| passes(request, "id", Some(&run.id));
    json!({ "runs": state.data.runs.iter().filter(fits).collect::<Vec<_>>() })
}

/// A run, a list of them, or the body of a response that has some.
fn add_runs(engine: &Engine, body: Value) -> Served {
    let runs = match body {
        Value::Object(mut body) => {
            let runs = body.remove("runs").or_else(|| body.remove("run"));
            runs.unwrap_or(Value::Object(body))
        }
        runs => runs,
    };
    let name = if runs.is_array() { "runs" } else { "run" };
    let seed = json!({ name: runs });
    let mut state = engine.state();
    let before = state.data.runs.len();
    state.seed([seed]).map_err(|error| bad_request(error.to_string()))?;
    let ids: Vec<_> = state.data.runs.iter().skip(before).map(|run| &run.id).collect();
    Ok(json!({ "ids": ids }))
}

async fn invoke(engine: &Engine, body: Value) -> Served {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Invoked {
        action: Value,
        #[serde(default)]
        inputs: Value,
        #[serde(default)]
        entity: Value,
    }
    let Invoked { action, inputs, entity } = read(body)?;
    let invocation = engine.invoke(&action, inputs, entity).await;
    let invocation = invocation.map_err(|error| bad_request(error.to_string()))?;
    let run = engine.state().data.runs.of(&invocation.run_id).map(|run| json!(run));
    let mut shown = json!(invocation);
    shown["run"] = json!(run);
    Ok(shown)
}

/// Whether a value is the one of a filter, or the query does not have the filter.
fn passes(request: &Request, filter: &str, value: Option<&str>) -> bool {
    request.query(filter).is_none_or(|wanted| value == Some(wanted))
}

/// The events of data sources, with the query's `identifier` only those of this webhook.
fn list_ingested(engine: &Engine, request: &Request) -> Value {
    let state = engine.state();
    let fits = |event: &&IngestedEvent| passes(request, "identifier", Some(&event.webhook));
    json!({ "events": state.events.iter().filter(fits).collect::<Vec<_>>() })
}

/// The entities that events have made, with the query's `blueprint` only those of this blueprint.
fn list_entities(engine: &Engine, request: &Request) -> Served {
    if cfg!(not(feature = "mappings")) {
        return Err(Rejection::not_found(
            "this fake was built without the feature `mappings`, so it has no entities",
        ));
    }
    Ok(json!({ "entities": engine.state().data.entities.of(request.query("blueprint")) }))
}

/// The requests that fit the query's `operation`, `identifier` and `status`.
fn list_requests(engine: &Engine, request: &Request) -> Served {
    let operation = request.query("operation").map(|name| serde_json::from_value::<Route>(json!(name)));
    let operation = operation.transpose().map_err(|error| bad_request(format!("operation: {error}")))?;
    let status = request.query("status").map(str::parse::<u16>).transpose();
    let status = status.map_err(|_| bad_request("status: must be a status such as 200"))?;
    let state = engine.state();
    let fits = |recorded: &&RecordedRequest| {
        operation.is_none_or(|operation| recorded.operation == Some(operation))
            && passes(request, "identifier", recorded.identifier.as_deref())
            && status.is_none_or(|status| recorded.status == Some(status))
    };
    let requests: Vec<_> = state.requests.iter().filter(fits).map(to_json).collect();
    Ok(json!({ "requests": requests }))
}

fn to_json(request: &RecordedRequest) -> Value {
    let body = if request.has_secret_body() {
        json!(MASKED)
    } else if request.body.is_empty() {
        Value::Null
    } else {
        request.json().unwrap_or_else(|| json!(String::from_utf8_lossy(&request.body)))
    };
    json!({
        "number": request.number,
        "method": request.method.as_str(),
        "path": request.path,
        "query": request.query_pairs,
        "headers": headers_in_json(&request.headers),
        "body": body,
        "operation": request.operation,
        "identifier": request.identifier,
        "status": request.status,
        "fault": request.fault,
    })
}
