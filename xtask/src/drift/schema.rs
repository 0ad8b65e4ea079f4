//! A schema in one form, however it is written: the alternatives that it allows, each of one type.
//!
//! `allOf` is merged into each alternative, `oneOf`, `anyOf`, a list of types and `if` become
//! alternatives, and `null`, in all its forms, is set apart. What lies deeper is left as it is
//! written: it is read when the comparison gets there, so a schema that contains itself ends.

use std::collections::{BTreeMap, BTreeSet};
use std::ptr;

use serde_json::{Map, Value};

use super::alternative::{Additional, Alternative, NULL, add, alternative, list, type_of, united, values_of};
use super::keywords;
use super::load::{Document, Version};
use super::resolve;

/// How many alternatives a schema may have.
const MAX_ALTERNATIVES: usize = 64;
/// How many branches may be written, before those that are an enumeration become one.
const MAX_BRANCHES: usize = 1024;
/// How deep schemas may lie in each other before a field is reached.
const MAX_DEPTH: usize = 48;
/// How many schemas are read in one comparison, since few lines can stand for very many.
const MAX_READ: usize = 400_000;

#[derive(Debug)]
pub(super) struct Shape<'a> {
    pub(super) nullable: bool,
    pub(super) alternatives: Vec<Alternative<'a>>,
    /// What the reader of a report should know of how it was read.
    pub(super) notes: BTreeSet<String>,
    /// It has parts that cannot be read, so it cannot be compared; the notes say why.
    pub(super) is_unknown: bool,
}

