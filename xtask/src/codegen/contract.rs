//! Says where the contract is wrong when it is.

use anyhow::{Result, bail};
use openapiv3::OpenAPI;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::by_hand::Parts;
use super::place::Place;
use super::prepare::SCHEMAS;
use super::supported;

/// Checks that a document is OpenAPI 3.0, that its references hold, and that the generator supports all of it. Returns the
/// parts that only code by hand reads.
pub(super) fn check(document: &Value) -> Result<Parts> {
    let version = document["openapi"].as_str().unwrap_or_default();
    if !version.starts_with("3.0.") {
        bail!("at #/openapi: this generator reads OpenAPI 3.0.x, not {version:?}; write the contract in 3.0");
    }
    check_values(&Place::root(document))?;
    let by_hand = supported::check(document)?;
    if let Err(error) = serde_path_to_error::deserialize::<_, OpenAPI>(document) {
        return place_of_fault(document, error.path())
            .refuse(format!("not OpenAPI 3.0: {}", error.inner()), "correct it");
    }
    Ok(by_hand)
}

/// Checks that a reference leads somewhere, and that of a schema to a schema.
fn check_reference(place: &Place<'_>) -> Result<()> {
    let Some(Value::String(reference)) = place.value.get("$ref") else { return Ok(()) };
    let target = reference.strip_prefix('#').and_then(|pointer| place.document.pointer(pointer));
    let fault = match target {
        None => format!("{reference} does not exist"),
        _ if place.pointer.starts_with(SCHEMAS) && !reference.starts_with(SCHEMAS) => {
            format!("{reference} is no schema")
        }
        _ => return Ok(()),
    };
    place.refuse(fault, "refer to something in this file, as in `#/components/schemas/Webhook`")
}

/// Checks that references lead somewhere, and that no value is missing.
fn check_values(place: &Place<'_>) -> Result<()> {
    check_reference(place)?;
    match place.value {
        Value::Null => place.refuse("no value", "write one, or remove its key"),
        Value::Object(_) => place.members()?.into_iter().try_for_each(|(key, member)| match key {
            // The members are called after fields.
            "properties" => member.members()?.iter().try_for_each(|(_, field)| check_values(field)),
            "examples" => member.members()?.into_iter().try_for_each(|(_, example)| check_example(example)),
            "example" | "default" | "enum" => Ok(()),
            _ => check_values(&member),
        }),
        Value::Array(_) => place.items()?.iter().try_for_each(check_values),
        _ => Ok(()),
    }
}

/// Checks an example beside a schema, or among the components. Its value is any JSON.
fn check_example(example: Place<'_>) -> Result<()> {
    check_reference(&example)?;
    let example = example.target("examples")?;
    if example.get("value").is_none() {
        return example.refuse("no `value`", "write the example there");
    }
    example.only(&["summary", "description", "value"], "write the example as `value`")
}

/// The smallest part of a document that keeps it from being OpenAPI. The parser knows only the beginning of its path, since
/// it tries references before values.
fn place_of_fault<'a>(document: &'a Value, path: &serde_path_to_error::Path) -> Place<'a> {
    let harmless = [json!(null), json!({}), json!([]), json!(""), json!(true), json!({ "$ref": "" })];
    let is_fault = |place: &Place<'_>| {
        harmless.iter().any(|value| {
            let mut document = document.clone();
            document.pointer_mut(&place.pointer[1..]).into_iter().for_each(|part| part.clone_from(value));
            OpenAPI::deserialize(&document).is_ok()
        })
    };
    let mut fault = Place::root(document);
    for segment in path {
        match fault.get(&segment.to_string()) {
            Some(part) => fault = part,
            None => break,
        }
    }
    loop {
        let members = fault.members().unwrap_or_default().into_iter().map(|(_, member)| member);
        let mut inside = members.chain(fault.items().unwrap_or_default());
        match inside.find(is_fault) {
            Some(part) => fault = part,
            None => return fault,
        }
    }
}
