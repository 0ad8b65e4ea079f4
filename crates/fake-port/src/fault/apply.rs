//! The response to a request that has a fault.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::Fault;
use super::kind::{Ending, FaultBody, Kind};
use crate::json::JSON;
use crate::profile::Unverified;
use crate::recording::WriteResponse;
use crate::response::{self, Response, with_body};
use crate::script::{Script, gzip, gzip_spaces};

/// The server's action for a request.
#[derive(Debug)]
pub(crate) enum Action {
    /// It sends this response.
    Respond(Response, Sending),
    /// It plays a script on the connection.
    Play(Script),
}

/// How much of a response is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sending {
    Whole,
    /// The head and the first `keep` bytes of the body.
    Part {
        keep: usize,
        ending: Ending,
    },
    /// The head, and another body without end.
    Endless,
}

impl Action {
    /// The status that is sent, if one is.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Respond(response, _) => Some(response.status().as_u16()),
            Self::Play(_) => None,
        }
    }

    /// The body of the response, before it is cut.
    pub(crate) fn body(&self) -> Bytes {
        match self {
            Self::Respond(response, _) => response.body().clone(),
            Self::Play(_) => Bytes::new(),
        }
    }

    /// The response that is sent whole, or the script that is played on the connection.
    pub(crate) fn into_response(self) -> Result<Response, Script> {
        let (response, sending) = match self {
            Self::Respond(response, Sending::Whole) => return Ok(response),
            Self::Respond(response, sending) => (response, sending),
            Self::Play(script) => return Err(script),
        };
        let (script, status) = (Script::new(), response.status().as_u16());
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
        let headers: Vec<_> = headers.collect();
        Err(match sending {
            Sending::Part { keep, ending } => {
                let script = script.part_of_response(status, &headers, response.body(), keep);
                match ending {
                    Ending::Reset => script.reset(),
                    Ending::Close => script,
                    Ending::Hang => script.hang(),
                }
            }
            Sending::Whole | Sending::Endless => script.endless_response(status, &headers),
        })
    }
}

/// The action of the server, and whether it is the real response. `carry_out` carries the request out and returns the
/// real response.
pub(crate) fn apply(
    fault: Option<&Fault>,
    carry_out: impl FnOnce() -> Response,
    unverified: Unverified,
    now: DateTime<Utc>,
) -> (Action, WriteResponse) {
    let real = |response| (Action::Respond(response, Sending::Whole), WriteResponse::Real);
    let Some(fault) = fault else { return real(carry_out()) };
    let replacement = match &fault.kind {
        Kind::Answer | Kind::ExpireToken | Kind::RevokeToken | Kind::Paging { .. } => {
            return real(carry_out());
        }
        Kind::Merge { answer: patch } => return real(edited(carry_out(), |body| merge_patch(body, patch))),
        Kind::UnknownFields => return real(edited(carry_out(), add_unknown_fields)),
        Kind::Truncate { keep } => {
            let response = carry_out();
            let sent = if *keep < response.body().len() { WriteResponse::Lost } else { WriteResponse::Real };
            let response = response.map(|body| body.slice(..body.len().min(*keep)));
            return (Action::Respond(response, Sending::Whole), sent);
        }
        Kind::Compress => return real(gzipped(carry_out().map(|body| gzip(&body)))),
        Kind::BreakBody { keep, ending } => {
            let response = carry_out();
            let complete = *ending == Ending::Close && *keep >= response.body().len();
            let sent = if complete { WriteResponse::Real } else { WriteResponse::Lost };
            return (Action::Respond(response, Sending::Part { keep: *keep, ending: *ending }), sent);
        }
        Kind::Status { code, headers, body } => whole(with_status(*code, headers, body, unverified)),
        Kind::RateLimited { hint } => {
            let mut response = injected(StatusCode::TOO_MANY_REQUESTS, unverified);
            response.headers_mut().extend(hint.header(now).and_then(|(name, value)| header(&name, &value)));
            whole(response)
        }
        Kind::NotOk { error, message } => {
            whole(response::error(StatusCode::OK, Some(error), message, &json!({}), unverified))
        }
        Kind::GzipBomb { size } => whole(gzipped(json_body(StatusCode::OK, gzip_spaces(*size)))),
        Kind::Endless => Action::Respond(json_body(StatusCode::OK, Bytes::new()), Sending::Endless),
        Kind::Drop => Action::Play(Script::new()),
        Kind::Hang => Action::Play(Script::new().hang()),
        Kind::Reset => Action::Play(Script::new().reset()),
        Kind::Script { steps } => Action::Play(steps.clone().after_request()),
    };
    if fault.applied {
        carry_out();
    }
    let sent = match &replacement {
        Action::Respond(response, Sending::Whole) => WriteResponse::Replaced(response.status().as_u16()),
        Action::Respond(..) | Action::Play(_) => WriteResponse::Lost,
    };
    (replacement, sent)
}

fn whole(response: Response) -> Action {
    Action::Respond(response, Sending::Whole)
}

fn json_body(status: StatusCode, body: impl Into<Bytes>) -> Response {
    with_body(status, Some(HeaderValue::from_static(JSON)), body)
}

fn gzipped(mut response: Response) -> Response {
    response.headers_mut().append(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

/// The response with another body, if it has one.
fn edited(response: Response, edit: impl FnOnce(&mut Value)) -> Response {
    response.map(|bytes| match serde_json::from_slice(&bytes) {
        Ok(mut body) => {
            edit(&mut body);
            serde_json::to_vec(&body).unwrap_or_default().into()
        }
        Err(_) => bytes,
    })
}

fn with_status(
    code: u16,
    headers: &[(String, String)],
    body: &FaultBody,
    unverified: Unverified,
) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match body {
        FaultBody::Default => injected(status, unverified),
        FaultBody::Json(body) => response::json(status, body),
        FaultBody::Text { content_type, text } => {
            with_body(status, HeaderValue::from_str(content_type).ok(), text.clone())
        }
        FaultBody::Empty => with_body(status, None, Bytes::new()),
    };
    if headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str())) {
        response.headers_mut().remove(CONTENT_TYPE);
    }
    for (name, value) in headers.iter().filter_map(|(name, value)| header(name, value)) {
        response.headers_mut().append(name, value);
    }
    response
}

/// A header of a fault, which was checked when the fault was given.
fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((name.parse().ok()?, value.parse().ok()?))
}

/// A response with the body that the API writes for its status.
fn injected(status: StatusCode, unverified: Unverified) -> Response {
    if status.is_success() {
        return response::json(status, &json!({ "ok": true }));
    }
    response::error(status, None, "a fault was injected", &json!({}), unverified)
}

/// Applies a JSON merge patch (RFC 7396).
fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                merge_patch(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

/// Adds fields and values that a future Port may add.
fn add_unknown_fields(body: &mut Value) {
    let Value::Object(envelope) = body else { return };
    for content in envelope.values_mut() {
        match content {
            Value::Object(webhook) => add_to_webhook(webhook),
            Value::Array(webhooks) => {
                webhooks.iter_mut().filter_map(Value::as_object_mut).for_each(add_to_webhook);
            }
            _ => {}
        }
    }
    envelope.insert("futureField".to_owned(), json!({ "since": 2030 }));
}

fn add_to_webhook(webhook: &mut Map<String, Value>) {
    if let Some(Value::Array(events)) = webhook.get_mut("events") {
        events.push(json!("future.event"));
    }
    if let Some(kind) = webhook.get_mut("integrationType") {
        *kind = json!("future");
    }
    webhook.insert("futureField".to_owned(), json!([1, { "nested": true }]));
}
