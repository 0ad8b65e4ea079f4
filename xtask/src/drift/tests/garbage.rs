//! No document makes a comparison fail in another way than by saying so.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::drift::report::Report;

static SHORT_CONTRACT: LazyLock<Document> = LazyLock::new(short_contract);

fn message(text: &str) -> String {
    format!("{:#}", load::parse(text).and_then(load::document).unwrap_err())
}

#[test]
fn a_document_that_is_not_openapi_is_refused_with_what_it_is() {
    for (text, expected) in [
        ("", "is not an OpenAPI document: it is no object"),
        ("[]", "is not an OpenAPI document: it is no object"),
        ("hello", "is not an OpenAPI document: it is no object"),
        ("{}", "is not an OpenAPI document: it has no `openapi`"),
        ("swagger: '2.0'", "is Swagger 2.0; this reads OpenAPI 3.0 and 3.1"),
        ("openapi: 4.0.0", "is OpenAPI 4.0.0; this reads OpenAPI 3.0 and 3.1"),
        ("openapi: 3.10.0", "is OpenAPI 3.10.0; this reads OpenAPI 3.0 and 3.1"),
        ("openapi: []", "is OpenAPI []; this reads OpenAPI 3.0 and 3.1"),
        ("openapi: 3.0.3", "has no `paths`, so there is nothing to compare"),
        ("openapi: 3.0.3\npaths: []", "has no `paths`, so there is nothing to compare"),
    ] {
        assert_eq!(message(text), expected, "{text}");
    }
    assert!(message("{ \"openapi\": ").starts_with("is not JSON: EOF"), "{}", message("{ \"openapi\": "));
    assert!(message("a: [").starts_with("is neither JSON nor YAML: "));
    assert!(message("paths: {}\npaths: {}").contains("duplicate"));
    assert!(message(&"[".repeat(10_000)).starts_with("is neither JSON nor YAML: "));
    assert!(message(&"{\"a\":".repeat(10_000)).starts_with("is not JSON: recursion limit"));
}

#[test]
fn a_version_without_quotes_is_read() {
    assert_eq!(
        load::document(load::parse("openapi: 3.1\npaths: {}").unwrap()).unwrap().version,
        load::Version::V3_1
    );
}

#[test]
fn parts_of_a_wrong_type_are_skipped() {
    let whole =
        document("3.1.0", "paths: { /a: { post: { parameters: [], responses: {}, requestBody: {} } } }");
    for item in [
        "3",
        "{ post: 3 }",
        "{ post: { parameters: 3 } }",
        "{ post: { parameters: [3, {}] } }",
        "{ post: { responses: [] } }",
        "{ post: { responses: { '': 3, ä: 3, '200': 3 } } }",
        "{ post: { requestBody: 3 } }",
        "{ post: { requestBody: { content: 3 } } }",
        "{ post: { requestBody: { content: { a: 3 } } } }",
        "{ $ref: 3 }",
        "{ post: { $ref: '#/paths' } }",
        "{ post: { requestBody: { content: { application/json: { schema: { properties: 3, required: 3, items: 3, oneOf: 3, allOf: [3], enum: 3, additionalProperties: 3 } } } } } }",
    ] {
        for document in [
            document("3.1.0", &format!("paths: {{ /a: {item} }}")),
            document("3.0.3", &format!("paths: {{ '/{{': {item}, 'a': 3, /: {item} }}")),
        ] {
            compare(&whole, &document, true);
            compare(&document, &whole, true);
            compare(&document, &document, false);
        }
    }
}

#[test]
fn a_report_of_control_characters_and_very_long_names_is_written() {
    let names = json!({ "properties": { "\u{1b}[31m\n": {}, "a".repeat(100_000): {} } });
    let content = json!({ "application/json": { "schema": names } });
    let paths = json!({ "paths": { "/a": { "post": { "requestBody": { "content": content } } } } });
    let there = document("3.1.0", &paths.to_string());
    let comparison = compare(&taking("3.1.0", "{ type: object, properties: { a: {} } }"), &there, false);
    let text = Report::new(comparison, &[], "here", "the\nre").text(true);
    assert!(text.contains(r#"["\u{1b}[31m\n"]"#), "{}", &text[..500]);
    assert!(!text.contains('\u{1b}') && text.contains("the\\nre"));
}

/// A few values that are something else wherever they stand.
fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!(-1.5)),
        Just(json!("")),
        Just(json!([])),
        Just(json!([null, {}])),
        Just(json!({})),
        Just(json!({ "$ref": "#" })),
        Just(json!({ "$ref": "#/paths" })),
        Just(
            json!({ "allOf": [{ "$ref": "#/components/schemas/Webhook" }, { "type": ["string", "null"] }] })
        ),
    ]
}

/// Puts a value in place of the one that a walk of `steps` comes to.
fn put(at: &mut Value, steps: &[usize], value: &Value) {
    let Some((step, rest)) = steps.split_first() else {
        *at = value.clone();
        return;
    };
    let next = match at {
        Value::Object(members) if !members.is_empty() => {
            let step = step % members.len();
            members.values_mut().nth(step)
        }
        Value::Array(items) if !items.is_empty() => {
            let step = step % items.len();
            items.get_mut(step)
        }
        _ => None,
    };
    match next {
        Some(next) => put(next, rest, value),
        None => *at = value.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_document_with_anything_anywhere_is_compared(
        changes in prop::collection::vec((prop::collection::vec(any::<usize>(), 2..12), odd_value()), 1..6),
        is_new in any::<bool>(),
    ) {
        let mut root = SHORT_CONTRACT.root.clone();
        for (steps, value) in &changes {
            // Not the version, and not the paths as a whole.
            let part = if steps[0] % 3 == 0 { "paths" } else { "components" };
            put(&mut root[part], &steps[1..], value);
        }
        root["openapi"] = if is_new { "3.1.0" } else { "3.0.3" }.into();
        let Ok(changed) = load::document(root) else { return Ok(()) };
        prop_assert_eq!(lines(&compare(&changed, &changed, true)), [""; 0], "differs from itself");
        let report = Report::new(compare(&SHORT_CONTRACT, &changed, true), &[], "a", "b");
        prop_assert!(serde_json::from_str::<Value>(&report.json()).is_ok());
        prop_assert!(report.text(true).ends_with('\n'));
    }
}
