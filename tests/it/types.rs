//! What is read is written back: unknown fields, events, values and forms included.

use port_webhooks::{
    EventType, NewWebhook, Webhook, WebhookPatch,
    types::{HeaderValues, MappingOperation, Patch, Secret, WebhookMetadata},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::{contract, property_config};

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn text() -> impl Strategy<Value = Value> {
    ".{0,12}".prop_map(Value::from)
}

/// An object of some of the fields, and of unknown ones.
fn object(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| {
            prop::option::of(value).prop_map(move |value| value.map(|value| (name.to_owned(), value)))
        })
        .collect();
    (fields, prop::collection::btree_map("x_[a-z]{1,4}", json(), 0..3))
        .prop_map(|(fields, extra)| Value::Object(fields.into_iter().flatten().chain(extra).collect()))
        .boxed()
}

fn list(item: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop::collection::vec(item, 0..3).prop_map(Value::from).boxed()
}

fn security() -> BoxedStrategy<Value> {
    object(vec![
        ("secret", text().boxed()),
        ("signatureAlgorithm", text().boxed()),
        ("signaturePrefix", text().boxed()),
    ])
}

fn mapping() -> BoxedStrategy<Value> {
    let operation = prop_oneof![
        json(),
        prop::sample::select(vec![
            json!({"type": "create"}),
            json!({"type": "delete"}),
            json!({"type": "delete", "deleteDependents": false}),
            json!({"type": "delete", "deleteDependents": true, "soft": true}),
        ]),
    ];
    // A null reads as none, and a text is written as an object.
    let operation =
        operation.prop_filter("not written as read", |value| !value.is_null() && !value.is_string());
    let query =
        object(vec![("combinator", Just(json!("and")).boxed()), ("rules", Just(json!([{"a": 1}])).boxed())]);
    let entity = object(vec![
        ("identifier", prop_oneof![text(), query].boxed()),
        ("properties", Just(json!({"a": [1]})).boxed()),
    ]);
    object(vec![("blueprint", text().boxed()), ("operation", operation.boxed()), ("entity", entity)])
}

fn webhook() -> BoxedStrategy<Value> {
    let headers = prop::collection::btree_map("[a-zA-Z-]{1,6}", text(), 0..3)
        .prop_map(|map| Value::Object(map.into_iter().collect()));
    let rest = object(vec![
        ("title", text().boxed()),
        ("url", text().boxed()),
        ("events", list(prop_oneof![text(), Just(json!("run.created"))].boxed())),
        ("headers", headers.boxed()),
        ("enabled", any::<bool>().prop_map(Value::from).boxed()),
        ("integrationType", text().boxed()),
        ("mappings", list(mapping())),
        ("security", security()),
        ("createdAt", text().boxed()),
        ("updatedAt", text().boxed()),
    ]);
    (text(), rest)
        .prop_map(|(identifier, mut rest)| {
            rest["identifier"] = identifier;
            rest
        })
        .boxed()
}

proptest! {
    #![proptest_config(property_config(1_000))]

    #[test]
    fn a_webhook_is_written_as_it_was_read(value in webhook()) {
        let read: Webhook = serde_json::from_value(value.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&read).unwrap(), value.clone());

        let replacement = serde_json::to_value(read.into_replacement()).unwrap();
        for (name, field) in value.as_object().unwrap() {
            if !["createdAt", "updatedAt", "url"].contains(&name.as_str()) {
                prop_assert_eq!(&replacement[name], field);
            }
        }
    }

    #[test]
    fn metadata_is_written_as_it_was_read(value in object(vec![("title", text().boxed()), ("updatedAt", text().boxed())])) {
        let mut value = value;
        value["identifier"] = json!("a");
        let read: WebhookMetadata = serde_json::from_value(value.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&read).unwrap(), value);
    }

    #[test]
    fn a_patch_tells_absent_null_and_value_apart(
        names in prop::collection::btree_map(
            prop::sample::select(vec!["identifier", "title", "description", "icon", "url"]),
            prop::option::of("[a-z]{0,5}"),
            0..5,
        )
    ) {
        let value: Map<String, Value> = names.into_iter().map(|(name, text)| (name.to_owned(), json!(text))).collect();
        let patch: WebhookPatch = serde_json::from_value(Value::Object(value.clone())).unwrap();
        prop_assert_eq!(serde_json::to_value(&patch).unwrap(), Value::Object(value));
    }

    #[test]
    fn an_event_is_its_text(text in ".{0,20}") {
        let event = EventType::from(text.as_str());
        prop_assert_eq!(event.as_str(), text.as_str());
        prop_assert_eq!(&event, &EventType::Other(text.clone()));
        prop_assert_eq!(serde_json::to_value(&event).unwrap(), json!(text));
    }
}

