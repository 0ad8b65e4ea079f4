//! Keywords of a schema that are compared as they are, and those that are not compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// What holds when a keyword stands twice in schemas that hold at once.
#[derive(Clone, Copy)]
enum Twice {
    Largest,
    Smallest,
    Both,
    /// It describes and does not limit: the outer one counts.
    First,
}

const STRING: &str = "string";
const NUMBER: &str = "number";
const ARRAY: &str = "array";
const OBJECT: &str = "object";
const ANY: &str = "";

const COMPARED: &[(&str, &str, Twice)] = &[
    ("minLength", STRING, Twice::Largest),
    ("maxLength", STRING, Twice::Smallest),
    ("pattern", STRING, Twice::Both),
    ("minimum", NUMBER, Twice::Largest),
    ("maximum", NUMBER, Twice::Smallest),
    ("exclusiveMinimum", NUMBER, Twice::Largest),
    ("exclusiveMaximum", NUMBER, Twice::Smallest),
    ("multipleOf", NUMBER, Twice::Both),
    ("minItems", ARRAY, Twice::Largest),
    ("maxItems", ARRAY, Twice::Smallest),
    ("uniqueItems", ARRAY, Twice::Largest),
    ("minProperties", OBJECT, Twice::Largest),
    ("maxProperties", OBJECT, Twice::Smallest),
    ("format", ANY, Twice::Both),
    ("default", ANY, Twice::First),
    ("deprecated", ANY, Twice::First),
    ("readOnly", ANY, Twice::First),
    ("writeOnly", ANY, Twice::First),
];

/// Keywords that limit what is valid in a way that has no comparison here.
const NOT_COMPARED: &[(&str, &str)] = &[
    ("not", ANY),
    ("discriminator", ANY),
    ("$dynamicRef", ANY),
    ("$recursiveRef", ANY),
    ("contentEncoding", STRING),
    ("contentMediaType", STRING),
    ("contentSchema", STRING),
    ("prefixItems", ARRAY),
    ("additionalItems", ARRAY),
    ("contains", ARRAY),
    ("minContains", ARRAY),
    ("maxContains", ARRAY),
    ("unevaluatedItems", ARRAY),
    ("patternProperties", OBJECT),
    ("propertyNames", OBJECT),
    ("dependencies", OBJECT),
    ("dependentRequired", OBJECT),
    ("dependentSchemas", OBJECT),
    ("unevaluatedProperties", OBJECT),
];

/// Keywords that the rest of the comparison reads, and that tell a type.
const STRUCTURE: &[(&str, &str)] =
    &[("properties", OBJECT), ("required", OBJECT), ("additionalProperties", OBJECT), ("items", ARRAY)];

pub(super) type Keywords = BTreeMap<&'static str, Value>;

/// The type that the keywords of a schema are about, when it names none and they agree.
pub(super) fn implied_type(schema: &Map<String, Value>) -> Option<&'static str> {
    let compared = COMPARED.iter().map(|(name, kind, _)| (*name, *kind));
    let kinds: BTreeSet<&str> = compared
        .chain(NOT_COMPARED.iter().copied())
        .chain(STRUCTURE.iter().copied())
        .filter(|(name, kind)| *kind != ANY && schema.contains_key(*name))
        .map(|(_, kind)| kind)
        .collect();
    if kinds.len() == 1 { kinds.into_iter().next() } else { None }
}

/// The keywords of a schema that are about a type; all of them, when it has none.
pub(super) fn read(schema: &Map<String, Value>, kind: Option<&str>) -> Keywords {
    COMPARED
        .iter()
        .filter(|(_, about, _)| is_about(about, kind))
        .filter_map(|(name, ..)| Some((*name, said(schema, name)?)))
        .collect()
}

/// The keywords of a schema that cannot be compared.
pub(super) fn read_others<'a>(
    schema: &'a Map<String, Value>,
    kind: Option<&str>,
) -> Vec<(&'static str, &'a Value)> {
    let mut others: Vec<_> = NOT_COMPARED
        .iter()
        .filter(|(_, about)| is_about(about, kind))
        .filter_map(|(name, _)| Some((*name, schema.get(*name)?)))
        .filter(|(name, value)| !says_nothing(name, value))
        .collect();
    // The form of a tuple that came before `prefixItems`.
    if is_about(ARRAY, kind)
        && let Some(items @ Value::Array(_)) = schema.get("items")
    {
        others.push(("items", items));
    }
    others
}

fn is_about(about: &str, kind: Option<&str>) -> bool {
    about == ANY || kind.is_none_or(|kind| kind == about || (kind == "integer" && about == NUMBER))
}

/// The value of a keyword in the form that all versions share, unless it says nothing.
fn said(schema: &Map<String, Value>, name: &str) -> Option<Value> {
    let own = schema.get(name);
    let value = match name {
        // 3.0: a flag that says how `minimum` is meant. 3.1: the limit itself.
        "exclusiveMinimum" | "exclusiveMaximum" if own == Some(&Value::Bool(true)) => {
            schema.get(if name == "exclusiveMinimum" { "minimum" } else { "maximum" })
        }
        "minimum" if schema.get("exclusiveMinimum") == Some(&Value::Bool(true)) => None,
        "maximum" if schema.get("exclusiveMaximum") == Some(&Value::Bool(true)) => None,
        _ => own,
    }?;
    let value = number(value);
    let says_nothing = match name {
        "minLength" | "minItems" | "minProperties" => value == 0,
        "default" => false,
        _ => value == false,
    };
    (!says_nothing).then_some(value)
}

fn says_nothing(name: &str, value: &Value) -> bool {
    match value {
        Value::Bool(true) => true,
        Value::Object(members) if name == "propertyNames" => {
            members.iter().all(|(key, value)| key == "type" && value == "string")
        }
        _ => false,
    }
}

/// What holds when both hold.
pub(super) fn merge(outer: &mut Keywords, inner: &Keywords) {
    for (name, value) in inner {
        let Some(own) = outer.get_mut(name) else {
            outer.insert(name, value.clone());
            continue;
        };
        let twice = COMPARED.iter().find(|(keyword, ..)| keyword == name).map(|(.., twice)| *twice);
        let (old, new) = (own.as_f64(), value.as_f64());
        match twice {
            Some(Twice::Largest) if new > old => *own = value.clone(),
            Some(Twice::Smallest) if new < old => *own = value.clone(),
            Some(Twice::Both) if own != value => *own = both(own, value),
            _ => {}
        }
    }
}

fn both(one: &Value, other: &Value) -> Value {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    let mut all: Vec<Value> = list(one);
    for value in list(other) {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    all.sort_by_key(text);
    Value::Array(all)
}

/// A number without a fraction is written without one: `30.0` is `30`.
pub(super) fn number(value: &Value) -> Value {
    let whole = value.as_f64().filter(|number| value.is_f64() && number.fract() == 0.0);
    whole
        .and_then(|number| format!("{number:.0}").parse::<i64>().ok())
        .map_or_else(|| value.clone(), Value::from)
}

/// A value as JSON, with the members of objects in order.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let sorted: BTreeMap<&String, String> =
                members.iter().map(|(key, value)| (key, text(value))).collect();
            let members: Vec<String> = sorted.iter().map(|(key, value)| format!("{key:?}:{value}")).collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(",")),
        other => number(other).to_string(),
    }
}
