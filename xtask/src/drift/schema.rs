//! A schema as lines: the types and values that each place of a JSON value can have.
//!
//! However it is written, a schema becomes alternatives, each of one type or one value: references are followed,
//! `allOf` is merged into each alternative, and `oneOf`, `anyOf`, a list of types, `enum` and `if` give several.
//! Fields are expanded only when the walk reaches them.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::lines::{Lines, Place};

/// How many alternatives one place can have.
const MAX_ALTERNATIVES: usize = 1_000;
/// How deep schemas can be nested, and how many references can lead to each other.
pub(super) const MAX_DEPTH: usize = 48;
/// How many schemas are read in one document, since a few lines can stand for very many.
const MAX_STEPS: usize = 50_000;

/// The keywords that limit the values of one type only.
const ABOUT: [(&str, &[&str]); 4] = [
    ("string", &["maxLength", "minLength", "pattern"]),
    ("number", &["exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"]),
    ("array", &["items", "maxItems", "minItems", "uniqueItems"]),
    (
        "object",
        &[
            "additionalProperties",
            "maxProperties",
            "minProperties",
            "patternProperties",
            "properties",
            "required",
        ],
    ),
];
/// Keywords that do not limit anything, and those that make alternatives.
const SILENT: &[&str] = &[
    "$comment",
    "$defs",
    "$schema",
    "description",
    "example",
    "examples",
    "externalDocs",
    "nullable",
    "title",
    "xml",
];
const STRUCTURE: &[&str] =
    &["$ref", "allOf", "anyOf", "const", "else", "enum", "if", "oneOf", "then", "type"];

/// Keywords that limit one type or one value, which is its `enum`.
type Alternative = Map<String, Value>;
type Alternatives = Result<Vec<Alternative>, String>;

/// Reads one document into lines.
pub(super) struct Reader<'a> {
    pub(super) root: &'a Value,
    pub(super) lines: &'a mut Lines,
    /// How many schemas were read.
    pub(super) steps: usize,
    /// The contract's names of the parameters in the current path.
    pub(super) renamed: BTreeMap<String, String>,
}

impl<'a> Reader<'a> {
    /// Adds the lines of a schema and of everything inside it.
    pub(super) fn schema(&mut self, place: &Place, schema: Option<&Value>) {
        self.visit(place, schema.unwrap_or(&Value::Bool(true)), &mut Vec::new());
        if self.steps > MAX_STEPS {
            self.lines.unread(place, format!("the document has more than {MAX_STEPS} schemas"));
        }
    }

    /// `above` has the schemas that this one is a field of, and their places.
    fn visit(&mut self, place: &Place, schema: &Value, above: &mut Vec<(Value, String)>) {
        if let Some((_, same)) = above.iter().find(|(one, _)| one == schema) {
            return self.lines.fact(place, format!("the same as {same}"));
        }
        let alternatives = match self.settled(schema, above.len()) {
            Ok(alternatives) => alternatives,
            Err(reason) => return self.lines.unread(place, reason),
        };
        if alternatives.is_empty() {
            self.lines.fact(place, "no value");
        }
        let mut children: BTreeMap<String, (Place, Vec<Value>)> = BTreeMap::new();
        let mut groups = BTreeSet::new();
        for alternative in &alternatives {
            self.describe(place, alternative);
            for name in texts(alternative.get("required")) {
                self.lines.fact(&place.field(name), "required");
            }
            let fields = fields(alternative).into_iter().map(|(name, schema)| (place.field(name), schema));
            let others = [("[]", "items"), ("{}", "additionalProperties")].into_iter();
            let others = others.filter_map(|(step, key)| Some((place.step(step), alternative.get(key)?)));
            for (child, schema) in fields.chain(others.filter(|(_, schema)| schema.is_object())) {
                let (_, schemas) = children.entry(child.text.clone()).or_insert((child, Vec::new()));
                if !schemas.contains(schema) {
                    schemas.push(schema.clone());
                }
            }
            if alternative.get("type").is_some_and(|kind| kind == "object") {
                groups.insert(self.group(alternative));
            }
        }
        for group in groups.iter().filter(|_| groups.len() > 1) {
            self.lines.fact(place, group);
        }
        above.push((schema.clone(), place.text.clone()));
        for (place, mut schemas) in children.into_values() {
            let schema = if schemas.len() == 1 { schemas.remove(0) } else { json!({ "anyOf": schemas }) };
            self.visit(&place, &schema, above);
        }
        above.pop();
    }

    /// The type or the value with its limits. What does not limit anything has its own line.
    fn describe(&mut self, place: &Place, alternative: &Alternative) {
        let mut text = head(alternative);
        for (key, value) in alternative {
            match key.as_str() {
                "default" | "deprecated" | "readOnly" | "writeOnly" => {
                    self.lines.fact(place, format!("{key}={value}"));
                }
                "type" | "enum" => {}
                "items" | "additionalProperties" | "properties" if value.is_object() => {}
                "required" if is_texts(value) => {}
                _ => text.extend([" ", key, "=", &value.to_string()]),
            }
        }
        self.lines.fact(place, text);
    }

