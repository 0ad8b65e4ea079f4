//! Makes of the contract the document that progenitor is given: lenient where the contract is
//! strict, and without what progenitor can't carry.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};

use super::rules::{
    ALSO_GENERATED, BOXED, BY_HAND, DROPPED_KEYWORDS, LENIENT_RESPONSES, NEVER_REQUIRED, READ_AS,
};

pub(super) const SCHEMAS: &str = "#/components/schemas/";
/// Marks a schema that is read leniently.
pub(super) const LENIENT: &str = "x-lenient";
pub(super) const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Prepares a contract for progenitor.
pub(super) fn prepare(mut document: Value) -> Result<Value> {
    let callbacks = keep_successes(&mut document)?;
    let mut components = document["components"].take();
    let Some(Value::Object(mut schemas)) = components.get_mut("schemas").map(Value::take) else {
        bail!("at components/schemas: nothing is there");
    };
    check_rules(&schemas)?;
    for schema in schemas.values_mut() {
        read_as(schema);
    }
    for (name, _) in BY_HAND {
        schemas.insert((*name).to_owned(), json!({ "type": "string" }));
    }
    merge_unions(&mut schemas)?;
    for (name, field) in BOXED {
        if schemas[*name]["properties"].get(field).is_none() {
            bail!(
                "at components/schemas/{name}: `{field}`, which the rules of the generator name, does not exist"
            );
        }
    }
    read_as(&mut document);
    inline_parameters(&mut document, &components)?;
    let also: Value =
        ALSO_GENERATED.iter().map(|name| json!({ "$ref": format!("{SCHEMAS}{name}") })).collect();
    let exchanged = reachable(&schemas, &[&document["paths"], &also]);
    let delivered = reachable(&schemas, &[&callbacks]);
    make_lenient(&mut schemas, &exchanged, &delivered)?;
    for schema in schemas.values_mut() {
        relax(schema);
    }
    let used = &exchanged | &delivered;
    schemas.retain(|name, _| used.contains(name));
    document["components"] = json!({ "schemas": schemas });
    Ok(document)
}

/// A rule about a schema that is gone would be silently without effect.
fn check_rules(schemas: &Map<String, Value>) -> Result<()> {
    let named = READ_AS
        .iter()
        .flat_map(|(from, to)| [*from, *to])
        .chain(BY_HAND.iter().chain(BOXED).map(|(name, _)| *name))
        .chain(ALSO_GENERATED.iter().chain(LENIENT_RESPONSES).copied());
    for name in named {
        if !schemas.contains_key(name) {
            bail!("at components/schemas: {name}, which the rules of the generator name, does not exist");
        }
    }
    Ok(())
}

/// Leaves of each operation one success, `2XX`, and takes its callbacks out, which it returns.
///
/// Errors are the facade's to read, from the answer as it came.
fn keep_successes(document: &mut Value) -> Result<Value> {
    let components = document["components"].clone();
    let mut callbacks = Vec::new();
    let paths = document["paths"].as_object_mut().context("at paths: not an object")?;
    for (path, item) in paths {
        let item = item.as_object_mut().with_context(|| format!("at paths{path}: not an object"))?;
        for (method, operation) in item.iter_mut().filter(|(key, _)| METHODS.contains(&key.as_str())) {
            let place = format!("at paths{path} {method}");
            let operation = operation.as_object_mut().with_context(|| format!("{place}: not an object"))?;
            callbacks.extend(operation.remove("callbacks"));
            let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
            let responses = responses.with_context(|| format!("{place}: no responses"))?;
            let success = responses.iter().find(|(status, _)| status.starts_with('2'));
            let (_, success) = success.with_context(|| format!("{place}: no success among the responses"))?;
            let mut success = resolve(&components, success)?.clone();
            if let Some(success) = success.as_object_mut() {
                success.remove("headers");
            }
            remove_examples(&mut success);
            *responses = Map::from_iter([("2XX".to_owned(), success)]);
            if let Some(body) = operation.get_mut("requestBody") {
                remove_examples(body);
            }
        }
    }
    Ok(Value::Array(callbacks))
}

fn remove_examples(body: &mut Value) {
    let media_types = body.get_mut("content").and_then(Value::as_object_mut);
    for media_type in media_types.into_iter().flat_map(Map::values_mut) {
        if let Some(media_type) = media_type.as_object_mut() {
            media_type.remove("examples");
        }
    }
}

