//! Small documents against each other, and the contract against itself with one thing changed.

use serde_json::{Value, json};

use super::load::{self, Document};
use super::{CONTRACT, Comparison, compare, root};

mod contract;
mod forms;
mod garbage;
mod kinds;
mod references;

/// A document from YAML or JSON, without what every document needs.
fn document(version: &str, text: &str) -> Document {
    let mut root = load::parse(text).unwrap();
    root["openapi"] = version.into();
    root["info"] = json!({ "title": "T", "version": "1" });
    load::document(root).unwrap()
}

/// A document with one route, `POST /a`, that takes a schema.
fn taking(version: &str, schema: &str) -> Document {
    with_schemas(version, schema, "{}")
}

fn with_schemas(version: &str, schema: &str, schemas: &str) -> Document {
    let schema: Value = load::parse(&format!("schema: {schema}")).unwrap()["schema"].take();
    let schemas: Value = load::parse(&format!("schemas: {schemas}")).unwrap();
    let content = json!({ "application/json": { "schema": schema } });
    let operation = json!({ "requestBody": { "content": content }, "responses": {} });
    let root = json!({ "paths": { "/a": { "post": operation } }, "components": schemas });
    document(version, &root.to_string())
}

fn lines(comparison: &Comparison) -> Vec<String> {
    comparison.differences.iter().map(super::difference::Difference::line).collect()
}

fn skipped(comparison: &Comparison) -> Vec<String> {
    let one = |one: &super::NotCompared| format!("{} ({}): {}", one.place, one.side, one.reason);
    comparison.not_compared.iter().map(one).collect()
}

/// The differences of two documents between which there is nothing that cannot be compared.
fn between(here: &Document, there: &Document) -> Vec<String> {
    let comparison = compare(here, there, false);
    assert_eq!(skipped(&comparison), [""; 0]);
    lines(&comparison)
}

fn contract() -> Document {
    load::read(&root().join(CONTRACT)).unwrap()
}

/// The contract with one error for each operation, and without headers: the rest says the same many times.
fn short_contract() -> Document {
    let mut document = contract();
    for item in document.root["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            let Some(responses) = operation.get_mut("responses") else { continue };
            responses.as_object_mut().unwrap().retain(|status, _| status.starts_with('2') || status == "404");
            for response in responses.as_object_mut().unwrap().values_mut() {
                response.as_object_mut().unwrap().remove("headers");
            }
        }
    }
    for response in document.root["components"]["responses"].as_object_mut().unwrap().values_mut() {
        response.as_object_mut().unwrap().remove("headers");
    }
    document
}
