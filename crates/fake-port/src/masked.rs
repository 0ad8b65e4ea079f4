//! What stands for a secret where things are shown.

use http::HeaderMap;
use serde_json::{Map, Value, json};

pub(crate) const MASKED: &str = "[masked]";

/// Headers in JSON: to each name the list of its values, without those that are sensitive.
pub(crate) fn headers_in_json(headers: &HeaderMap) -> Map<String, Value> {
    let mut shown = Map::new();
    for name in headers.keys() {
        let values = headers.get_all(name).iter().map(|value| {
            if value.is_sensitive() { MASKED.into() } else { String::from_utf8_lossy(value.as_bytes()) }
        });
        shown.insert(name.to_string(), json!(values.collect::<Vec<_>>()));
    }
    shown
}
