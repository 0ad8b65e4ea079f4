//! How a wanted webhook differs from the one that Port has, field by field.

use std::collections::BTreeSet;
use std::fmt;

use port_webhooks_api::{Webhook, WebhookPatch};
use serde_json::{Map, Value, json};

use super::to_map;
use super::wanted::WantedWebhook;

/// The members of `security` that are no secrets. An unknown one may be a secret.
const SETTINGS: [&str; 4] =
    ["signatureHeaderName", "signatureAlgorithm", "signaturePrefix", "requestIdentifierPath"];

/// A field that is not as it should be, or a member of `headers` or `security`.
#[derive(Clone, PartialEq)]
pub struct Change {
    field: String,
    path: String,
    kind: ChangeKind,
}

/// How a value changes. A value may be a secret: see [`Change::is_secret`].
///
/// ```
/// use port_webhooks::plan::{ChangeKind, diff};
/// use port_webhooks::{NewWebhook, Webhook};
///
/// let current: Webhook = serde_json::from_str(r#"{ "identifier": "audit", "title": "Audit" }"#)?;
/// let wanted = NewWebhook::default().identifier("audit").title("Audit log");
/// for change in diff(&wanted.into(), &current) {
///     match change.kind() {
///         _ if change.is_secret() => println!("{} changes", change.path()),
///         ChangeKind::Replace { from, to } => println!("{}: {from} -> {to}", change.path()),
///         kind => println!("{}: {kind:?}", change.path()),
///     }
/// }
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// Port has no value.
    Set(Value),
    /// Port has another value.
    Replace {
        /// The value that Port has.
        from: Value,
        /// The value that is wanted.
        to: Value,
    },
    /// Port has this value, and should have none.
    Clear(Value),
    /// The wanted value is not known here: see [`WantedWebhook::not_compared`].
    NotCompared,
}

impl Change {
    /// The field, by its JSON name, such as `headers`.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The field, or the member of it, such as `headers.X-API-Key`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How it changes.
    pub fn kind(&self) -> &ChangeKind {
        &self.kind
    }

    /// Whether the values must not be shown: those of headers, the secret, and whatever an unknown field holds. A URL
    /// with a password in it is not counted.
    pub fn is_secret(&self) -> bool {
        match self.path.split_once('.') {
            Some(("headers", _)) => true,
            Some(("security", member)) => !SETTINGS.contains(&member),
            _ => !WebhookPatch::FIELDS.contains(&self.path.as_str()),
        }
    }

    /// Whether Port has to be changed: everything but what is not compared.
    pub fn is_pending(&self) -> bool {
        self.kind != ChangeKind::NotCompared
    }

    fn new(field: &str, path: String, wanted: &Value, current: &Value) -> Self {
        let kind = match (wanted, current) {
            (Value::Null, old) => ChangeKind::Clear(old.clone()),
            (new, Value::Null) => ChangeKind::Set(new.clone()),
            (new, old) => ChangeKind::Replace { from: old.clone(), to: new.clone() },
        };
        Self { field: field.to_owned(), path, kind }
    }
}

/// Shows no values, since one may be a secret.
impl fmt::Debug for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Change")
            .field("path", &self.path)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Shows no values, since one may be a secret.
impl fmt::Debug for ChangeKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Set(_) => "Set",
            Self::Replace { .. } => "Replace",
            Self::Clear(_) => "Clear",
            Self::NotCompared => "NotCompared",
        })
    }
}

/// Compares a wanted webhook with the one that Port has. Returns what differs, in the order of Port's documentation.
///
/// - The fields that the server sets do not matter, nor does the identifier.
/// - Headers are compared as a whole, so one that is not wanted is cleared; `security` is compared member by member.
/// - The order of events does not matter.
/// - In a mapping, a value that is absent and its default are equal, and so are the short form and the object form of
///   `operation`.
///
/// ```
/// use port_webhooks::{plan::diff, EventType, NewWebhook, Webhook};
///
/// let current: Webhook = serde_json::from_str(
///     r#"{"identifier":"audit","url":"https://a.example","events":["run.created","run.updated"],"title":"Audit"}"#,
/// )?;
/// let wanted = NewWebhook::subscription("audit", "https://a.example")
///     .events([EventType::RunUpdated, EventType::RunCreated]);
/// assert!(diff(&wanted.into(), &current).is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn diff(wanted: &WantedWebhook, current: &Webhook) -> Vec<Change> {
    changes(wanted, Some((&to_map(current), current.is_data_source())))
}

