//! The bodies that the fake accepts, each as a table of its members.

use serde_json::{Map, Value};
use url::Url;

use super::rule::Rule::{Check, Clearable, Filled, List, Nullable, Object, OneOf, Open, Sized, Where};
use super::rule::{Checked, Context, FLAG, Members, OBJECT, Problem, TEXT, each_member, object, string};
use crate::delivery::PortEvent;

pub(crate) const CREDENTIALS: Members =
    Members(&["clientId", "clientSecret"], &[("clientId", TEXT), ("clientSecret", TEXT)]);

/// A documented webhook: an outgoing subscription.
pub(super) const SUBSCRIPTION: Members = Members(
    &["identifier", "url", "events"],
    &[
        ("identifier", Sized(1, 30)),
        ("title", Clearable(&Sized(0, 30))),
        ("description", Clearable(&Sized(0, 200))),
        ("url", Check(url)),
        ("events", Filled(&Check(event))),
        ("headers", Clearable(&Check(headers))),
        ("security", Clearable(&Object(Members(&[], &[("secret", Clearable(&Sized(1, usize::MAX)))])))),
        ("enabled", FLAG),
    ],
);

/// A live webhook: an incoming data source.
pub(super) const DATA_SOURCE: Members = Members(
    &["title", "enabled"],
    &[
        ("identifier", Sized(1, 30)),
        ("title", Sized(0, 30)),
        ("description", Sized(0, 200)),
        ("icon", TEXT),
        ("mappings", List(&Check(mapping))),
        ("enabled", FLAG),
        ("security", Object(SECURITY)),
        ("integrationType", OneOf(&["custom", "template"])),
    ],
);

const SECURITY: Members = Members(
    &[],
    &[
        ("secret", Nullable(&TEXT)),
        ("signatureHeaderName", Nullable(&TEXT)),
        ("signatureAlgorithm", Nullable(&OneOf(&["sha1", "sha256", "plain"]))),
        ("signaturePrefix", Nullable(&TEXT)),
        ("requestIdentifierPath", Nullable(&TEXT)),
    ],
);

/// A mapping that creates or updates entities.
const UPSERT: Members = Members(
    &["blueprint", "entity"],
    &[
        ("blueprint", TEXT),
        ("filter", TEXT),
        ("itemsToParse", TEXT),
        ("operation", Where(is_upsert, "must be a form of create, update, upsert or delete")),
        ("entity", Object(ENTITY)),
    ],
);

const ENTITY: Members = Members(
    &["identifier"],
    &[
        ("identifier", Check(text_or_query)),
        ("team", Check(team)),
        ("title", TEXT),
        ("icon", TEXT),
        ("properties", OBJECT),
        ("relations", OBJECT),
    ],
);

/// A mapping that deletes entities. It needs only the identifier, and may have unknown members.
const DELETE: Members = Members(
    &["blueprint", "entity"],
    &[
        ("blueprint", TEXT),
        ("filter", TEXT),
        ("itemsToParse", TEXT),
        ("entity", Object(Members(&["identifier"], &[("identifier", TEXT)]))),
    ],
);

/// Search rules in place of a text.
const QUERY: Members = Members(&["combinator", "rules"], &[("combinator", TEXT), ("rules", List(&OBJECT))]);

const ENDS: &[&str] = &["SUCCESS", "FAILURE"];

pub(crate) const RUN_PATCH: Members = Members(
    &[],
    &[
        ("status", OneOf(ENDS)),
        ("statusLabel", TEXT),
        ("summary", TEXT),
        ("externalRunId", TEXT),
        ("link", Check(links)),
        // Out of use, and still in Port's description.
        ("message", OBJECT),
    ],
);

pub(crate) const RUN_LOG: Members =
    Members(&["message"], &[("message", TEXT), ("statusLabel", TEXT), ("terminationStatus", OneOf(ENDS))]);

pub(crate) const RUN_APPROVAL: Members =
    Members(&["status"], &[("status", OneOf(&["APPROVE", "DECLINE"])), ("description", TEXT)]);

