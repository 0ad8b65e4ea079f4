//! The routes of runs.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::store::{Author, StoredRun, in_api, is_node};
use crate::call::Route;
use crate::delivery::SentDelivery;
use crate::paging::number;
use crate::request::Request;
use crate::response::{self, Rejection, Response};
use crate::state::State;
use crate::validate::{self, Problem};

type Body = Map<String, Value>;

/// The most messages on a page of a log, and its default.
const LOG_PAGE: usize = 50;
/// The most runs in a list, and its default.
const LIST: usize = 1000;

/// Lists runs of actions, the newest first: those with the external id of the query, or all.
pub(crate) fn list(state: &State, request: &Request) -> Result<Response, Rejection> {
    check_version(request)?;
    let limit = number(request, "limit", 1..=LIST)?.unwrap_or(LIST);
    let external = request.query("external_run_id");
    let fits = |run: &&StoredRun| {
        !is_node(&run.id)
            && external.is_none_or(|id| run.fields.get("externalRunId").and_then(Value::as_str) == Some(id))
    };
    let runs: Vec<_> = state.data.runs.iter().rev().filter(fits).take(limit).map(|run| &run.fields).collect();
    Ok(response::success(StatusCode::OK, "runs", runs))
}

pub(crate) fn get(state: &State, request: &Request, id: &str) -> Result<Response, Rejection> {
    check_version(request)?;
    Ok(response::success(StatusCode::OK, "run", &find(state, id, false)?.fields))
}

/// Sets fields of a run. With a status it ends.
pub(crate) fn update(
    state: &mut State,
    request: &Request,
    id: &str,
    mut body: Body,
) -> Result<Response, Rejection> {
    check_version(request)?;
    validate::body(&validate::RUN_PATCH, &body)?;
    open(state, id, false)?;
    if let Some(link) = body.get_mut("link").filter(|link| link.is_string()) {
        *link = json!([link.take()]);
    }
    change(state, Route::UpdateRun, id, body);
    get(state, request, id)
}

