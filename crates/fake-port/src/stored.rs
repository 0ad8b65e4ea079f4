//! A webhook as it is stored and sent.

use serde_json::{Map, Value};

pub(crate) type Webhook = Map<String, Value>;

pub(crate) fn identifier_of(webhook: &Webhook) -> Option<&str> {
    webhook.get("identifier").and_then(Value::as_str)
}
