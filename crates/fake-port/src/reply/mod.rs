//! What the engine answers: success envelopes, refusals and their wire form.
//!
//! No message repeats a secret, a header value or a token; a message names the field instead.

pub(crate) mod error;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use crate::call::NoCall;
use crate::json::{CONTENT_TYPE, Webhook};
use crate::profile::{CreateStatus, ListKey, Profile, Unverified};
use crate::settings::Settings;
use crate::validate::Problem;

/// What the engine answers. The body is always JSON.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

/// An answer as a server sends it, whichever server it is.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        let own = reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
        if reply.status == StatusCode::NO_CONTENT {
            return Self { status: reply.status, headers: own.collect(), body: Bytes::new() };
        }
        let headers = own.chain([("content-type".to_owned(), CONTENT_TYPE.to_owned())]).collect();
        // A value always serializes; unlike `to_string`, this does not go through the formatter.
        let body = serde_json::to_vec(&reply.body).unwrap_or_default();
        Self { status: reply.status, headers, body: body.into() }
    }
}

impl Answer {
    /// Adds a header unless there is one of that name.
    pub(crate) fn add_header(&mut self, name: &str, value: String) {
        if !self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            self.headers.push((name.to_owned(), value));
        }
    }
}

impl Reply {
    pub(crate) fn new(status: StatusCode, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    /// Success with nothing to show.
    pub(crate) fn done() -> Self {
        Self::new(StatusCode::OK, json!({ "ok": true }))
    }

    /// An event that was received.
    pub(crate) fn accepted() -> Self {
        Self { status: StatusCode::ACCEPTED, ..Self::done() }
    }

    /// A token with the seconds it has left.
    pub(crate) fn token(token: &str, seconds: i64) -> Self {
        let body = json!({ "ok": true, "accessToken": token, "expiresIn": seconds, "tokenType": "Bearer" });
        Self::new(StatusCode::OK, body)
    }

    /// A request that its sender may not make.
    pub(crate) fn forbidden(message: &str) -> Self {
        let body = json!({ "ok": false, "error": "forbidden", "message": message });
        Self::new(StatusCode::FORBIDDEN, body)
    }

    /// One webhook that was read or changed.
    pub(crate) fn webhook(settings: &Settings, webhook: &Webhook) -> Self {
        let key = match settings.profile {
            Profile::Documented => "webhook",
            Profile::Live => "integration",
        };
        Self::new(StatusCode::OK, json!({ "ok": true, key: webhook }))
    }

    /// One webhook that was created.
    pub(crate) fn created(settings: &Settings, webhook: &Webhook) -> Self {
        let status = match settings.unverified.create_status {
            CreateStatus::Created => StatusCode::CREATED,
            CreateStatus::Ok => StatusCode::OK,
        };
        Self { status, ..Self::webhook(settings, webhook) }
    }

    /// Several webhooks, or parts of them; null instead of a list if there are none.
    pub(crate) fn list(settings: &Settings, webhooks: impl Into<Value>) -> Self {
        Self::new(StatusCode::OK, json!({ "ok": true, list_key(settings): webhooks.into() }))
    }
}

fn list_key(settings: &Settings) -> &'static str {
    match (settings.profile, settings.unverified.list_key) {
        (Profile::Documented, _) | (Profile::Live, ListKey::Webhooks) => "webhooks",
        (Profile::Live, ListKey::Integrations) => "integrations",
        (Profile::Live, ListKey::Items) => "items",
    }
}

/// Why a request was not served.
#[derive(Debug)]
pub(crate) enum Refusal {
    NoCall(NoCall),
    Unauthorized(&'static str),
    BodyTooLarge { limit: &'static str },
    Invalid(Problem),
    NoSuchWebhook,
    NoSuchDataSource,
    NoSuchPage,
    IdentifierTaken,
    RateLimited,
}

impl From<NoCall> for Refusal {
    fn from(no_call: NoCall) -> Self {
        Self::NoCall(no_call)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Invalid(problem)
    }
}

impl Refusal {
    pub(crate) fn into_reply(self, unverified: Unverified) -> Reply {
        let mut allowed = None;
        let (status, message, details) = match self {
            Self::NoCall(NoCall::NoRoute) => (StatusCode::NOT_FOUND, "no such route".into(), json!({})),
            Self::NoCall(NoCall::MethodNotAllowed { allow }) => {
                allowed = Some(("allow", allow.to_owned()));
                (StatusCode::METHOD_NOT_ALLOWED, "this route does not know this method".into(), json!({}))
            }
            Self::NoSuchWebhook => {
                (StatusCode::NOT_FOUND, "no webhook with this identifier".into(), json!({}))
            }
            Self::NoSuchDataSource => {
                (StatusCode::NOT_FOUND, "no data source has the key in this path".into(), json!({}))
            }
            Self::NoSuchPage => (StatusCode::NOT_FOUND, "no such page".into(), json!({})),
            Self::Unauthorized(reason) => (StatusCode::UNAUTHORIZED, reason.into(), json!({})),
            Self::BodyTooLarge { limit } => {
                (StatusCode::PAYLOAD_TOO_LARGE, format!("the body is over {limit}"), json!({}))
            }
            Self::Invalid(problem) => {
                let status = error::validation_status(unverified);
                (status, problem.to_string(), json!({ "field": problem.field() }))
            }
            Self::IdentifierTaken => {
                let message = "identifier: another webhook has it".into();
                (StatusCode::CONFLICT, message, json!({ "field": "identifier" }))
            }
            Self::RateLimited => {
                let message = "no requests are left in this window of the rate limit".into();
                (StatusCode::TOO_MANY_REQUESTS, message, json!({}))
            }
        };
        let name = error::name(status, unverified);
        let mut reply = Reply::new(status, error::body(&name, &message, &details, unverified));
        reply.headers.extend(allowed);
        reply
    }
}
