//! Whether the fields that are known have the types that they should have. What they may say is for Port to judge; an
//! error repeats no value.

use serde_json::{Map, Value};

use crate::failure::{Failure, Result};

/// Checks fields of which each may be null, which clears it.
pub(super) fn check(fields: &Map<String, Value>) -> Result<()> {
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        match name.as_str() {
            "identifier" | "title" | "description" | "icon" | "url" | "integrationType" => text(name, value)?,
            "enabled" => must(value.is_boolean(), name, "true or false")?,
            "events" => {
                for (at, event) in list(name, value)?.iter().enumerate() {
                    text(&format!("{name}[{at}]"), event)?;
                }
            }
            "headers" => {
                for (header, value) in object(name, value)? {
                    text(&format!("{name}.{header}"), value)?;
                }
            }
            "security" => security(object(name, value)?)?,
            "mappings" => {
                for (at, mapping) in list(name, value)?.iter().enumerate() {
                    object(&format!("{name}[{at}]"), mapping)?;
                }
            }
            "secret" => {
                return Err(
                    Failure::usage("secret: not a field of a webhook").advice("put it under `security`")
                );
            }
            _ => {}
        }
    }
    Ok(())
}

fn security(members: &Map<String, Value>) -> Result<()> {
    const TEXTS: [&str; 5] =
        ["secret", "signatureHeaderName", "signatureAlgorithm", "signaturePrefix", "requestIdentifierPath"];
    let known = members.iter().filter(|(name, value)| TEXTS.contains(&name.as_str()) && !value.is_null());
    known.into_iter().try_for_each(|(name, value)| text(&format!("security.{name}"), value))
}

fn text(path: &str, value: &Value) -> Result<()> {
    match value {
        Value::String(_) => Ok(()),
        Value::Number(_) | Value::Bool(_) => {
            Err(Failure::usage(format!("{path}: must be a string")).advice("put the value in quotes"))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => must(false, path, "a string"),
    }
}

fn list<'a>(path: &str, value: &'a Value) -> Result<&'a Vec<Value>> {
    value.as_array().ok_or_else(|| Failure::usage(format!("{path}: must be a list")))
}

fn object<'a>(path: &str, value: &'a Value) -> Result<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| Failure::usage(format!("{path}: must be a mapping")))
}

fn must(holds: bool, path: &str, what: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(Failure::usage(format!("{path}: must be {what}"))) }
}
