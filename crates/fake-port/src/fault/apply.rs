//! The response to a request that has a fault.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::Fault;
use super::kind::{Ending, FaultBody, Kind};
use crate::json::CONTENT_TYPE;
use crate::profile::Unverified;
use crate::recording::Answered;
use crate::reply::{Answer, Reply, error};
use crate::script::{Script, gzip, gzip_spaces};

/// What the server does with a request.
#[derive(Debug)]
pub(crate) enum Action {
    /// It sends this response.
    Answer(Answer, Sending),
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
            Self::Answer(answer, _) => Some(answer.status.as_u16()),
            Self::Play(_) => None,
        }
    }

    /// The body of the response, before it is cut.
    pub(crate) fn body(&self) -> Bytes {
        match self {
            Self::Answer(answer, _) => answer.body.clone(),
            Self::Play(_) => Bytes::new(),
        }
    }

    /// The response that is sent whole, or the script that is played on the connection.
    pub(crate) fn into_response(self) -> Result<Answer, Script> {
        let (Answer { status, headers, body }, sending) = match self {
            Self::Answer(answer, Sending::Whole) => return Ok(answer),
            Self::Answer(answer, sending) => (answer, sending),
            Self::Play(script) => return Err(script),
        };
        let (script, status) = (Script::new(), status.as_u16());
        Err(match sending {
            Sending::Part { keep, ending } => {
                let script = script.part_of_answer(status, &headers, &body, keep);
                match ending {
                    Ending::Reset => script.reset(),
                    Ending::Close => script,
                    Ending::Hang => script.hang(),
                }
            }
            Sending::Whole | Sending::Endless => script.endless_answer(status, &headers),
        })
    }
}

/// The action of the server, and whether it is the real response. `carry_out` carries the request out and returns the
/// real reply.
pub(crate) fn apply(
    fault: Option<&Fault>,
    carry_out: impl FnOnce() -> Reply,
    unverified: Unverified,
    now: DateTime<Utc>,
) -> (Action, Answered) {
    let real = |reply: Reply| (Action::Answer(reply.into(), Sending::Whole), Answered::Truly);
    let Some(fault) = fault else { return real(carry_out()) };
    let made_up = match &fault.kind {
        Kind::Answer | Kind::ExpireToken | Kind::RevokeToken | Kind::Paging { .. } => {
            return real(carry_out());
        }
        Kind::Merge { answer: patch } => {
            let mut reply = carry_out();
            merge_patch(&mut reply.body, patch);
            return real(reply);
        }
        Kind::UnknownFields => {
            let mut reply = carry_out();
            add_unknown_fields(&mut reply.body);
            return real(reply);
        }
        Kind::Truncate { keep } => {
            let mut answer = Answer::from(carry_out());
            let answered = if *keep < answer.body.len() { Answered::Lost } else { Answered::Truly };
            answer.body.truncate(*keep);
            return (Action::Answer(answer, Sending::Whole), answered);
        }
        Kind::Compress => {
            let mut answer = Answer::from(carry_out());
            answer.body = gzip(&answer.body);
            answer.headers.push(gzip_header());
            return (Action::Answer(answer, Sending::Whole), Answered::Truly);
        }
        Kind::BreakBody { keep, ending } => {
            let answer = Answer::from(carry_out());
            let complete = *ending == Ending::Close && *keep >= answer.body.len();
            let answered = if complete { Answered::Truly } else { Answered::Lost };
            return (Action::Answer(answer, Sending::Part { keep: *keep, ending: *ending }), answered);
        }
        Kind::Status { code, headers, body } => status_answer(*code, headers, body, unverified),
        Kind::RateLimited { hint } => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let headers = [json_header()].into_iter().chain(hint.header(now)).collect();
            whole(status, headers, injected(status, unverified))
        }
        Kind::NotOk { error: name, message } => {
            let body = error::body(name, message, &json!({}), unverified);
            whole(StatusCode::OK, vec![json_header()], body.to_string().into())
        }
        Kind::GzipBomb { size } => {
            whole(StatusCode::OK, vec![json_header(), gzip_header()], gzip_spaces(*size))
        }
        Kind::Endless => {
            let answer = Answer { status: StatusCode::OK, headers: vec![json_header()], body: Bytes::new() };
            Action::Answer(answer, Sending::Endless)
        }
        Kind::Drop => Action::Play(Script::new()),
        Kind::Hang => Action::Play(Script::new().hang()),
        Kind::Reset => Action::Play(Script::new().reset()),
        Kind::Script { steps } => Action::Play(steps.clone().after_request()),
    };
    if fault.applied {
        carry_out();
    }
    let answered = match &made_up {
        Action::Answer(answer, Sending::Whole) => Answered::Falsely(answer.status.as_u16()),
        Action::Answer(..) | Action::Play(_) => Answered::Lost,
    };
    (made_up, answered)
}

fn whole(status: StatusCode, headers: Vec<(String, String)>, body: Bytes) -> Action {
    Action::Answer(Answer { status, headers, body }, Sending::Whole)
}

fn status_answer(
    code: u16,
    headers: &[(String, String)],
    body: &FaultBody,
    unverified: Unverified,
) -> Action {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (content_type, bytes) = match body {
        FaultBody::Default => (Some(CONTENT_TYPE), injected(status, unverified)),
        FaultBody::Json(body) => (Some(CONTENT_TYPE), body.to_string().into()),
        FaultBody::Text { content_type, text } => (Some(content_type.as_str()), text.clone().into()),
        FaultBody::Empty => (None, Bytes::new()),
    };
    let given = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let content_type = content_type.filter(|_| !given);
    let content_type = content_type.map(|value| ("content-type".to_owned(), value.to_owned()));
    whole(status, content_type.into_iter().chain(headers.iter().cloned()).collect(), bytes)
}

fn json_header() -> (String, String) {
    ("content-type".to_owned(), CONTENT_TYPE.to_owned())
}

fn gzip_header() -> (String, String) {
    ("content-encoding".to_owned(), "gzip".to_owned())
}

/// The body that goes with a status, as the API writes it.
fn injected(status: StatusCode, unverified: Unverified) -> Bytes {
    let body = if status.is_success() {
        json!({ "ok": true })
    } else {
        let name = error::name(status, unverified);
        error::body(&name, "a fault was injected", &json!({}), unverified)
    };
    body.to_string().into()
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
