//! The parts of the contract that only code written by hand reads. No generated code changes with them, so each part has
//! a fingerprint; when it differs, somebody has to look at that code.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::enumerations::{DESCRIPTIONS, is_enumeration};
use super::place::Place;
use super::prepare::{RULES, each_schema, reachable};
use super::rules::{BY_HAND, READ_AS, READ_BY_HAND, has_rule};

/// Compares what only code by hand reads with what it was when somebody last looked. `generated` are the schemas that
/// have generated types.
pub(super) fn check(contract: &Value, Parts(parts): &Parts, generated: &Map<String, Value>) -> Result<()> {
    let Some(schemas) = contract["components"]["schemas"].as_object() else { return Ok(()) };
    let fingerprint = |roots| fingerprint(schemas, generated, roots);
    let mut changed = Vec::new();
    for (name, rust, known) in READ_AS.iter().chain(BY_HAND) {
        let roots = [name, rust].into_iter().filter_map(|name| schemas.get_key_value(*name));
        // An enumeration holds any text.
        let roots = roots.filter(|(name, schema)| !is_enumeration(name, schema));
        let found = fingerprint(roots.map(owned).collect());
        if found != *known {
            let read_as = if schemas.contains_key(*rust) { format!(", or {rust}") } else { String::new() };
            changed.push(format!(
                "at #/components/schemas/{name}: it changed, or a schema inside it{read_as}, but its type in Rust is \
                 `{rust}` whatever it says; see whether that has to change, then write {found:?} for {name} in {RULES}"
            ));
        }
    }
    for (name, part) in parts {
        let roots = part.values.iter().enumerate();
        let found = fingerprint(roots.map(|(index, value)| (index.to_string(), value.clone())).collect());
        let pointer = &part.pointer;
        match READ_BY_HAND.iter().find(|(known, ..)| known == name) {
            Some((.., known)) if *known == found => {}
            Some((_, reader, _)) => changed.push(format!(
                "at {pointer}: {name} changed, but only code by hand reads it, in {reader}; see whether that has to \
                 change, then write {found:?} for it in {RULES}"
            )),
            None => changed.push(format!(
                "at {pointer}: no code reads {name}; remove it, or say it in a description; or read it by hand, and \
                 add it to READ_BY_HAND in {RULES} with {found:?}"
            )),
        }
    }
    for (name, reader, _) in READ_BY_HAND.iter().filter(|(name, ..)| !parts.contains_key(*name)) {
        changed.push(format!(
            "at #: {name} is gone, but {reader} reads it; describe it again, or change that code and remove it from \
             READ_BY_HAND in {RULES}"
        ));
    }
    ensure!(changed.is_empty(), "{}", changed.join("\n"));
    Ok(())
}

fn owned((name, schema): (&String, &Value)) -> (String, Value) {
    (name.clone(), schema.clone())
}

/// The parts of a contract that have no generated code, by name.
#[derive(Default)]
pub(super) struct Parts(BTreeMap<String, Part>);

/// What the contract has under one name, in different places.
struct Part {
    /// The first of the places.
    pointer: String,
    values: Vec<Value>,
}

impl Parts {
    pub(super) fn add(&mut self, name: String, place: &Place<'_>, value: Value) {
        let new = || Part { pointer: place.pointer.clone(), values: Vec::new() };
        let part = self.0.entry(name).or_insert_with(new);
        if !part.values.contains(&value) {
            part.values.push(value);
        }
    }

    /// Adds a header of a response or a delivery.
    pub(super) fn add_header(&mut self, name: String, place: &Place<'_>) {
        let mut schema = place.value["schema"].clone();
        schema["required"] = place.value["required"].clone();
        self.add(name, place, schema);
    }
}

/// A hash of schemas and of those inside them that are neither generated nor have a rule, without their descriptions.
fn fingerprint(
    schemas: &Map<String, Value>,
    generated: &Map<String, Value>,
    mut waiting: Vec<(String, Value)>,
) -> String {
    let mut parts = BTreeMap::new();
    while let Some((name, mut schema)) = waiting.pop() {
        if parts.contains_key(&name) {
            continue;
        }
        each_schema(&mut schema, &mut |members| {
            members.retain(|key, _| !["description", "example", DESCRIPTIONS].contains(&key.as_str()));
        });
        let inside = reachable(&Map::new(), &[&schema]);
        let inside = inside.into_iter().filter(|name| !generated.contains_key(name) && !has_rule(name));
        waiting.extend(inside.filter_map(|name| schemas.get_key_value(&name)).map(owned));
        parts.insert(name, schema);
    }
    let hash = Sha256::digest(json!(parts).to_string());
    format!("{:08x}", u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]))
}
