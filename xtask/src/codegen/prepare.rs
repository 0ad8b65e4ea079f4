//! Turns the contract into the document for progenitor: lenient where the contract is strict, and without the parts that
//! concern no type. It takes a contract that [`supported`](super::supported) has checked.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

use super::enumerations::is_enumeration;
use super::rules::{BOXED, BY_HAND, DROPPED_KEYWORDS, LENIENT_RESPONSES, NEVER_REQUIRED, READ_AS, has_rule};

pub(super) const SCHEMAS: &str = "#/components/schemas/";
/// Marks a schema that is read leniently.
pub(super) const LENIENT: &str = "x-lenient";
pub(super) const RULES: &str = "xtask/src/codegen/rules.rs";

/// Prepares a contract for progenitor.
pub(super) fn prepare(mut document: Value) -> Result<Value> {
    let components = document["components"].take();
    let Some(originals) = components["schemas"].as_object() else {
        bail!("at #/components/schemas: nothing is there; write the schemas of the bodies");
    };
    check_rules(originals)?;
    let callbacks = keep_successes(&mut document, &components);
    let mut schemas = originals.clone();
    schemas.values_mut().for_each(read_as);
    // Whatever their types are, progenitor only needs their names.
    let has_own_type = |name: &str, schema: &Value| {
        BY_HAND.iter().any(|(known, ..)| *known == name) || is_enumeration(name, schema)
    };
    for (_, schema) in schemas.iter_mut().filter(|(name, schema)| has_own_type(name, schema)) {
        *schema = json!({ "type": "string" });
    }
    for name in LENIENT_RESPONSES {
        make_lenient(&mut schemas[*name]);
    }
    resolve_aliases(&mut schemas);
    merge_unions(&mut schemas)?;
    for (name, field) in BOXED {
        if schemas[*name]["properties"].get(field).is_none() {
            bail!(
                "at {SCHEMAS}{name}: `{field}` does not exist; write it again, or remove it from {RULES}, which names it"
            );
        }
    }
    read_as(&mut document);
    let exchanged = reachable(&schemas, &[&document["paths"]]);
    let delivered = reachable(&schemas, &[&callbacks]);
    for name in &delivered {
        let schema = &mut schemas[name];
        if schema.get("properties").is_none() || schema[LENIENT] == true {
            continue;
        }
        if exchanged.contains(name) {
            bail!(
                "at {SCHEMAS}{name}: a delivery and a request or response both have it, but deliveries alone are read \
                 leniently; give the delivery a schema of its own"
            );
        }
        make_lenient(schema);
    }
    schemas.values_mut().for_each(relax);
    let used = &exchanged | &delivered;
    schemas.retain(|name, _| used.contains(name));
    document["components"] = json!({ "schemas": schemas });
    Ok(document)
}

/// A rule about a schema that no longer exists would have no effect, and nobody would notice.
fn check_rules(schemas: &Map<String, Value>) -> Result<()> {
    let named = READ_AS.iter().flat_map(|(from, to, _)| [*from, *to]);
    let named =
        named.chain(BY_HAND.iter().map(|(name, ..)| *name)).chain(BOXED.iter().map(|(name, _)| *name));
    for name in named.chain(LENIENT_RESPONSES.iter().copied()) {
        if !schemas.contains_key(name) {
            bail!(
                "at #/components/schemas: {name} does not exist; write it again, or remove it from {RULES}, which names it"
            );
        }
    }
    Ok(())
}

/// Leaves of each operation one success, `2XX`, and takes its callbacks out, which it returns.
///
/// Errors are the client's to read, from the response as it came.
fn keep_successes(document: &mut Value, components: &Value) -> Value {
    let mut callbacks = Vec::new();
    for item in document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        inline(item, components);
        for (key, member) in item.as_object_mut().into_iter().flatten() {
            if key == "parameters" {
                relax_parameters(member);
                continue;
            }
            let Value::Object(operation) = member else { continue };
            operation.get_mut("parameters").into_iter().for_each(relax_parameters);
            callbacks.extend(operation.remove("callbacks"));
            let responses = operation["responses"].as_object_mut().into_iter().flatten();
            let successes =
                responses.filter(|(status, _)| status.starts_with('2')).map(|(_, success)| success.take());
            let success = successes.max_by_key(|success| success.get("content").is_some());
            operation.insert("responses".to_owned(), json!({ "2XX": success }));
        }
    }
    Value::Array(callbacks)
}

fn relax_parameters(parameters: &mut Value) {
    for parameter in parameters.as_array_mut().into_iter().flatten() {
        parameter.get_mut("schema").into_iter().for_each(relax);
    }
}

/// Replaces references to components by the components. Schemas and examples stay as they are.
fn inline(value: &mut Value, components: &Value) {
    let reference = value["$ref"].as_str();
    if let Some(target) = reference.and_then(|r| components.pointer(r.strip_prefix("#/components")?)) {
        *value = target.clone();
    }
    match value {
        Value::Object(members) => {
            let members = members
                .iter_mut()
                .filter(|(key, _)| !["schema", "example", "examples"].contains(&key.as_str()));
            members.for_each(|(_, member)| inline(member, components));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| inline(item, components)),
        _ => {}
    }
}

/// Points references to where [`READ_AS`] says.
fn read_as(value: &mut Value) {
    each_value(value, &mut |value| {
        let reference = value["$ref"].as_str().and_then(|reference| reference.strip_prefix(SCHEMAS));
        if let Some((_, to, _)) = READ_AS.iter().find(|(from, ..)| reference == Some(from)) {
            value["$ref"] = json!(format!("{SCHEMAS}{to}"));
        }
    });
}

