//! Responses of the API: success envelopes and errors, in their wire form.
//!
//! No message repeats a secret, a header value or a token; a message names the field instead.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};

use crate::call::NoRoute;
use crate::json::{JSON, Webhook};
use crate::profile::{CreateStatus, ListKey, Profile, Unverified, ValidationStatus};
use crate::settings::Settings;
use crate::validate::Problem;

pub(crate) type Response = http::Response<Bytes>;

/// A response with a body, or with none where there is no content type.
pub(crate) fn with_body(
    status: StatusCode,
    content_type: Option<HeaderValue>,
    body: impl Into<Bytes>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().extend(content_type.map(|value| (CONTENT_TYPE, value)));
    response
}

pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // Values of this crate always serialize. Unlike `Value::to_string`, this does not go through the formatter.
    let body = serde_json::to_vec(body).unwrap_or_default();
    with_body(status, Some(HeaderValue::from_static(JSON)), body)
}

/// The body of a success: `ok` and one member, serialized from where it is stored.
struct Envelope<'a, T> {
    key: &'a str,
    content: T,
}

impl<T: Serialize> Serialize for Envelope<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(2))?;
        members.serialize_entry("ok", &true)?;
        members.serialize_entry(self.key, &self.content)?;
        members.end()
    }
}

/// Success without content.
pub(crate) fn done() -> Response {
    json(StatusCode::OK, &json!({ "ok": true }))
}

/// Success with one member.
pub(crate) fn success(status: StatusCode, key: &str, content: impl Serialize) -> Response {
    json(status, &Envelope { key, content })
}

/// An event that was received.
pub(crate) fn accepted() -> Response {
    json(StatusCode::ACCEPTED, &json!({ "ok": true }))
}

/// A token with the seconds it has left.
pub(crate) fn token(token: &str, seconds: i64) -> Response {
    let body = json!({ "ok": true, "accessToken": token, "expiresIn": seconds, "tokenType": "Bearer" });
    json(StatusCode::OK, &body)
}

/// One webhook that was read or changed.
pub(crate) fn webhook(settings: &Settings, webhook: &Webhook) -> Response {
    let key = match settings.profile {
        Profile::Documented => "webhook",
        Profile::Live => "integration",
    };
    json(StatusCode::OK, &Envelope { key, content: webhook })
}

/// One webhook that was created.
pub(crate) fn created(settings: &Settings, webhook: &Webhook) -> Response {
    let mut response = self::webhook(settings, webhook);
    *response.status_mut() = match settings.unverified.create_status {
        CreateStatus::Created => StatusCode::CREATED,
        CreateStatus::Ok => StatusCode::OK,
    };
    response
}

/// Several webhooks, or parts of them; null instead of a list if there are none.
pub(crate) fn list(settings: &Settings, content: impl Serialize) -> Response {
    let key = match (settings.profile, settings.unverified.list_key) {
        (Profile::Documented, _) | (Profile::Live, ListKey::Webhooks) => "webhooks",
        (Profile::Live, ListKey::Integrations) => "integrations",
        (Profile::Live, ListKey::Items) => "items",
    };
    json(StatusCode::OK, &Envelope { key, content })
}

/// An error as the API writes it, with this name or the one of its status.
pub(crate) fn error(
    status: StatusCode,
    name: Option<&str>,
    message: &str,
    details: &Value,
    unverified: Unverified,
) -> Response {
    let name = name.map_or_else(|| name_of(status, unverified), str::to_owned);
    let error = if unverified.error_object {
        json!({ "name": name, "message": message, "details": details })
    } else {
        json!(name)
    };
    json(status, &json!({ "ok": false, "error": error, "message": message }))
}

/// The name of a status that the API does not use is its reason phrase.
fn name_of(status: StatusCode, unverified: Unverified) -> String {
    if status == validation_status(unverified) || status == StatusCode::UNPROCESSABLE_ENTITY {
        return "validation_error".to_owned();
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return "rate_limited".to_owned();
    }
    status.canonical_reason().unwrap_or("error").to_ascii_lowercase().replace(' ', "_")
}

fn validation_status(unverified: Unverified) -> StatusCode {
    match unverified.validation_status {
        ValidationStatus::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        ValidationStatus::BadRequest => StatusCode::BAD_REQUEST,
    }
}

/// Why a request was rejected.
#[derive(Debug)]
pub(crate) struct Rejection {
    /// `None` for a body or a query that is not valid: its status is a switch.
    status: Option<StatusCode>,
    message: String,
    /// The part of the request that is wrong.
    field: Option<String>,
    /// The methods of the route.
    allow: Option<String>,
}

impl From<NoRoute> for Rejection {
    fn from(NoRoute(methods): NoRoute) -> Self {
        methods.map_or_else(|| Self::not_found("no such route"), Self::method)
    }
}

impl From<Problem> for Rejection {
    fn from(problem: Problem) -> Self {
        let field = Some(problem.field().to_owned());
        Self { status: None, message: problem.to_string(), field, allow: None }
    }
}

impl Rejection {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status: Some(status), message: message.into(), field: None, allow: None }
    }

    pub(crate) fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn conflict() -> Self {
        let rejection = Self::new(StatusCode::CONFLICT, "identifier: another webhook has it");
        Self { field: Some("identifier".to_owned()), ..rejection }
    }

    /// A request with another method than these, which the route has.
    pub(crate) fn method(methods: String) -> Self {
        let rejection = Self::new(StatusCode::METHOD_NOT_ALLOWED, "this route does not know this method");
        Self { allow: Some(methods), ..rejection }
    }

    pub(crate) fn is_rate_limit(&self) -> bool {
        self.status == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    pub(crate) fn into_response(self, unverified: Unverified) -> Response {
        let status = self.status.unwrap_or_else(|| validation_status(unverified));
        let details = self.field.map_or_else(|| json!({}), |field| json!({ "field": field }));
        let mut response = error(status, None, &self.message, &details, unverified);
        let allow = self.allow.and_then(|methods| HeaderValue::try_from(methods).ok());
        response.headers_mut().extend(allow.map(|methods| (ALLOW, methods)));
        response
    }
}