/// Approves or declines a run that waits for it. The invocation of an approved run is delivered after the response.
pub(crate) fn decide(
    state: &mut State,
    request: &Request,
    id: &str,
    body: &Body,
) -> Result<Response, Rejection> {
    check_version(request)?;
    validate::body(&validate::RUN_APPROVAL, body)?;
    if find(state, id, false)?.status() != "WAITING_FOR_APPROVAL" {
        return Err(Rejection::new(StatusCode::CONFLICT, "the run does not wait for approval"));
    }
    let approved = body.get("status").is_some_and(|status| status == "APPROVE");
    let (status, decision) = if approved { ("IN_PROGRESS", "APPROVED") } else { ("DECLINED", "DECLINED") };
    let description = body.get("description").cloned().unwrap_or_else(|| json!(""));
    let approval = json!({ "state": decision, "description": description, "userId": crate::delivery::USER });
    let set = [("status", json!(status)), ("approval", approval)];
    change(
        state,
        Route::ApproveRun,
        id,
        set.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
    );
    let invocation = state.data.runs.take_waiting(id).filter(|_| approved);
    state.changes.extend(invocation);
    let mut response = get(state, request, id)?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// A page of the log of a run.
pub(crate) fn logs(state: &State, request: &Request, id: &str) -> Result<Response, Rejection> {
    let limit = number(request, "limit", 1..=LOG_PAGE)?.unwrap_or(LOG_PAGE);
    let offset = number(request, "offset", 0..=usize::MAX)?.unwrap_or(0);
    let logs = find(state, id, false)?.logs.iter().skip(offset).take(limit);
    let logs: Vec<_> = logs.map(|line| in_api(id, line)).collect();
    Ok(response::success(StatusCode::OK, "runLogs", logs))
}

/// Adds a message to the log of a run. With a status it is the last.
pub(crate) fn add_log(state: &mut State, id: &str, body: Body) -> Result<Response, Rejection> {
    validate::body(&validate::RUN_LOG, &body)?;
    open(state, id, false)?;
    let author = caller(state);
    let mut line = body.get("message").and_then(Value::as_str).and_then(|message| {
        let line = state.data.runs.log(id, message, None, &author)?;
        line.as_object().cloned()
    });
    let response = response::success(StatusCode::CREATED, "runLog", &line);
    // One write: the message and, with it, the end.
    let set: Body = body
        .into_iter()
        .filter_map(|(name, value)| match name.as_str() {
            "terminationStatus" => Some(("status".to_owned(), value)),
            "statusLabel" => Some((name, value)),
            _ => None,
        })
        .collect();
    if let Some(line) = &mut line {
        line.extend(set.clone());
    }
    if let Some(run) = state.data.runs.of_mut(id).filter(|_| !set.is_empty()) {
        run.set(&author, set);
    }
    state.enter(Route::AddRunLog, id, None, line.as_ref());
    Ok(response)
}

/// Sets status, result and output of the run of a workflow node.
pub(crate) fn update_node(state: &mut State, id: &str, body: Body) -> Result<Response, Rejection> {
    validate::node_patch(&body)?;
    open(state, id, true)?;
    change(state, Route::UpdateNodeRun, id, body);
    Ok(response::done())
}

/// Adds messages to the log of the run of a workflow node.
pub(crate) fn add_node_logs(state: &mut State, id: &str, body: &Body) -> Result<Response, Rejection> {
    validate::body(&validate::NODE_LOGS, body)?;
    open(state, id, true)?;
    let author = caller(state);
    for log in body.get("logs").and_then(Value::as_array).into_iter().flatten() {
        let message = log["message"].as_str().unwrap_or_default();
        state.data.runs.log(id, message, log["level"].as_str(), &author);
    }
    state.enter(Route::AddNodeRunLogs, id, None, Some(body));
    Ok(response::done())
}

/// Notes what a service answered to an invocation. If it was synchronized, the answer ends the run, unless it has
/// ended already: everything below 400 is a success, as for Port's agent.
pub(crate) fn delivered(state: &mut State, delivery: &SentDelivery) {
    let author = Author::port(state.data.clock.now());
    let Some(run) = delivery.run.as_deref().and_then(|id| state.data.runs.of_mut(id)) else { return };
    if run.fields.get("payload").is_none_or(|payload| payload["synchronized"] != true) {
        return;
    }
    let mut set = Body::new();
    if let Some(response) = delivery.response() {
        set.insert("response".to_owned(), response);
    }
    if !run.has_ended() {
        let success = delivery.status().is_some_and(|status| status < 400);
        set.insert("status".to_owned(), json!(if success { "SUCCESS" } else { "FAILURE" }));
    }
    run.set(&author, set);
}

/// The run of an action, or of a workflow node, with this id.
fn find<'a>(state: &'a State, id: &str, node: bool) -> Result<&'a StoredRun, Rejection> {
    let run = state.data.runs.of(id).filter(|_| is_node(id) == node);
    run.ok_or_else(|| Rejection::not_found("no run has this id"))
}

/// The run with this id, if it has not ended.
fn open<'a>(state: &'a State, id: &str, node: bool) -> Result<&'a StoredRun, Rejection> {
    let run = find(state, id, node)?;
    if run.has_ended() {
        return Err(Rejection::new(StatusCode::CONFLICT, "the run has ended"));
    }
    Ok(run)
}

/// Sets fields of a run for the present request, and enters that into the ledger.
fn change(state: &mut State, operation: Route, id: &str, set: Body) {
    let author = caller(state);
    let Some(run) = state.data.runs.of_mut(id) else { return };
    let before = run.fields.clone();
    run.set(&author, set);
    let after = run.fields.clone();
    state.enter(operation, id, Some(before), Some(&after));
}

fn caller(state: &State) -> Author {
    Author::user(state.data.clock.now(), Some(state.counts.requests))
}

fn check_version(request: &Request) -> Result<(), Problem> {
    match request.query("version") {
        None | Some("v1" | "v2") => Ok(()),
        Some(_) => Err(Problem::at("version", "must be v1 or v2")),
    }
}
