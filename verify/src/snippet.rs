//! What of an answer may be shown: its shape, and the names of errors.

use serde_json::Value;

const LONGEST: usize = 160;
/// The members whose text is a name, and nobody's data.
const NAMES: [&str; 3] = ["error", "name", "tokenType"];

/// The shape of a body: every text but the name of an error is `…`.
pub(crate) fn shape(body: &Value) -> String {
    cut(&masked(body, false).to_string())
}

fn masked(value: &Value, named: bool) -> Value {
    match value {
        Value::String(text) if named => Value::from(word(text)),
        Value::String(_) => Value::from("…"),
        Value::Array(items) => items.iter().take(1).map(|item| masked(item, false)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (word(name), masked(member, NAMES.contains(&name.as_str()))))
            .collect(),
        other => other.clone(),
    }
}

/// A server's own word for something; a text that is none is not repeated.
pub(crate) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    if (1..=40).contains(&text.len()) && text.chars().all(plain) { text.to_owned() } else { "…".to_owned() }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain("…".chars()).collect()
}
