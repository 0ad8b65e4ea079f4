//! What a fault makes of an answer.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::Fault;
use super::body::FaultBody;
use super::kind::{Ending, Kind};
use crate::profile::Unverified;
use crate::read::Answered;
use crate::reply::{Answer, JSON, Reply, error};
use crate::script::{Script, gzip, gzip_spaces};

/// What a server does with a request.
#[derive(Debug)]
pub(crate) enum Act {
    /// It answers.
    Answer(Answer),
    /// It closes the connection.
    Close,
    /// It neither answers nor closes.
    Hang,
    /// It answers in a way that only the fake's own server can.
    Broken(Answer, Breakage),
    /// It plays a script; only the fake's own server can.
    Play(Script),
}

/// How an answer is broken on the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Breakage {
    /// This much of the body is sent, then this happens.
    Body { keep: usize, ending: Ending },
    /// Instead of the body something without end is sent.
    Endless,
}

/// What a server does, with what the caller is told thereby.
#[derive(Debug)]
pub(crate) struct Effect {
    pub(crate) act: Act,
    pub(crate) status: Option<u16>,
    pub(crate) answered: Answered,
}

impl Effect {
    fn answer(answer: Answer, answered: Answered) -> Self {
        Self { status: Some(answer.status.as_u16()), act: Act::Answer(answer), answered }
    }

    /// An answer that is not the true one.
    fn false_answer(status: StatusCode, headers: Vec<(String, String)>, body: Bytes) -> Self {
        Self::answer(Answer { status, headers, body }, Answered::Falsely(status.as_u16()))
    }

    fn none(act: Act) -> Self {
        Self { act, status: None, answered: Answered::Lost }
    }
}

/// What a fault makes of the true answer, or of none where the request was not carried out.
pub(crate) fn spoil(
    fault: Option<&Fault>,
    reply: Option<Reply>,
    unverified: Unverified,
    now: DateTime<Utc>,
) -> Effect {
    // A fault that needs the true answer was given it; without either there is nothing to say.
    let whole = |reply: Option<Reply>| reply.map_or(Act::Close, |reply| Act::Answer(reply.into()));
    let Some(fault) = fault else {
        return truly(whole(reply), Answered::Truly);
    };
    let json = || vec![("content-type".to_owned(), JSON.to_owned())];
    match fault.kind() {
        Kind::Answer | Kind::ExpireToken | Kind::RevokeToken | Kind::Paging { .. } => {
            truly(whole(reply), Answered::Truly)
        }
        Kind::Merge { answer } => {
            let reply = reply.map(|mut reply| {
                reply.body.change(|body| merge_patch(body, answer));
                reply
            });
            truly(whole(reply), Answered::Truly)
        }
        Kind::UnknownFields => {
            let reply = reply.map(|mut reply| {
                reply.body.change(add_future);
                reply
            });
            truly(whole(reply), Answered::Truly)
        }
        Kind::Truncate { keep } => {
            let mut act = whole(reply);
            let mut answered = Answered::Truly;
            if let Act::Answer(answer) = &mut act
                && *keep < answer.body.len()
            {
                answer.body.truncate(*keep);
                answered = Answered::Lost;
            }
            truly(act, answered)
        }
        Kind::Compress => {
            let mut act = whole(reply);
            if let Act::Answer(answer) = &mut act {
                answer.body = gzip(&answer.body);
                answer.headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
            }
            truly(act, Answered::Truly)
        }
        Kind::BreakBody { keep, ending } => {
            let breakage = Breakage::Body { keep: *keep, ending: *ending };
            match whole(reply) {
                Act::Answer(answer) => {
                    let whole = *ending == Ending::Close && *keep >= answer.body.len();
                    let answered = if whole { Answered::Truly } else { Answered::Lost };
                    truly(Act::Broken(answer, breakage), answered)
                }
                other => truly(other, Answered::Lost),
            }
        }
        Kind::Status { code, headers, body } => {
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let (content_type, bytes) = match body {
                FaultBody::Default => (Some(JSON), injected(status, unverified)),
                FaultBody::Json(body) => (Some(JSON), body.to_string().into()),
                FaultBody::Text { content_type, text } => (Some(content_type.as_str()), text.clone().into()),
                FaultBody::Empty => (None, Bytes::new()),
            };
            let content_type = content_type.map(|value| ("content-type".to_owned(), value.to_owned()));
            let given = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            let content_type = content_type.filter(|_| !given);
            let headers = content_type.into_iter().chain(headers.iter().cloned()).collect();
            Effect::false_answer(status, headers, bytes)
        }
        Kind::RateLimited { hint } => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let headers = json().into_iter().chain(hint.header(now)).collect();
            Effect::false_answer(status, headers, injected(status, unverified))
        }
        Kind::NotOk { error: name, message } => {
            let body = error::body(name, message, &json!({}), unverified);
            Effect::false_answer(StatusCode::OK, json(), body.to_string().into())
        }
        Kind::GzipBomb { size } => {
            let headers =
                json().into_iter().chain([("content-encoding".to_owned(), "gzip".to_owned())]).collect();
            Effect::false_answer(StatusCode::OK, headers, gzip_spaces(*size))
        }
        Kind::Endless => {
            let answer = Answer { status: StatusCode::OK, headers: json(), body: Bytes::new() };
            Effect { status: Some(200), ..Effect::none(Act::Broken(answer, Breakage::Endless)) }
        }
        Kind::Drop => Effect::none(Act::Close),
        Kind::Hang => Effect::none(Act::Hang),
        Kind::Reset => Effect::none(Act::Play(Script::new().reset())),
        Kind::Script { steps } => Effect::none(Act::Play(steps.clone())),
    }
}

fn truly(act: Act, answered: Answered) -> Effect {
    match act {
        Act::Answer(answer) => Effect::answer(answer, answered),
        Act::Broken(ref answer, _) => Effect { status: Some(answer.status.as_u16()), act, answered },
        act => Effect::none(act),
    }
}

/// RFC 7396.
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

/// Adds what a future Port may add.
fn add_future(body: &mut Value) {
    let Value::Object(envelope) = body else { return };
    for content in envelope.values_mut() {
        match content {
            Value::Object(webhook) => add_future_to(webhook),
            Value::Array(webhooks) => {
                webhooks.iter_mut().filter_map(Value::as_object_mut).for_each(add_future_to);
            }
            _ => {}
        }
    }
    envelope.insert("futureField".to_owned(), json!({ "since": 2030 }));
}

fn add_future_to(webhook: &mut Map<String, Value>) {
    if let Some(Value::Array(events)) = webhook.get_mut("events") {
        events.push(json!("future.event"));
    }
    if let Some(kind) = webhook.get_mut("integrationType") {
        *kind = json!("future");
    }
    webhook.insert("futureField".to_owned(), json!([1, { "nested": true }]));
}

/// The bytes that the fake's own server sends for a broken answer, and what it does then.
pub(crate) fn broken_script(answer: &Answer, breakage: Breakage) -> Script {
    let (status, headers) = (answer.status.as_u16(), &answer.headers);
    match breakage {
        Breakage::Body { keep, ending } => {
            let script = Script::new().part_of_answer(status, headers, &answer.body, keep);
            match ending {
                Ending::Reset => script.reset(),
                Ending::Close => script,
                Ending::Hang => script.hang(),
            }
        }
        Breakage::Endless => Script::new().endless_answer(status, headers),
    }
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