/// What differs from a webhook that Port has, or all that is sent to create one. Of a data source the `url` does not
/// matter, because the server sets it.
pub(super) fn changes(wanted: &WantedWebhook, current: Option<(&Map<String, Value>, bool)>) -> Vec<Change> {
    let is_data_source = current.is_some_and(|(_, is_data_source)| is_data_source);
    let matters = |name: &&str| *name != "identifier" && !(is_data_source && *name == "url");
    let mut found = Vec::new();
    for name in WebhookPatch::FIELDS.into_iter().chain(wanted.unknown_fields()).filter(matters) {
        let old = current.and_then(|(fields, _)| fields.get(name)).unwrap_or(&Value::Null);
        let is_uncompared = |path: &str| wanted.not_compared.contains(path);
        let has_drifted = wanted.exact && WebhookPatch::FIELDS.contains(&name) && !is_default(name, old);
        if (wanted.fields.contains_key(name) || has_drifted) && !is_uncompared(name) {
            let new = wanted.target(name);
            match name {
                "headers" => members(name, &new, old, true, &is_uncompared, &mut found),
                "security" => {
                    let whole = new.is_null() || wanted.exact;
                    members(name, &new, old, whole, &is_uncompared, &mut found);
                }
                _ if is_nothing(&new) && is_nothing(old) => {}
                _ if current.is_some() && is_same(name, &new, old) => {}
                _ => found.push(Change::new(name, name.to_owned(), &new, old)),
            }
        }
        found.extend(wanted.uncompared_in(name).map(|path| Change {
            field: name.to_owned(),
            path: path.clone(),
            kind: ChangeKind::NotCompared,
        }));
    }
    found
}

/// Compares a field member by member; as a whole, members that are not wanted are cleared.
fn members(
    field: &str,
    wanted: &Value,
    current: &Value,
    whole: bool,
    is_uncompared: &impl Fn(&str) -> bool,
    found: &mut Vec<Change>,
) {
    let empty = Map::new();
    let wanted = wanted.as_object().unwrap_or(&empty);
    let current = current.as_object().unwrap_or(&empty);
    let path = |name: &str| format!("{field}.{name}");
    for (name, value) in wanted.iter().filter(|(name, _)| !is_uncompared(&path(name))) {
        let old = current.get(name).unwrap_or(&Value::Null);
        if value != old {
            found.push(Change::new(field, path(name), value, old));
        }
    }
    let is_extra = |name: &String, old: &Value| !wanted.contains_key(name) && !old.is_null();
    for (name, old) in
        current.iter().filter(|(name, old)| whole && is_extra(name, old) && !is_uncompared(&path(name)))
    {
        found.push(Change::new(field, path(name), &Value::Null, old));
    }
}

fn is_same(name: &str, wanted: &Value, current: &Value) -> bool {
    if wanted == current {
        return true;
    }
    match (name, wanted, current) {
        ("events", Value::Array(new), Value::Array(old)) => {
            let set = |events: &[Value]| events.iter().map(Value::to_string).collect::<BTreeSet<_>>();
            set(new) == set(old)
        }
        ("mappings", Value::Array(new), Value::Array(old)) => {
            new.len() == old.len() && new.iter().zip(old).all(|(new, old)| canonical(new) == canonical(old))
        }
        ("enabled", wanted, Value::Null) => is_default(name, wanted),
        _ => false,
    }
}

/// A mapping without what says the same as nothing, and with its operation in one form.
fn canonical(mapping: &Value) -> Value {
    let mut mapping = mapping.clone();
    let Value::Object(members) = &mut mapping else { return mapping };
    members.retain(|_, value| !value.is_null());
    if let Some(Value::Object(entity)) = members.get_mut("entity") {
        entity.retain(|_, value| !value.is_null());
    }
    let operation = match members.remove("operation") {
        None => json!({ "type": "create" }),
        Some(Value::String(name)) => json!({ "type": name }),
        Some(Value::Object(mut form)) => {
            let is_default =
                form.get("deleteDependents").is_some_and(|flag| flag.is_null() || *flag == false);
            if is_default {
                form.remove("deleteDependents");
            }
            Value::Object(form)
        }
        Some(other) => other,
    };
    members.insert("operation".to_owned(), operation);
    mapping
}

/// Whether a value says the same as absence.
fn is_default(field: &str, value: &Value) -> bool {
    match field {
        "enabled" => value.is_null() || *value == true,
        // The value of every data source without a template.
        "integrationType" => value.is_null() || *value == "custom",
        _ => is_nothing(value),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
