//! A body as a caller of the client writes it: by the setters, and by `field` for what none takes.

use port_webhooks::{
    NewWebhook, WebhookPatch,
    types::{SecurityPatch, SignatureAlgorithm, WebhookReplacement},
};
use serde_json::{Value, from_value, json};

use super::port::Body;

macro_rules! with_setters {
    ($start:expr, $body:expr, $security:expr) => {
        $body.iter().fold($start, |request, (name, value)| match (name.as_str(), value) {
            ("identifier", Value::String(text)) => request.identifier(text),
            ("title", Value::String(text)) => request.title(text),
            ("description", Value::String(text)) => request.description(text),
            ("icon", Value::String(text)) => request.icon(text),
            ("url", Value::String(text)) => request.url(text),
            ("events", Value::Array(events)) => request.events(events.iter().map(text)),
            ("headers", Value::Object(headers)) => {
                request.headers(headers.iter().map(|(name, value)| (name, text(value))))
            }
            ("security", Value::Object(members)) => match secret_alone(members) {
                Some(secret) => request.secret(secret),
                None => request.security($security(members)),
            },
            ("enabled", Value::Bool(enabled)) => request.enabled(*enabled),
            ("mappings", Value::Array(_)) => request.mappings(mappings(value)),
            ("integrationType", Value::String(text)) => request.integration_type(text.as_str()),
            _ => request.field(name, value.clone()),
        })
    };
}

pub fn new_webhook(body: &Body) -> NewWebhook {
    with_setters!(NewWebhook::default(), body, security)
}

pub fn replacement(body: &Body) -> WebhookReplacement {
    with_setters!(WebhookReplacement::default(), body, security)
}

pub fn patch(body: &Body) -> WebhookPatch {
    let clears = |value: &Value| value.is_null() || *value == json!({ "secret": null });
    let set: Body = body.clone().into_iter().filter(|(_, value)| !clears(value)).collect();
    let cleared = body.iter().filter(|(_, value)| clears(value));
    let patch = with_setters!(WebhookPatch::new(), set, security_patch);
    cleared.fold(patch, |patch, (name, value)| match name.as_str() {
        "title" => patch.clear_title(),
        "description" => patch.clear_description(),
        "headers" => patch.clear_headers(),
        "security" if value.is_null() => patch.clear_security(),
        "security" => patch.clear_secret(),
        _ => patch.field(name, value.clone()),
    })
}

/// Security settings with a secret alone have their own setter.
fn secret_alone(members: &Body) -> Option<&str> {
    members.get("secret").filter(|_| members.len() == 1)?.as_str()
}

fn security(members: &Body) -> port_webhooks::types::Security {
    from_value(Value::Object(members.clone())).unwrap()
}

fn security_patch(members: &Body) -> SecurityPatch {
    members.iter().fold(SecurityPatch::new(), |mut patch, (name, value)| match (name.as_str(), value) {
        ("secret", Value::String(text)) => patch.secret(text.as_str()),
        ("secret", Value::Null) => patch.clear_secret(),
        ("signatureHeaderName", Value::String(text)) => patch.signature_header_name(text),
        ("signatureHeaderName", Value::Null) => patch.clear_signature_header_name(),
        ("signatureAlgorithm", Value::String(text)) => {
            patch.signature_algorithm(SignatureAlgorithm::from(text.as_str()))
        }
        ("signatureAlgorithm", Value::Null) => patch.clear_signature_algorithm(),
        ("signaturePrefix", Value::String(text)) => patch.signature_prefix(text),
        ("signaturePrefix", Value::Null) => patch.clear_signature_prefix(),
        ("requestIdentifierPath", Value::String(text)) => patch.request_identifier_path(text),
        ("requestIdentifierPath", Value::Null) => patch.clear_request_identifier_path(),
        _ => {
            patch.extra.insert(name.clone(), value.clone());
            patch
        }
    })
}

fn mappings(value: &Value) -> Vec<port_webhooks::types::Mapping> {
    from_value(value.clone()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
