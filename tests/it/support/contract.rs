//! The contract as something to validate against.
//!
//! It reads the YAML itself, not what the generator makes of it. OpenAPI 3.0 schemas become JSON
//! schemas by spelling `nullable` out, and by taking `x-property-names` for `propertyNames`.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use url::Url;

const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/port-webhooks.yaml");

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = std::fs::read_to_string(CONTRACT).unwrap();
    serde_norway::from_str(&text).unwrap()
});

/// The contract as it is written.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// What a reference stands for; anything else stands for itself.
pub fn resolve(value: &Value) -> &Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document().pointer(&reference[1..]).unwrap_or_else(|| panic!("no {reference}")),
        None => value,
    }
}

/// What Port sends: each callback by its name, with its operation.
pub fn callbacks() -> impl Iterator<Item = (&'static str, &'static Value)> {
    let operations = members(&document()["paths"]).flat_map(|(_, item)| members(item));
    let callbacks = operations.flat_map(|(_, operation)| members(&operation["callbacks"]));
    callbacks.flat_map(|(name, callback)| {
        members(callback)
            .flat_map(|(_, item)| members(item))
            .map(move |(_, operation)| (name.as_str(), operation))
    })
}

/// A validator of one named schema.
pub fn schema(name: &str) -> Arc<Validator> {
    validator(&json!({ "$ref": format!("#/components/schemas/{name}") }))
}

/// A validator of any schema of the contract. Each is built once.
pub fn validator(schema: &Value) -> Arc<Validator> {
    static BUILT: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let mut built = BUILT.lock().unwrap();
    Arc::clone(built.entry(schema.to_string()).or_insert_with(|| Arc::new(build(schema))))
}

fn build(schema: &Value) -> Validator {
    let mut whole = json_schema(schema);
    whole["components"] = json!({ "schemas": json_schema_map(&document()["components"]["schemas"]) });
    jsonschema::options()
        .should_validate_formats(true)
        // The contract means URLs as browsers and the `url` crate read them.
        .with_format("uri", |text: &str| Url::parse(text).is_ok())
        .build(&whole)
        .unwrap()
}

/// A validator of what an operation answers with a status, or nothing when the contract knows no
/// such answer. The schema is absent when the answer has no body.
pub fn response(path: &str, method: &str, status: u16) -> Option<Response> {
    let responses = &document()["paths"][path][method]["responses"];
    let class = format!("{}XX", status / 100);
    let response = responses.get(status.to_string()).or_else(|| responses.get(class))?;
    let response = resolve(response);
    let headers = response["headers"].as_object().cloned().unwrap_or_default();
    let body = response.pointer("/content/application~1json/schema").map(validator);
    Some(Response { headers, body })
}

pub struct Response {
    pub headers: Map<String, Value>,
    pub body: Option<Arc<Validator>>,
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn json_schema_map(schemas: &Value) -> Value {
    schemas.as_object().unwrap().iter().map(|(name, schema)| (name.clone(), json_schema(schema))).collect()
}

fn json_schema(schema: &Value) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let mut converted = Map::new();
    for (key, value) in members {
        match key.as_str() {
            "nullable" | "example" | "description" => {}
            "x-property-names" => drop(converted.insert("propertyNames".to_owned(), value.clone())),
            "properties" => drop(converted.insert(key.clone(), json_schema_map(value))),
            "oneOf" | "anyOf" | "allOf" => {
                let all = value.as_array().unwrap().iter().map(json_schema).collect();
                converted.insert(key.clone(), Value::Array(all));
            }
            _ => drop(converted.insert(key.clone(), json_schema(value))),
        }
    }
    if members.get("nullable") == Some(&Value::Bool(true)) {
        return json!({ "anyOf": [{ "type": "null" }, converted] });
    }
    Value::Object(converted)
}
