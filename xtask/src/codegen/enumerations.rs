//! Writes a type for each enumeration of texts in the contract. It keeps values that the contract does not name.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::Result;
use heck::ToUpperCamelCase as _;
use serde_json::Value;

use super::place::Place;
use super::rules::has_rule;
use super::supported::SAY_IT_IN_WORDS;

/// What each value means, by value.
pub(super) const DESCRIPTIONS: &str = "x-enum-descriptions";

/// Whether a schema with a name is an enumeration whose type is written here.
pub(super) fn is_enumeration(name: &str, schema: &Value) -> bool {
    schema.get("enum").is_some() && !has_rule(name)
}

/// The enumerations of a contract, with their names.
pub(super) fn enumerations(contract: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let schemas = contract["components"]["schemas"].as_object().into_iter().flatten();
    schemas.filter(|(name, schema)| is_enumeration(name, schema))
}

/// Checks that a type can be written for an enumeration.
pub(super) fn check(schema: &Place<'_>) -> Result<()> {
    schema.only(&["type", "description", "enum", DESCRIPTIONS, "example"], SAY_IT_IN_WORDS)?;
    if schema.text("type") != "string" {
        return schema.refuse("an enumeration of values that are no texts", "write `type: string`");
    }
    let descriptions = schema.at(DESCRIPTIONS);
    let mut variants = BTreeSet::from(["Other".to_owned()]);
    let mut values = BTreeSet::new();
    for value in schema.at("enum").items()? {
        let text = value.value.as_str().unwrap_or_default();
        let variant = text.to_upper_camel_case();
        if syn::parse_str::<syn::Ident>(&variant).is_err() || !variants.insert(variant.clone()) {
            return value.refuse(
                format!(
                    "the variant of {} would be called {variant:?}, like another one or like none",
                    value.value
                ),
                "leave it out: an unknown value is kept as text",
            );
        }
        let description = descriptions.text(text);
        if description.trim().is_empty() || description.contains('\n') {
            return value.refuse(
                format!("no description of `{text}`"),
                format!("write one line under `{DESCRIPTIONS}` beside `enum`; it becomes the documentation"),
            );
        }
        values.insert(text);
    }
    match descriptions.members()?.into_iter().find(|(name, _)| !values.contains(name)) {
        Some((name, place)) => place.refuse(format!("`enum` has no `{name}`"), "write it there, too"),
        None => Ok(()),
    }
}

/// The type of an enumeration.
pub(super) fn write(name: &str, schema: &Value) -> String {
    let mut text = "\nopen_enum! {\n".to_owned();
    for line in schema["description"].as_str().unwrap_or_default().lines() {
        let _ = writeln!(text, "{}", format!("    /// {line}").trim_end());
    }
    let _ = writeln!(text, "    {name} {{");
    for value in schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let description = schema[DESCRIPTIONS][value].as_str().unwrap_or_default();
        let _ = writeln!(text, "        /// `{value}`: {description}");
        let _ = writeln!(text, "        {} = {value:?},", value.to_upper_camel_case());
    }
    text + "    }\n}\n"
}
