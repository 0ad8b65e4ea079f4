//! The texts of problems. Which bodies are valid is tested with the contract's schemas, in the tests of the workspace.

use serde_json::{Value, json};

use super::bodies::{DATA_SOURCE, SUBSCRIPTION};
use super::rule::{Context, Members};

fn problem(members: &Members, body: &Value) -> String {
    members.check_present(body.as_object().unwrap(), &Context::default(), false).unwrap_err().to_string()
}

#[test]
fn problem_names_the_place_and_the_rule() {
    for (body, message) in [
        (json!({ "not plain": 1 }), r#"["not plain"]: unknown property"#),
        (json!({ "identifier": "" }), "identifier: must not be empty"),
        (json!({ "identifier": "é".repeat(31) }), "identifier: must not be longer than 30 characters"),
        (json!({ "title": null }), "title: must be a string"),
        (json!({ "events": [] }), "events: must not be empty"),
        (json!({ "events": {} }), "events: must be an array"),
        (json!({ "events": ["run.created", "run.made"] }), "events[1]: unknown event"),
        (json!({ "headers": { "": "a" } }), r#"headers[""]: not a valid header name"#),
        (json!({ "headers": { "A": "secret\n" } }), "headers.A: not a valid header value"),
        (json!({ "enabled": "true" }), "enabled: must be true or false"),
        (json!({ "url": "http:///a" }), "url: must be an absolute http or https URL"),
        (json!({ "url": "http://:80" }), "url: not a valid URL"),
    ] {
        assert_eq!(problem(&SUBSCRIPTION, &body), message);
    }
    let algorithm = "security.signatureAlgorithm: must be one of sha1, sha256, plain";
    assert_eq!(problem(&DATA_SOURCE, &json!({ "security": { "signatureAlgorithm": "md5" } })), algorithm);
}

#[test]
fn problem_of_a_mapping_names_the_place_and_the_rule() {
    let mapping = |operation: &str, entity: Value| json!({ "mappings": [{ "blueprint": "b", "operation": operation, "entity": entity }] });
    let query = json!({ "identifier": { "combinator": "and", "rules": [{}, 1] } });
    for (body, message) in [
        (json!({ "mappings": [{}] }), "mappings[0].blueprint: is required"),
        (
            mapping("replace", json!({ "identifier": "i" })),
            "mappings[0].operation: must be a form of create, update, upsert or delete",
        ),
        (
            mapping("create", json!({ "identifier": 1 })),
            "mappings[0].entity.identifier: must be a string or an object",
        ),
        (mapping("create", query), "mappings[0].entity.identifier.rules[1]: must be an object"),
        (mapping("delete", json!({ "identifier": "i", "x": 1 })), "mappings[0].entity.x: unknown property"),
    ] {
        assert_eq!(problem(&DATA_SOURCE, &body), message);
    }
}
