//! How a declared webhook differs from the one that is there, field by field.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::{Document, Ordered};

/// One field, or one member of a field that has members, that is not as it is declared.
#[derive(Debug, PartialEq)]
pub(crate) struct Difference {
    /// The field of the webhook, such as `headers`.
    pub(crate) field: String,
    /// What of it, such as `headers.X-Key`; the field itself where it has no members.
    pub(crate) path: String,
    pub(crate) change: Change,
    /// Whether what it holds must not be shown.
    pub(crate) hidden: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Change {
    Set(Value),
    Replace { from: Value, to: Value },
    Clear(Value),
}

/// What is not as it is declared, in the order of the documentation. Fields that are not declared do not differ.
pub(super) fn differences(document: &Document, there: &Map<String, Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    for (name, declared) in Ordered(&document.fields).fields().filter(|(name, _)| *name != "identifier") {
        let there = there.get(name).unwrap_or(&Value::Null);
        match name {
            // Headers are replaced as a whole, so one that is not declared goes.
            "headers" => members(document, name, declared, there, true, &mut found),
            "security" => {
                members(document, name, declared, there, declared.is_null(), &mut found);
            }
            _ if is_same(name, declared, there) => {}
            _ => found.push(difference(document, name, name.to_owned(), declared, there)),
        }
    }
    found
}

/// Compares a field member by member; as a whole, those that are not declared are to go.
fn members(
    document: &Document,
    field: &str,
    declared: &Value,
    there: &Value,
    whole: bool,
    found: &mut Vec<Difference>,
) {
    let empty = Map::new();
    let declared = declared.as_object().unwrap_or(&empty);
    let there = there.as_object().unwrap_or(&empty);
    for (name, value) in declared {
        let old = there.get(name).unwrap_or(&Value::Null);
        if value != old {
            found.push(difference(document, field, format!("{field}.{name}"), value, old));
        }
    }
    if whole {
        for (name, old) in there.iter().filter(|(name, old)| !declared.contains_key(*name) && !old.is_null())
        {
            found.push(difference(document, field, format!("{field}.{name}"), &Value::Null, old));
        }
    }
}

fn difference(document: &Document, field: &str, path: String, declared: &Value, there: &Value) -> Difference {
    let hidden = document.is_hidden(&path);
    let change = match (declared, there) {
        (Value::Null, old) => Change::Clear(old.clone()),
        (new, Value::Null) => Change::Set(new.clone()),
        (new, old) => Change::Replace { from: old.clone(), to: new.clone() },
    };
    Difference { field: field.to_owned(), path, change, hidden }
}

/// Whether there is nothing to do. An empty list is none; events have no order, and one twice is one.
fn is_same(name: &str, declared: &Value, there: &Value) -> bool {
    match (declared, there) {
        (Value::Array(new), Value::Array(old)) if name == "events" => {
            let (new, old): (BTreeSet<_>, BTreeSet<_>) = (
                new.iter().filter_map(Value::as_str).collect(),
                old.iter().filter_map(Value::as_str).collect(),
            );
            new == old
        }
        (new, old) => new == old || (is_nothing(new) && is_nothing(old)),
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