/// Changes a value and those inside it, from the outside in.
fn each_value(value: &mut Value, change: &mut impl FnMut(&mut Value)) {
    change(value);
    match value {
        Value::Object(members) => members.values_mut().for_each(|member| each_value(member, change)),
        Value::Array(items) => items.iter_mut().for_each(|item| each_value(item, change)),
        _ => {}
    }
}

/// Replaces a schema that is another name for a schema by that schema.
fn resolve_aliases(schemas: &mut Map<String, Value>) {
    let originals = schemas.clone();
    for (_, schema) in schemas.iter_mut().filter(|(name, _)| !has_rule(name)) {
        let original = schema.pointer("/allOf/0/$ref").and_then(Value::as_str);
        if let Some(original) = original.and_then(|name| originals.get(name.strip_prefix(SCHEMAS)?)) {
            let description = schema["description"].take();
            schema.clone_from(original);
            schema["description"] = description;
        }
    }
}

/// Makes one object of each union of objects: every property of any member, required where all
/// require it. Which of them a server takes is the server's to say.
fn merge_unions(schemas: &mut Map<String, Value>) -> Result<()> {
    let originals = schemas.clone();
    for (name, schema) in schemas.iter_mut().filter(|(name, _)| !has_rule(name)) {
        let Some(members) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array)
        else {
            continue;
        };
        let members = members.iter().map(|member| {
            let name = member["$ref"].as_str().and_then(|reference| reference.strip_prefix(SCHEMAS));
            name.map_or(member, |name| &originals[name])
        });
        *schema = union_of(name, &schema["description"], &members.collect::<Vec<_>>())?;
    }
    Ok(())
}

fn union_of(name: &str, description: &Value, members: &[&Value]) -> Result<Value> {
    let mut properties = Map::new();
    for (key, schema) in members.iter().filter_map(|member| member["properties"].as_object()).flatten() {
        let known = properties.entry(key.clone()).or_insert_with(|| schema.clone());
        if bare(known) != bare(schema) {
            bail!(
                "at {SCHEMAS}{name}: the members of this union disagree about `{key}`, which has one type \
                 in Rust; give it the same type in all of them, or in all of them only a description"
            );
        }
        if schema["nullable"] == true {
            known["nullable"] = json!(true);
        }
    }
    let required = |member: &&Value| -> BTreeSet<String> {
        let names = member["required"].as_array().into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let required = members.iter().map(required).reduce(|a, b| &a & &b).unwrap_or_default();
    Ok(json!({
        LENIENT: members.iter().any(|member| member.get(LENIENT).is_some()),
        "type": "object",
        "description": description,
        "required": required,
        "properties": properties,
    }))
}

/// A schema as far as its Rust type goes.
fn bare(schema: &Value) -> Value {
    let mut schema = schema.clone();
    relax(&mut schema);
    if let Some(members) = schema.as_object_mut() {
        members.remove("nullable");
    }
    each_schema(&mut schema, &mut |members| drop(members.remove("description")));
    // One that only adds a description to another.
    match schema.pointer("/allOf/0") {
        Some(only) => only.clone(),
        None => schema,
    }
}

/// Marks an object whose fields are read one by one, and takes out which of them are required: no value that Port
/// sends may make it unreadable.
fn make_lenient(schema: &mut Value) {
    schema[LENIENT] = json!(true);
    schema.as_object_mut().and_then(|members| members.remove("required"));
}

/// Takes out of a schema what would make its type refuse, and lets each object keep fields that it does not name.
fn relax(schema: &mut Value) {
    each_schema(schema, &mut |members| {
        members.retain(|keyword, _| !DROPPED_KEYWORDS.contains(&keyword.as_str()));
        let further = members.get("additionalProperties").and_then(Value::as_bool);
        if members.contains_key("properties") || further.is_some() {
            members.insert("additionalProperties".to_owned(), json!({}));
        }
        if let Some(Value::Array(required)) = members.get_mut("required") {
            required.retain(|name| !NEVER_REQUIRED.iter().any(|never| name == never));
        }
        // An optional list or map becomes an `Option`, so that an empty one can be told from none.
        let required = members.get("required").cloned().unwrap_or_default();
        for (name, field) in
            members.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            let is_required = required.as_array().is_some_and(|names| names.contains(&json!(name)));
            if !is_required && (field["type"] == "array" || field["type"] == "object") {
                field["nullable"] = json!(true);
            }
        }
    });
}

/// The names of the schemas that the roots lead to.
pub(super) fn reachable(schemas: &Map<String, Value>, roots: &[&Value]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&Value> = roots.to_vec();
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(members) => {
                let name = members.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix(SCHEMAS));
                if let Some(name) = name
                    && found.insert(name.to_owned())
                {
                    waiting.extend(schemas.get(name));
                }
                waiting.extend(members.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    found
}

/// Changes a schema and those written inside it.
pub(super) fn each_schema(schema: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    let Value::Object(members) = schema else { return };
    change(members);
    for (key, inside) in members {
        let inside: Vec<&mut Value> = match (key.as_str(), inside) {
            ("items" | "additionalProperties", inside) => vec![inside],
            ("properties", Value::Object(fields)) => fields.values_mut().collect(),
            ("allOf" | "oneOf" | "anyOf", Value::Array(parts)) => parts.iter_mut().collect(),
            _ => continue,
        };
        for schema in inside {
            each_schema(schema, change);
        }
    }
}
