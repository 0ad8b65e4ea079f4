//! Values as a person reads them.

use serde_json::Value;

use crate::terminal::one_line;
use crate::tree::to_yaml;

pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => one_line(text),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        Value::Array(_) | Value::Object(_) => one_line(&value.to_string()),
    }
}

/// A value in one line, with quotes around a string.
pub(crate) fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", one_line(text).replace('"', "\\\"")),
        Value::Object(_) => one_line(&value.to_string()),
        other => plain(other),
    }
}

pub(crate) fn yaml(value: &Value) -> String {
    to_yaml(value).unwrap_or_else(|_| one_line(&value.to_string()))
}