#[test]
fn the_known_events_are_those_of_the_contract() {
    let listed = &contract::document()["components"]["schemas"]["EventType"]["enum"];
    assert_eq!(&serde_json::to_value(EventType::KNOWN).unwrap(), listed);
    assert!(EventType::KNOWN.iter().all(EventType::is_known));
    assert!(!EventType::from("entity.exploded").is_known());
}

#[test]
fn a_known_event_under_other_is_the_known_one() {
    assert_eq!(EventType::Other("run.created".to_owned()), EventType::RunCreated);
}

#[test]
fn lists_and_maps_that_are_empty_are_written() {
    let value = json!({ "identifier": "a", "events": [], "headers": {}, "mappings": [] });
    let read: Webhook = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), value);
    let patch = WebhookPatch::new().events([] as [&str; 0]).mappings([]);
    assert_eq!(serde_json::to_value(patch).unwrap(), json!({ "events": [], "mappings": [] }));
}

#[test]
fn a_webhook_is_an_object() {
    assert!(serde_json::from_value::<Webhook>(json!([])).is_err());
    assert!(serde_json::from_value::<Webhook>(json!({})).is_err());
    assert!(serde_json::from_value::<Webhook>(json!({ "identifier": null })).is_err());
}

#[test]
fn header_names_have_no_case() {
    let mut headers = HeaderValues::from_iter([("X-Key", "1"), ("x-key", "2")]);
    assert_eq!((headers.len(), headers.get("X-KEY").map(Secret::expose)), (1, Some("2")));
    assert_eq!(headers.remove("X-Key").unwrap().expose(), "2");
    assert!(headers.is_empty());
}

#[test]
fn patches_of_security_gather() {
    let patch = WebhookPatch::new().clear_security().secret("a");
    assert_eq!(serde_json::to_value(&patch).unwrap(), json!({ "security": { "secret": "a" } }));
    assert!(matches!(patch.clear_security().security, Patch::Null));
}

#[test]
fn mapping_operation_in_either_form_is_written_as_object() {
    let dependents = json!({ "type": "delete", "deleteDependents": true });
    for (read, operation, written) in [
        (json!("create"), Some(MappingOperation::Create), json!({ "type": "create" })),
        (json!({ "type": "create" }), Some(MappingOperation::Create), json!({ "type": "create" })),
        (
            json!("delete"),
            Some(MappingOperation::Delete { delete_dependents: None }),
            json!({ "type": "delete" }),
        ),
        (dependents.clone(), Some(MappingOperation::Delete { delete_dependents: Some(true) }), dependents),
        (json!("upsert"), None, json!({ "type": "upsert" })),
        (json!({ "type": "create", "next": 1 }), None, json!({ "type": "create", "next": 1 })),
        (json!([1]), None, json!([1])),
    ] {
        let parsed = MappingOperation::from(read.clone());
        assert_eq!(serde_json::to_value(&parsed).unwrap(), written, "{read}");
        let expected = operation.unwrap_or(MappingOperation::Other(written));
        assert_eq!(parsed, expected, "{read}");
    }
}

#[test]
fn a_field_by_its_name_stands_in_place_of_its_setter() {
    let webhook = NewWebhook::subscription("a", "b").enabled(true).field("enabled", "yes").field("x", 1);
    assert_eq!(
        serde_json::to_string(&webhook).unwrap(),
        r#"{"identifier":"a","url":"b","enabled":"yes","x":1}"#
    );
    let patch = WebhookPatch::new().clear_title().field("title", "T");
    assert_eq!(serde_json::to_string(&patch).unwrap(), r#"{"title":"T"}"#);
}

#[test]
fn credentials_query_and_fragment_of_a_url_are_redacted() {
    for (url, redacted) in [
        ("https://a.example/b", "https://a.example/b"),
        ("https://token@a.example/b@c", "https://********@a.example/b@c"),
        ("https://user:p@ss@a.example", "https://********@a.example"),
        ("https://a.example?key=k#at@home", "https://a.example?********"),
        ("https://a.example/b#access_token=t", "https://a.example/b#********"),
        ("https://a.example#t?k", "https://a.example#********"),
        ("https://a.example/b?", "https://a.example/b?********"),
        ("user:pass@a.example/b?k", "********@a.example/b?********"),
        ("", ""),
    ] {
        let mut webhook = Webhook::for_tests("a");
        webhook.url = Some(url.to_owned());
        assert_eq!(webhook.redacted().url.as_deref(), Some(redacted));
    }
}