/// Puts each parameter where it is used, relaxed.
fn inline_parameters(document: &mut Value, components: &Value) -> Result<()> {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (_, item) in paths {
        let lists = item.as_object_mut().into_iter().flatten().filter_map(|(key, value)| {
            if key == "parameters" { Some(value) } else { value.get_mut("parameters") }
        });
        for parameter in lists.filter_map(Value::as_array_mut).flatten() {
            let mut whole = resolve(components, parameter)?.clone();
            if let Some(whole) = whole.as_object_mut() {
                whole.remove("example");
                whole.get_mut("schema").into_iter().for_each(relax);
            }
            *parameter = whole;
        }
    }
    Ok(())
}

/// What a reference into `components` stands for; anything else stands for itself.
fn resolve<'a>(components: &'a Value, value: &'a Value) -> Result<&'a Value> {
    match value.get("$ref").and_then(Value::as_str) {
        None => Ok(value),
        Some(reference) => reference
            .strip_prefix("#/components")
            .and_then(|pointer| components.pointer(pointer))
            .with_context(|| format!("{reference} does not exist")),
    }
}

/// Points references to where [`READ_AS`] says.
fn read_as(value: &mut Value) {
    each_object(value, &mut |members| {
        if let Some(Value::String(reference)) = members.get_mut("$ref")
            && let Some((_, to)) =
                READ_AS.iter().find(|(from, _)| reference.strip_prefix(SCHEMAS) == Some(from))
        {
            *reference = format!("{SCHEMAS}{to}");
        }
    });
}

/// Makes one object of each union of objects: every property of any member, required where all
/// require it. Which of them a server takes is the server's to say.
fn merge_unions(schemas: &mut Map<String, Value>) -> Result<()> {
    let originals = schemas.clone();
    for (name, schema) in schemas.iter_mut() {
        if READ_AS.iter().any(|(from, _)| name == from) {
            continue;
        }
        let members = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
        let Some(members) = members else { continue };
        let members = members.iter().map(|member| as_object(&originals, member)).collect::<Option<Vec<_>>>();
        let members = members.with_context(|| {
            format!("at components/schemas/{name}: a union can be generated when all its members are objects; write this type by hand")
        })?;
        *schema = union_of(name, schema.get("description"), &members)?;
    }
    Ok(())
}

/// The object that a schema is, through references and an `allOf` of one.
fn as_object<'a>(schemas: &'a Map<String, Value>, schema: &'a Value) -> Option<&'a Map<String, Value>> {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix(SCHEMAS)) {
        return as_object(schemas, schemas.get(name)?);
    }
    if let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        return as_object(schemas, only);
    }
    schema.as_object().filter(|members| members.get("type").is_some_and(|kind| kind == "object"))
}

fn union_of(name: &str, description: Option<&Value>, members: &[&Map<String, Value>]) -> Result<Value> {
    let mut properties = Map::new();
    for member in members {
        for (key, schema) in member.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let known = properties.entry(key.clone()).or_insert_with(|| schema.clone());
            if bare(known) != bare(schema) {
                bail!("at components/schemas/{name}: the members of this union disagree about `{key}`");
            }
        }
    }
    let required = |member: &Map<String, Value>| -> BTreeSet<String> {
        let names = member.get("required").and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let required = members.iter().map(|member| required(member)).reduce(|a, b| &a & &b).unwrap_or_default();
    Ok(json!({
        "type": "object",
        "description": description,
        "required": required,
        "properties": properties,
        "additionalProperties": {},
    }))
}

/// A schema as far as its Rust type goes.
fn bare(schema: &Value) -> Value {
    let mut schema = schema.clone();
    relax(&mut schema);
    each_object(&mut schema, &mut |members| {
        members.remove("description");
        members.remove("nullable");
    });
    schema
}

/// Marks the objects that only deliveries have and [`LENIENT_RESPONSES`], and takes out which of their fields are
/// required: nothing that Port sends may make them unreadable.
fn make_lenient(
    schemas: &mut Map<String, Value>,
    exchanged: &BTreeSet<String>,
    delivered: &BTreeSet<String>,
) -> Result<()> {
    for name in delivered.iter().map(String::as_str).chain(LENIENT_RESPONSES.iter().copied()) {
        let Some(members) = schemas.get_mut(name).and_then(Value::as_object_mut) else { continue };
        let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        let place = format!("at components/schemas/{name}");
        if exchanged.contains(name) && !LENIENT_RESPONSES.contains(&name) {
            bail!(
                "{place}: a delivery and a request or response both have it, but deliveries alone are read leniently; give the delivery a schema of its own"
            );
        }
        for (field, schema) in properties {
            let mut is_nested = false;
            each_object(schema, &mut |members| is_nested |= members.contains_key("properties"));
            if is_nested {
                bail!(
                    "{place}/properties/{field}: it is read leniently only if it has a name; move it to components/schemas"
                );
            }
        }
        members.remove("required");
        members.insert(LENIENT.to_owned(), Value::Bool(true));
    }
    Ok(())
}

