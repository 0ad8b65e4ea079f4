//! Changes to the body of a real answer.

use serde_json::{Map, Value, json};

/// RFC 7396.
pub(super) fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                merge_patch(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

/// Adds what a future Port may add.
pub(super) fn add_unknown_fields(body: &mut Value) {
    let Value::Object(envelope) = body else { return };
    for content in envelope.values_mut() {
        match content {
            Value::Object(webhook) => add_to_webhook(webhook),
            Value::Array(webhooks) => {
                webhooks.iter_mut().filter_map(Value::as_object_mut).for_each(add_to_webhook);
            }
            _ => {}
        }
    }
    envelope.insert("futureField".to_owned(), json!({ "since": 2030 }));
}

fn add_to_webhook(webhook: &mut Map<String, Value>) {
    if let Some(Value::Array(events)) = webhook.get_mut("events") {
        events.push(json!("future.event"));
    }
    if let Some(kind) = webhook.get_mut("integrationType") {
        *kind = json!("future");
    }
    webhook.insert("futureField".to_owned(), json!([1, { "nested": true }]));
}
