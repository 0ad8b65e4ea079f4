//! One type of value that a schema allows, and what the schema says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ptr;

use serde_json::{Map, Value};

use super::keywords::{self, Keywords};

pub(super) const NULL: &str = "null";

/// Schemas that hold at once. None at all is anything.
pub(super) type Parts<'a> = Vec<&'a Value>;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Alternative<'a> {
    /// `None` is any type.
    pub(super) kind: Option<&'a str>,
    /// The values that are allowed, as JSON.
    pub(super) values: Option<BTreeSet<String>>,
    pub(super) keywords: Keywords,
    pub(super) properties: BTreeMap<&'a str, Parts<'a>>,
    pub(super) required: BTreeSet<&'a str>,
    /// Whether there may be further fields, and what they have to be.
    pub(super) additional: Additional<'a>,
    pub(super) items: Parts<'a>,
    /// What has no comparison here, by keyword.
    pub(super) others: BTreeMap<&'static str, Parts<'a>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Additional<'a> {
    Refused,
    Allowed(Parts<'a>),
}

impl Default for Additional<'_> {
    fn default() -> Self {
        Self::Allowed(Vec::new())
    }
}

/// What the keywords of a schema say of one type.
pub(super) fn alternative<'a>(schema: &'a Map<String, Value>, kind: Option<&'a str>) -> Alternative<'a> {
    let mut found = Alternative { kind, ..Alternative::default() };
    if kind == Some(NULL) {
        return found;
    }
    found.keywords = keywords::read(schema, kind);
    found.others =
        keywords::read_others(schema, kind).into_iter().map(|(name, value)| (name, vec![value])).collect();
    if kind.is_none_or(|kind| kind == "object") {
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        // `false` is how 3.1 says that there is no such field.
        found.properties = properties
            .filter(|(_, schema)| **schema != Value::Bool(false))
            .map(|(name, schema)| (name.as_str(), vec![schema]))
            .collect();
        found.required = list(schema, "required").filter_map(Value::as_str).collect();
        found.additional = match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => Additional::Refused,
            Some(schema) if !says_nothing(schema) => Additional::Allowed(vec![schema]),
            _ => Additional::default(),
        };
    }
    if kind.is_none_or(|kind| kind == "array")
        && let Some(items) = schema.get("items")
        && !items.is_array()
        && !says_nothing(items)
    {
        found.items.push(items);
    }
    found
}

fn says_nothing(schema: &Value) -> bool {
    *schema == Value::Bool(true) || schema.as_object().is_some_and(Map::is_empty)
}

/// The items of a keyword that is a list.
pub(super) fn list<'a>(
    schema: &'a Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'a Value> + use<'a> {
    schema.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The values of `enum` and `const`.
pub(super) fn values_of(schema: &Map<String, Value>) -> Option<Vec<&Value>> {
    let constant = schema.get("const");
    let values = schema.get("enum").and_then(Value::as_array);
    match (constant, values) {
        (None, None) => None,
        (Some(constant), None) => Some(vec![constant]),
        (None, Some(values)) => Some(values.iter().collect()),
        (Some(constant), Some(values)) => Some(values.iter().filter(|value| *value == constant).collect()),
    }
}

pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => NULL,
        Value::Bool(_) => "boolean",
        Value::Number(_) if keywords::number(value).is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Adds what is not there yet.
pub(super) fn add<'a>(to: &mut Parts<'a>, parts: &[&'a Value]) {
    for part in parts {
        if !to.iter().any(|there| ptr::eq(*there, *part)) {
            to.push(part);
        }
    }
}

/// Alternatives that differ in their values alone are one: `a` or `b` is an enumeration of both.
pub(super) fn united(alternatives: Vec<Alternative<'_>>) -> Vec<Alternative<'_>> {
    let mut all: Vec<Alternative<'_>> = Vec::new();
    for mut alternative in alternatives {
        let values = alternative.values.take();
        let same = all.iter_mut().find(|other| {
            other.values.is_some() == values.is_some()
                && *other == &Alternative { values: other.values.clone(), ..alternative.clone() }
        });
        match (same, values) {
            (Some(same), Some(values)) => same.values.get_or_insert_default().extend(values),
            (Some(_), None) => {}
            (None, values) => all.push(Alternative { values, ..alternative }),
        }
    }
    all
}