/// Takes out of a schema what would make its type refuse.
fn relax(schema: &mut Value) {
    each_object(schema, &mut |members| {
        for keyword in DROPPED_KEYWORDS {
            // A property can have the name of a keyword; then its value is a schema and stays.
            if members.get(*keyword).is_some_and(|value| !value.is_object()) {
                members.remove(*keyword);
            }
        }
        if members.get("additionalProperties") == Some(&Value::Bool(false)) {
            members.insert("additionalProperties".to_owned(), json!({}));
        }
        if let Some(Value::Array(required)) = members.get_mut("required") {
            required.retain(|name| !NEVER_REQUIRED.iter().any(|never| name == never));
        }
        make_lists_optional(members);
    });
}

/// An optional list or map becomes an `Option`, so that an empty one can be told from none.
fn make_lists_optional(members: &mut Map<String, Value>) {
    let required = members.get("required").cloned().unwrap_or_default();
    let is_required = |name: &str| required.as_array().is_some_and(|names| names.iter().any(|n| n == name));
    for (name, schema) in members.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        let kind = schema.get("type").and_then(Value::as_str);
        if matches!(kind, Some("array" | "object")) && !is_required(name) {
            schema["nullable"] = Value::Bool(true);
        }
    }
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

fn each_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            change(members);
            members.values_mut().for_each(|member| each_object(member, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least contract that the rules have all their names in, with further schemas.
    fn contract(schemas: &Value) -> Value {
        let named = READ_AS.iter().flat_map(|(from, to)| [*from, *to]);
        let named = named.chain(BY_HAND.iter().map(|(name, _)| *name));
        let named = named.chain(ALSO_GENERATED.iter().chain(LENIENT_RESPONSES).copied());
        let mut all: Map<String, Value> =
            named.map(|name| (name.to_owned(), json!({ "type": "object" }))).collect();
        for (name, field) in BOXED {
            let schema = all.entry(*name).or_insert_with(|| json!({ "type": "object" }));
            schema["properties"][field] = json!({ "$ref": "#/components/schemas/A" });
        }
        all.extend(schemas.as_object().cloned().unwrap_or_default());
        let answer = json!({ "description": "", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/A" } } } });
        json!({
            "paths": { "/a": { "get": { "operationId": "a", "responses": { "200": answer, "404": { "description": "" } } } } },
            "components": { "schemas": all },
        })
    }

    fn prepared(schema: &Value) -> Value {
        prepare(contract(schema)).unwrap()["components"]["schemas"]["A"].take()
    }

    #[test]
    fn a_union_of_objects_becomes_one_object() {
        let one = json!({ "type": "object", "required": ["x", "y"], "properties": { "x": { "type": "string", "maxLength": 3 }, "y": { "type": "boolean" } } });
        let other = json!({ "type": "object", "required": ["x"], "properties": { "x": { "type": "string" }, "z": { "type": "array", "items": {} } } });
        let merged = prepared(
            &json!({ "A": { "description": "Either.", "oneOf": [{ "$ref": "#/components/schemas/B" }, other] }, "B": one }),
        );
        assert_eq!(merged["required"], json!(["x"]));
        assert_eq!(merged["properties"]["x"], json!({ "type": "string" }));
        assert_eq!(merged["properties"]["z"]["nullable"], true);
        assert_eq!(merged["description"], "Either.");
    }

    #[test]
    fn members_that_disagree_are_named() {
        let member = |kind: &str| json!({ "type": "object", "properties": { "x": { "type": kind } } });
        let union = json!({ "A": { "oneOf": [member("string"), member("boolean")] } });
        let error = prepare(contract(&union)).unwrap_err().to_string();
        assert_eq!(error, "at components/schemas/A: the members of this union disagree about `x`");
    }

    #[test]
    fn a_union_of_anything_else_is_to_be_written_by_hand() {
        let error =
            prepare(contract(&json!({ "A": { "oneOf": [{ "type": "string" }, { "type": "object" }] } })));
        assert!(error.unwrap_err().to_string().contains("at components/schemas/A: a union can be generated"));
    }

    #[test]
    fn a_property_may_have_the_name_of_a_keyword() {
        let schema = json!({ "A": { "type": "object", "properties": { "pattern": { "type": "string", "pattern": "^a" }, "default": { "type": "boolean", "default": true } } } });
        let properties = prepared(&schema)["properties"].take();
        assert_eq!(properties, json!({ "pattern": { "type": "string" }, "default": { "type": "boolean" } }));
    }

    #[test]
    fn one_success_is_left_and_what_nobody_uses_is_gone() {
        let document =
            prepare(contract(&json!({ "A": { "type": "object" }, "Unused": { "type": "object" } }))).unwrap();
        let responses = document["paths"]["/a"]["get"]["responses"].as_object().unwrap();
        assert_eq!(responses.keys().collect::<Vec<_>>(), ["2XX"]);
        assert_eq!(document["components"]["schemas"].get("Unused"), None);
    }

    /// Prepares a contract with these schemas, of which a callback sends `D` and a response has `A`.
    fn with_delivery(schemas: &Value) -> Result<Value> {
        let mut contract = contract(schemas);
        let body =
            json!({ "content": { "application/json": { "schema": { "$ref": "#/components/schemas/D" } } } });
        contract["paths"]["/a"]["get"]["callbacks"] =
            json!({ "d": { "http://a": { "post": { "requestBody": body } } } });
        prepare(contract)
    }

    #[test]
    fn only_deliveries_are_read_leniently_at_any_depth() {
        let object =
            |field: &Value| json!({ "type": "object", "required": ["x"], "properties": { "x": field } });
        let mut document = with_delivery(&json!({
            "A": object(&json!({ "type": "string" })),
            "D": object(&json!({ "type": "array", "items": { "allOf": [{ "$ref": "#/components/schemas/E" }] } })),
            "E": object(&json!({ "type": "object", "additionalProperties": {} })),
        }))
        .unwrap();
        let schemas = document["components"]["schemas"].take();
        for name in ["D", "E"] {
            assert_eq!(schemas[name][LENIENT], true, "{name}");
            assert_eq!(schemas[name].get("required"), None, "{name}");
            assert_eq!(schemas[name]["properties"]["x"]["nullable"], true, "{name}");
        }
        assert_eq!((schemas["A"].get(LENIENT), &schemas["A"]["required"]), (None, &json!(["x"])));
    }

    #[test]
    fn a_schema_of_a_response_and_a_delivery_is_refused() {
        let shared = json!({ "type": "object", "properties": { "x": { "type": "string" } } });
        let refers = json!({ "type": "object", "properties": { "b": { "$ref": "#/components/schemas/B" } } });
        let error = with_delivery(&json!({ "A": refers, "B": shared, "D": refers })).unwrap_err().to_string();
        assert!(error.starts_with("at components/schemas/B: a delivery and a request"), "{error}");
        assert!(error.ends_with("give the delivery a schema of its own"), "{error}");
    }

    #[test]
    fn an_object_in_a_delivery_without_a_name_is_refused() {
        let nested = json!({ "type": "object", "properties": { "y": { "type": "string" } } });
        let delivery =
            json!({ "type": "object", "properties": { "x": { "type": "array", "items": nested } } });
        let error = with_delivery(&json!({ "A": {}, "D": delivery })).unwrap_err().to_string();
        assert!(error.starts_with("at components/schemas/D/properties/x:"), "{error}");
        assert!(error.ends_with("move it to components/schemas"), "{error}");
    }

    #[test]
    fn a_rule_about_a_schema_that_is_gone_is_an_error() {
        let mut contract = contract(&json!({ "A": {} }));
        contract["components"]["schemas"].as_object_mut().unwrap().remove("Secret");
        assert!(prepare(contract).unwrap_err().to_string().contains("Secret, which the rules"));

        let mut contract = self::contract(&json!({ "A": {} }));
        let envelope = &mut contract["components"]["schemas"]["WebhookEnvelope"]["properties"];
        envelope.as_object_mut().unwrap().remove("integration");
        let error = prepare(contract).unwrap_err().to_string();
        assert!(error.starts_with("at components/schemas/WebhookEnvelope: `integration`, which"), "{error}");
    }
}