/// Reads schemas that hold at once as one.
pub(super) fn shape<'a>(document: &'a Document, parts: &[&'a Value], read: &mut usize) -> Shape<'a> {
    let mut reader = Reader { document, read, open: Vec::new(), notes: BTreeSet::new(), is_unknown: false };
    let mut all = vec![Alternative::default()];
    for part in parts {
        let part = reader.alternatives(part);
        all = reader.both(&all, &part);
    }
    if all.is_empty() {
        reader.give_up("it allows no value");
    }
    let nullable = all.iter().any(|alternative| alternative.kind == Some(NULL));
    all.retain(|alternative| alternative.kind != Some(NULL));
    Shape { nullable, alternatives: united(all), notes: reader.notes, is_unknown: reader.is_unknown }
}

struct Reader<'a, 'b> {
    document: &'a Document,
    read: &'b mut usize,
    /// The schemas that are being read, by address.
    open: Vec<*const Value>,
    notes: BTreeSet<String>,
    is_unknown: bool,
}

impl<'a> Reader<'a, '_> {
    fn give_up(&mut self, reason: impl Into<String>) {
        self.is_unknown = true;
        self.notes.insert(reason.into());
    }

    fn alternatives(&mut self, schema: &'a Value) -> Vec<Alternative<'a>> {
        let members = match schema {
            Value::Bool(false) => return Vec::new(),
            Value::Bool(true) => return vec![Alternative::default()],
            Value::Object(members) => members,
            _ => return self.anything("it is not a schema"),
        };
        let address = ptr::from_ref(schema);
        *self.read += 1;
        if *self.read > MAX_READ {
            return self.anything("the documents have too many schemas");
        }
        if self.open.contains(&address) {
            return self.anything("it is defined by itself");
        }
        if self.open.len() >= MAX_DEPTH {
            return self.anything("schemas lie too deep in each other");
        }
        self.open.push(address);
        let found = self.object(members);
        self.open.pop();
        found
    }

    fn anything(&mut self, reason: &str) -> Vec<Alternative<'a>> {
        self.give_up(reason);
        vec![Alternative::default()]
    }

    fn object(&mut self, schema: &'a Map<String, Value>) -> Vec<Alternative<'a>> {
        let target = schema.get("$ref").map(|reference| self.referred(reference));
        let mut all = match target {
            Some(target) if self.document.version == Version::V3_0 => {
                self.note_siblings(schema);
                return target;
            }
            Some(target) => {
                let own = self.own(schema);
                self.both(&own, &target)
            }
            None => self.own(schema),
        };
        for part in list(schema, "allOf") {
            let part = self.alternatives(part);
            all = self.both(&all, &part);
        }
        for name in ["oneOf", "anyOf"] {
            let mut branches = Vec::new();
            for branch in list(schema, name) {
                branches.extend(self.alternatives(branch));
                if branches.len() > MAX_BRANCHES {
                    self.give_up(format!("its {name} has more than {MAX_BRANCHES} branches"));
                    break;
                }
            }
            if !branches.is_empty() {
                all = self.both(&all, &united(branches));
            }
        }
        if let Some(branches) = self.conditions(schema) {
            all = self.both(&all, &branches);
        }
        // Said beside `allOf` it is meant for the whole.
        if schema.get("nullable") == Some(&Value::Bool(true)) {
            all.push(Alternative { kind: Some(NULL), ..Alternative::default() });
        }
        all
    }

    fn referred(&mut self, reference: &'a Value) -> Vec<Alternative<'a>> {
        match reference.as_str().ok_or_else(|| "$ref is not text".to_owned()) {
            Ok(reference) => match resolve::target(self.document, reference) {
                Ok(target) => self.alternatives(target),
                Err(reason) => self.anything(&reason),
            },
            Err(reason) => self.anything(&reason),
        }
    }

    fn note_siblings(&mut self, schema: &Map<String, Value>) {
        let siblings: Vec<&str> = schema
            .keys()
            .map(String::as_str)
            .filter(|key| !matches!(*key, "$ref" | "description" | "summary" | "title" | "example"))
            .filter(|key| !key.starts_with("x-"))
            .collect();
        if !siblings.is_empty() {
            let siblings = siblings.join(", ");
            self.notes.insert(format!("what stands beside a $ref does not count in OpenAPI 3.0: {siblings}"));
        }
    }

    /// `if` and `then`, or `else`. That `else` is only for what `if` does not hold for is left out.
    fn conditions(&mut self, schema: &'a Map<String, Value>) -> Option<Vec<Alternative<'a>>> {
        let condition = schema.get("if")?;
        let (yes, no) = (schema.get("then"), schema.get("else"));
        if yes.is_none() && no.is_none() {
            return None;
        }
        let anything = || vec![Alternative::default()];
        let condition = self.alternatives(condition);
        let yes = yes.map_or_else(anything, |schema| self.alternatives(schema));
        let mut branches = self.both(&condition, &yes);
        branches.extend(no.map_or_else(anything, |schema| self.alternatives(schema)));
        Some(united(branches))
    }

    /// What the keywords of a schema say without those that hold other schemas for the same value.
    fn own(&mut self, schema: &'a Map<String, Value>) -> Vec<Alternative<'a>> {
        let declared = self.declared_types(schema);
        if let Some(values) = values_of(schema) {
            let admitted = |kind: &str| {
                declared.is_empty()
                    || declared.contains(&kind)
                    || (kind == "integer" && declared.contains(&"number"))
            };
            let mut by_type: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
            for value in values {
                by_type.entry(type_of(value)).or_default().insert(keywords::text(value));
            }
            if by_type.keys().any(|kind| admitted(kind)) {
                by_type.retain(|kind, _| admitted(kind));
            } else if !by_type.is_empty() {
                let declared = declared.join(", ");
                self.notes
                    .insert(format!("its type, {declared}, allows none of its values; the type is left out"));
            }
            return by_type
                .into_iter()
                .map(|(kind, values)| {
                    let values = (kind != NULL).then_some(values);
                    Alternative { values, ..alternative(schema, Some(kind)) }
                })
                .collect();
        }
        if declared.is_empty() {
            return vec![alternative(schema, keywords::implied_type(schema))];
        }
        declared.into_iter().map(|kind| alternative(schema, Some(kind))).collect()
    }

    fn declared_types(&mut self, schema: &'a Map<String, Value>) -> Vec<&'a str> {
        match schema.get("type") {
            None => Vec::new(),
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) if kinds.iter().all(Value::is_string) => {
                kinds.iter().filter_map(Value::as_str).collect()
            }
            Some(_) => {
                self.give_up("its type is not text");
                Vec::new()
            }
        }
    }

    /// The alternatives that remain when both hold.
    fn both(&mut self, one: &[Alternative<'a>], other: &[Alternative<'a>]) -> Vec<Alternative<'a>> {
        let mut all = Vec::new();
        for outer in one {
            for inner in other {
                if all.len() >= MAX_ALTERNATIVES {
                    self.give_up(format!("it has more than {MAX_ALTERNATIVES} branches"));
                    return all;
                }
                *self.read += 1;
                all.extend(self.merge(outer, inner));
            }
        }
        united(all)
    }

    fn merge(&self, outer: &Alternative<'a>, inner: &Alternative<'a>) -> Option<Alternative<'a>> {
        let kind = match (outer.kind, inner.kind) {
            (None, kind) | (kind, None) => kind,
            (Some("integer"), Some("number")) | (Some("number"), Some("integer")) => Some("integer"),
            (one, other) if one == other => one,
            _ => return None,
        };
        let values = match (&outer.values, &inner.values) {
            (None, values) | (values, None) => values.clone(),
            (Some(one), Some(other)) => Some(one & other),
        };
        if values.as_ref().is_some_and(BTreeSet::is_empty) {
            return None;
        }
        let mut merged = Alternative { kind, values, ..outer.clone() };
        keywords::merge(&mut merged.keywords, &inner.keywords);
        merged.required.extend(&inner.required);
        for (name, parts) in &inner.properties {
            add(merged.properties.entry(name).or_default(), parts);
        }
        for (name, parts) in &inner.others {
            add(merged.others.entry(name).or_default(), parts);
        }
        add(&mut merged.items, &inner.items);
        merged.additional = match (merged.additional, &inner.additional) {
            (Additional::Allowed(mut own), Additional::Allowed(parts)) => {
                add(&mut own, parts);
                Additional::Allowed(own)
            }
            _ => Additional::Refused,
        };
        let is_possible = |name: &&str| merged.properties.get(*name).is_none_or(|parts| self.can_hold(parts));
        merged.required.iter().all(is_possible).then_some(merged)
    }

    /// Whether there may be a value that is all of the parts, as far as their own constants tell.
    fn can_hold(&self, parts: &[&'a Value]) -> bool {
        let mut left: Option<BTreeSet<String>> = None;
        for part in parts {
            let Ok(Value::Object(schema)) = resolve::resolve(self.document, part) else { continue };
            let Some(values) = values_of(schema) else { continue };
            let values: BTreeSet<String> = values.into_iter().map(keywords::text).collect();
            left = Some(left.map_or_else(|| values.clone(), |left| &left & &values));
        }
        left.is_none_or(|left| !left.is_empty())
    }
}