    /// Which fields belong together, since the fields of all alternatives share their places.
    fn group(&mut self, alternative: &Alternative) -> String {
        let mut all = Vec::new();
        for (name, schema) in fields(alternative) {
            let mark = if texts(alternative.get("required")).any(|one| one == name) { "!" } else { "" };
            let heads: BTreeSet<String> = self.settled(schema, 0).iter().flatten().map(head).collect();
            all.push(format!("{name}{mark}: {}", heads.into_iter().collect::<Vec<_>>().join("|")));
        }
        format!("one of {{{}}}", all.join(", "))
    }

    /// The alternatives, with the type that keywords imply, and without keywords about other types.
    fn settled(&mut self, schema: &Value, depth: usize) -> Alternatives {
        let mut all = self.alternatives(schema, &mut vec![None; depth])?;
        let about = |key: &str| ABOUT.iter().find(|(_, keys)| keys.contains(&key)).map(|(kind, _)| *kind);
        for alternative in &mut all {
            let implied: BTreeSet<&str> = alternative.keys().filter_map(|key| about(key)).collect();
            if let (1, Some(kind)) = (implied.len(), implied.first()) {
                alternative.entry("type").or_insert((*kind).into());
            }
            if let Some(kind) = alternative.get("type").cloned() {
                let kind = if kind == "integer" { "number".into() } else { kind };
                alternative.retain(|key, _| about(key).is_none_or(|about| kind == about));
            }
        }
        Ok(all)
    }

    /// `inside` has an entry for each schema around this one: its reference, if it is one.
    fn alternatives(&mut self, schema: &Value, inside: &mut Vec<Option<Value>>) -> Alternatives {
        self.step()?;
        let schema = match schema {
            Value::Bool(false) => return Ok(Vec::new()),
            Value::Bool(true) => return Ok(vec![Map::new()]),
            Value::Object(schema) => schema,
            _ => return Err("a schema that is not an object".to_owned()),
        };
        let reference = schema.get("$ref").cloned();
        if inside.len() > MAX_DEPTH || (reference.is_some() && inside.contains(&reference)) {
            return Err(format!(
                "a $ref that leads to itself, or more than {MAX_DEPTH} schemas in each other"
            ));
        }
        let target = reference.as_ref().map(|reference| self.target(reference)).transpose()?;
        inside.push(reference);
        let mut all = own(schema)?;
        for part in target.into_iter().chain(list(schema, "allOf")?.into_iter().flatten()) {
            let part = self.alternatives(part, inside)?;
            all = self.both(&all, &part)?;
        }
        for branches in [list(schema, "oneOf")?, list(schema, "anyOf")?].into_iter().flatten() {
            let mut any = Vec::new();
            for branch in branches {
                any.extend(self.alternatives(branch, inside)?);
            }
            all = self.both(&all, &any)?;
        }
        if let Some(condition) = schema.get("if") {
            let [then, otherwise] =
                ["then", "else"].map(|name| schema.get(name).unwrap_or(&Value::Bool(true)));
            let (condition, then) = (self.alternatives(condition, inside)?, self.alternatives(then, inside)?);
            let mut any = self.both(&condition, &then)?;
            any.extend(self.alternatives(otherwise, inside)?);
            all = self.both(&all, &any)?;
        }
        // Beside `allOf` it is meant for the whole.
        if schema.get("nullable") == Some(&Value::Bool(true)) {
            all.push(of_type(&Map::new(), "null"));
        }
        inside.pop();
        Ok(all)
    }

    /// The alternatives that remain when both hold.
    fn both(&mut self, one: &[Alternative], other: &[Alternative]) -> Alternatives {
        let mut all = Vec::new();
        for (first, second) in one.iter().flat_map(|first| other.iter().map(move |second| (first, second))) {
            self.step()?;
            all.extend(merge(first, second));
            if all.len() > MAX_ALTERNATIVES {
                return Err(format!("more than {MAX_ALTERNATIVES} alternatives"));
            }
        }
        Ok(all)
    }

    pub(super) fn target(&self, reference: &Value) -> Result<&'a Value, String> {
        let reference = reference.as_str().ok_or("a $ref that is not text")?;
        let fragment = reference.strip_prefix('#').ok_or(format!("{reference} is in another file"))?;
        let pointer = percent_decode_str(fragment).decode_utf8_lossy();
        self.root.pointer(&pointer).ok_or(format!("{reference} does not exist"))
    }

    fn step(&mut self) -> Result<(), String> {
        self.steps += 1;
        if self.steps > MAX_STEPS { Err("too many schemas".to_owned()) } else { Ok(()) }
    }
}

