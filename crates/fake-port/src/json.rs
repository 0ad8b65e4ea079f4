//! JSON: its content type, webhooks, and reading and showing values that may hold secrets. An error names the place in
//! the JSON, and leaves out a text in the place of a value of another type.

use std::fmt::Write;

use http::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The content type of the API's responses.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// A webhook as it is stored and sent.
pub(crate) type Webhook = Map<String, Value>;

pub(crate) fn identifier_of(webhook: &Webhook) -> Option<&str> {
    webhook.get("identifier").and_then(Value::as_str)
}

/// Shown in place of a secret.
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

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads a whole text.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = at_path(&mut reader)?;
    reader.end().map_err(|error| error.to_string())?;
    Ok(read)
}

/// Reads a JSON value.
pub(crate) fn read_value<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    at_path(value)
}

fn at_path<'de, T: Deserialize<'de>, D>(reader: D) -> Result<T, String>
where
    D: serde::Deserializer<'de, Error = serde_json::Error>,
{
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        let what = hide_text(&error.into_inner().to_string());
        // "." is the whole, and "?" a part that has no name yet.
        match path.trim_end_matches(['.', '?']) {
            "" => what,
            path => format!("{path}: {what}"),
        }
    })
}

/// Takes the text out of "invalid type: string \"text\", expected …": it may be a secret in the wrong place.
fn hide_text(message: &str) -> String {
    for start in ["invalid type: string", "invalid value: string"] {
        let expected = message.starts_with(start).then(|| message.rfind(", expected ")).flatten();
        if let Some(expected) = expected {
            return format!("{start}{}", &message[expected..]);
        }
    }
    message.to_owned()
}