pub(super) const NODE_PATCH: Members = Members(
    &[],
    &[
        ("status", OneOf(&["IN_PROGRESS", "COMPLETED"])),
        ("result", OneOf(&["SUCCESS", "FAILED", "CANCELLED"])),
        ("output", OBJECT),
    ],
);

pub(crate) const NODE_LOGS: Members = Members(&["logs"], &[("logs", Filled(&Object(NODE_LOG)))]);

const NODE_LOG: Members = Members(
    &["level", "message"],
    &[("level", OneOf(&["DEBUG", "INFO", "WARN", "ERROR"])), ("message", TEXT)],
);

fn url(value: &Value, context: &Context<'_>) -> Checked {
    let text = string(value)?;
    if !is_absolute_web_url(text) {
        return Err(Problem::new("must be an absolute http or https URL"));
    }
    match Url::parse(text) {
        Err(_) => Err(Problem::new("not a valid URL")),
        Ok(url) if context.unreachable.contains(&url) => Err(Problem::new("not reachable")),
        Ok(_) => Ok(()),
    }
}

/// Rejects what the URL parser would correct and a schema's pattern does not allow: `http:/host`, white space, a backslash
/// before the host.
fn is_absolute_web_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let host_follows = rest.starts_with(|first| !matches!(first, '/' | '?' | '#' | '\\'));
    web && host_follows && !rest.contains(|c| matches!(c, '\0'..=' ' | '\x7f'))
}

fn event(value: &Value, context: &Context<'_>) -> Checked {
    let event = string(value)?;
    let change = ["webhook.created", "webhook.updated", "webhook.deleted"].contains(&event);
    if PortEvent::DOCUMENTED.contains(&event) || (change && context.changes) {
        return Ok(());
    }
    Err(Problem::new("unknown event"))
}

fn headers(value: &Value, _: &Context<'_>) -> Checked {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+.^_`|~-".contains(&byte);
    let is_control = |c: char| c != '\t' && (c < ' ' || c == '\x7f');
    each_member(object(value)?, |name, value| {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(Problem::new("not a valid header name"));
        }
        if string(value)?.contains(is_control) {
            return Err(Problem::new("not a valid header value"));
        }
        Ok(())
    })
}

fn mapping(value: &Value, context: &Context<'_>) -> Checked {
    let deletes = value.get("operation").is_some_and(is_delete);
    let rule = if deletes { Open(DELETE) } else { Object(UPSERT) };
    rule.check(value, context)
}

/// Whether entities are created or updated, by any of the names that Port's texts have for that.
fn is_upsert(operation: &Value) -> bool {
    let name = match operation {
        Value::Object(form) if has_only(form, &["type"]) => form.get("type"),
        operation => Some(operation),
    };
    name.and_then(Value::as_str).is_some_and(|name| ["create", "update", "upsert"].contains(&name))
}

fn is_delete(operation: &Value) -> bool {
    match operation {
        Value::String(name) => name == "delete",
        Value::Object(form) => {
            has_only(form, &["type", "deleteDependents"])
                && form.get("type").is_some_and(|kind| kind == "delete")
                && form.get("deleteDependents").is_none_or(Value::is_boolean)
        }
        _ => false,
    }
}

fn has_only(object: &Map<String, Value>, known: &[&str]) -> bool {
    object.keys().all(|name| known.contains(&name.as_str()))
}

fn team(value: &Value, context: &Context<'_>) -> Checked {
    if value.is_array() { List(&TEXT).check(value, context) } else { text_or_query(value, context) }
}

fn text_or_query(value: &Value, context: &Context<'_>) -> Checked {
    match value {
        Value::String(_) => Ok(()),
        Value::Object(query) => QUERY.check(query, context),
        _ => Err(Problem::new("must be a string or an object")),
    }
}

fn links(value: &Value, context: &Context<'_>) -> Checked {
    match value {
        Value::String(_) => Ok(()),
        Value::Array(_) => List(&TEXT).check(value, context),
        _ => Err(Problem::new("must be a string or an array of strings")),
    }
}