/// What a schema says apart from the schemas that it combines.
fn own(schema: &Map<String, Value>) -> Alternatives {
    let says_something = |(key, value): &(&String, &Value)| {
        let is_silent = SILENT.contains(&&***key) || STRUCTURE.contains(&&***key) || key.starts_with("x-");
        !is_silent && !says_nothing(key, value)
    };
    let rest: Alternative =
        schema.iter().filter(says_something).map(|(key, value)| (key.clone(), value.clone())).collect();
    for (key, value) in &rest {
        let is_child = value.is_object() && ["additionalProperties", "items", "properties"].contains(&&**key);
        if !is_child && value.to_string().contains("\"$ref\"") {
            return Err(format!("`{key}` with a $ref inside"));
        }
    }
    let types: Vec<&str> = match schema.get("type") {
        None => Vec::new(),
        Some(Value::String(kind)) => vec![kind],
        Some(kinds) if is_texts(kinds) && *kinds != json!([]) => texts(Some(kinds)).collect(),
        Some(_) => return Err("`type` that is neither text nor a list of texts".to_owned()),
    };
    list(schema, "enum")?;
    let Some(values) = values(schema) else {
        let all = types.iter().map(|kind| of_type(&rest, kind)).collect();
        return Ok(if types.is_empty() { vec![rest] } else { all });
    };
    let of_value = |value: &Value| {
        let kind = type_of(value);
        let mut alternative = of_type(&rest, kind);
        alternative.insert("enum".to_owned(), value.clone());
        let is_nullable = kind == "null" && schema.get("nullable") == Some(&Value::Bool(true));
        let is_number = kind == "integer" && types.contains(&"number");
        if !types.is_empty() && !types.contains(&kind) && !is_number && !is_nullable {
            alternative.insert("declaredType".to_owned(), types.join("|").into());
        }
        alternative
    };
    Ok(values.into_iter().map(of_value).collect())
}

fn of_type(keywords: &Alternative, kind: &str) -> Alternative {
    let mut alternative = if kind == "null" { Map::new() } else { keywords.clone() };
    alternative.insert("type".to_owned(), kind.into());
    alternative
}

/// What remains when both hold, if anything can.
fn merge(one: &Alternative, other: &Alternative) -> Option<Alternative> {
    let mut all = one.clone();
    for (key, value) in other {
        let own = all.entry(key.clone()).or_insert_with(|| value.clone());
        let are_numbers = [&*own, value].iter().all(|kind| **kind == "integer" || **kind == "number");
        match key.as_str() {
            _ if own == value => {}
            "type" if are_numbers => *own = "integer".into(),
            "type" | "enum" => return None,
            "items" | "additionalProperties" => *own = all_of(own, value),
            "required" if is_texts(own) && is_texts(value) => {
                *own = json!(texts(Some(own)).chain(texts(Some(value))).collect::<BTreeSet<_>>());
            }
            "properties" if own.is_object() && value.is_object() => {
                for (name, schema) in value.as_object().into_iter().flatten() {
                    own[name] = own.get(name).map_or_else(|| schema.clone(), |own| all_of(own, schema));
                }
            }
            _ => *own = json!([own, value]),
        }
    }
    let is_possible = texts(all.get("required")).all(|name| *fields(&all)[name] != false);
    is_possible.then_some(all)
}

/// Two schemas that hold at once.
fn all_of(one: &Value, other: &Value) -> Value {
    // Constants tell branches apart: a field that would need two of them has no value.
    let values = [one, other].map(|schema| schema.as_object().and_then(values));
    let is_possible =
        !matches!(&values, [Some(one), Some(other)] if !one.iter().any(|value| other.contains(value)));
    match (one, other) {
        _ if !is_possible => false.into(),
        (one, Value::Bool(true)) => one.clone(),
        (Value::Bool(true), other) => other.clone(),
        _ if one == other => one.clone(),
        _ => json!({ "allOf": [one, other] }),
    }
}

/// The type or the value.
fn head(alternative: &Alternative) -> String {
    let kind = alternative.get("type").and_then(Value::as_str).unwrap_or("any");
    alternative.get("enum").map_or_else(|| kind.to_owned(), ToString::to_string)
}

fn fields(alternative: &Alternative) -> BTreeMap<&str, &Value> {
    let required = texts(alternative.get("required")).map(|name| (name, &Value::Bool(true)));
    let properties = alternative.get("properties").and_then(Value::as_object).into_iter().flatten();
    required.chain(properties.map(|(name, schema)| (name.as_str(), schema))).collect()
}

fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn is_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}

fn list<'a>(schema: &'a Map<String, Value>, name: &str) -> Result<Option<&'a Vec<Value>>, String> {
    let list = schema.get(name).map(|value| value.as_array().ok_or(format!("`{name}` that is not a list")));
    list.transpose()
}

/// The values of `const` or `enum`.
fn values(schema: &Map<String, Value>) -> Option<Vec<&Value>> {
    let constant = schema.get("const").map(|constant| vec![constant]);
    constant.or_else(|| Some(schema.get("enum")?.as_array()?.iter().collect()))
}

fn says_nothing(key: &str, value: &Value) -> bool {
    match key {
        "items" | "additionalProperties" => *value == true || *value == json!({}),
        "minItems" | "minLength" | "minProperties" => *value == 0,
        "propertyNames" => *value == json!({ "type": "string" }),
        "deprecated" | "readOnly" | "uniqueItems" | "writeOnly" => *value == false,
        _ => false,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
