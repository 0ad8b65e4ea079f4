//! A body as a caller of the client writes it: by the setters, and by `field` for what none takes.

use port_webhooks::{NewWebhook, SecurityPatch, SignatureAlgorithm, WebhookPatch, WebhookReplacement};
use serde_json::{Value, from_value};

use super::port::Body;

macro_rules! with_setters {
    ($start:expr, $body:expr, $with_security:expr) => {
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
            ("security", Value::Object(members)) => $with_security(request, members),
            ("enabled", Value::Bool(enabled)) => request.enabled(*enabled),
            ("mappings", Value::Array(_)) => request.mappings(mappings(value)),
            ("integrationType", Value::String(text)) => request.integration_type(text.as_str()),
            _ => request.field(name, value.clone()),
        })
    };
}

pub fn new_webhook(body: &Body) -> NewWebhook {
    with_setters!(NewWebhook::default(), body, |webhook: NewWebhook, members| match secret(members) {
        Some(Value::String(text)) => webhook.secret(text.as_str()),
        _ => webhook.security(security(members)),
    })
}

pub fn replacement(body: &Body) -> WebhookReplacement {
    with_setters!(WebhookReplacement::default(), body, |whole: WebhookReplacement, members| match secret(
        members
    ) {
        Some(Value::String(text)) => whole.secret(text.as_str()),
        _ => whole.security(security(members)),
    })
}

pub fn patch(body: &Body) -> WebhookPatch {
    let set: Body = body.clone().into_iter().filter(|(_, value)| !value.is_null()).collect();
    let cleared = body.iter().filter(|(_, value)| value.is_null());
    let patch =
        with_setters!(WebhookPatch::new(), set, |patch: WebhookPatch, members| match secret(members) {
            Some(Value::String(text)) => patch.secret(text.as_str()),
            Some(Value::Null) => patch.clear_secret(),
            _ => patch.security(security_patch(members)),
        });
    cleared.fold(patch, |patch, (name, null)| match name.as_str() {
        "title" => patch.clear_title(),
        "description" => patch.clear_description(),
        "headers" => patch.clear_headers(),
        "security" => patch.clear_security(),
        _ => patch.field(name, null.clone()),
    })
}

/// The secret, if it is all there is: it has setters of its own.
fn secret(members: &Body) -> Option<&Value> {
    members.get("secret").filter(|_| members.len() == 1)
}

fn security(members: &Body) -> port_webhooks::Security {
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

fn mappings(value: &Value) -> Vec<port_webhooks::Mapping> {
    from_value(value.clone()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
