//! What a fault makes of an answer.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Value, json};

use super::Fault;
use super::body::FaultBody;
use super::change::{add_unknown_fields, merge_patch};
use super::kind::{Ending, Kind};
use crate::json::CONTENT_TYPE;
use crate::profile::Unverified;
use crate::recording::Answered;
use crate::reply::{Answer, Reply, error};
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

/// What a server does, and what the caller is told by that.
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

    /// An answer that is not the real one.
    fn false_answer(status: StatusCode, headers: Vec<(String, String)>, body: Bytes) -> Self {
        Self::answer(Answer { status, headers, body }, Answered::Falsely(status.as_u16()))
    }

    fn none(act: Act) -> Self {
        Self { act, status: None, answered: Answered::Lost }
    }
}

/// What a fault makes of the real reply. There is none when the request was not carried out.
pub(crate) fn apply(
    fault: Option<&Fault>,
    reply: Option<Reply>,
    unverified: Unverified,
    now: DateTime<Utc>,
) -> Effect {
    let Some(fault) = fault else { return real(reply) };
    match fault.kind() {
        Kind::Answer | Kind::ExpireToken | Kind::RevokeToken | Kind::Paging { .. } => real(reply),
        Kind::Merge { answer: patch } => real(with_body(reply, |body| merge_patch(body, patch))),
        Kind::UnknownFields => real(with_body(reply, add_unknown_fields)),
        Kind::Truncate { keep } => real_answer(reply, |mut answer| {
            let answered = if *keep < answer.body.len() { Answered::Lost } else { Answered::Truly };
            answer.body.truncate(*keep);
            Effect::answer(answer, answered)
        }),
        Kind::Compress => real_answer(reply, |mut answer| {
            answer.body = gzip(&answer.body);
            answer.headers.push(gzip_header());
            Effect::answer(answer, Answered::Truly)
        }),
        Kind::BreakBody { keep, ending } => real_answer(reply, |answer| {
            let complete = *ending == Ending::Close && *keep >= answer.body.len();
            let answered = if complete { Answered::Truly } else { Answered::Lost };
            let breakage = Breakage::Body { keep: *keep, ending: *ending };
            Effect { status: Some(answer.status.as_u16()), act: Act::Broken(answer, breakage), answered }
        }),
        Kind::Status { code, headers, body } => {
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let (content_type, bytes) = match body {
                FaultBody::Default => (Some(CONTENT_TYPE), injected(status, unverified)),
                FaultBody::Json(body) => (Some(CONTENT_TYPE), body.to_string().into()),
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
            let headers = [json_header()].into_iter().chain(hint.header(now)).collect();
            Effect::false_answer(status, headers, injected(status, unverified))
        }
        Kind::NotOk { error: name, message } => {
            let body = error::body(name, message, &json!({}), unverified);
            Effect::false_answer(StatusCode::OK, vec![json_header()], body.to_string().into())
        }
        Kind::GzipBomb { size } => {
            Effect::false_answer(StatusCode::OK, vec![json_header(), gzip_header()], gzip_spaces(*size))
        }
        Kind::Endless => {
            let answer = Answer { status: StatusCode::OK, headers: vec![json_header()], body: Bytes::new() };
            Effect { status: Some(200), ..Effect::none(Act::Broken(answer, Breakage::Endless)) }
        }
        Kind::Drop => Effect::none(Act::Close),
        Kind::Hang => Effect::none(Act::Hang),
        Kind::Reset => Effect::none(Act::Play(Script::new().reset())),
        Kind::Script { steps } => Effect::none(Act::Play(steps.clone())),
    }
}

/// The real reply as it is.
fn real(reply: Option<Reply>) -> Effect {
    real_answer(reply, |answer| Effect::answer(answer, Answered::Truly))
}

/// What is made of the real answer. A request whose fault needs it was carried out, so it is there.
fn real_answer(reply: Option<Reply>, effect: impl FnOnce(Answer) -> Effect) -> Effect {
    reply.map_or_else(|| Effect::none(Act::Close), |reply| effect(reply.into()))
}

fn with_body(reply: Option<Reply>, change: impl FnOnce(&mut Value)) -> Option<Reply> {
    reply.map(|mut reply| {
        change(&mut reply.body);
        reply
    })
}

fn json_header() -> (String, String) {
    ("content-type".to_owned(), CONTENT_TYPE.to_owned())
}

fn gzip_header() -> (String, String) {
    ("content-encoding".to_owned(), "gzip".to_owned())
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
