//! Reads the contract, and says where it is wrong when it is.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use openapiv3::OpenAPI;
use serde_json::Value;

/// Reads a contract from YAML and checks that it is an OpenAPI 3.0 document whose references hold.
pub(super) fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).context("cannot read the contract")?;
    parse(&text)
}

fn parse(text: &str) -> Result<Value> {
    // By way of YAML's own values, which refuse a key that stands twice.
    let document: serde_norway::Value = serde_norway::from_str(text).context("not YAML")?;
    let document = serde_json::to_value(document).context("not JSON in YAML")?;
    let version = document["openapi"].as_str().unwrap_or_default();
    if !version.starts_with("3.0.") {
        bail!("at openapi: this generator reads OpenAPI 3.0.x, not {version:?}");
    }
    serde_path_to_error::deserialize::<_, OpenAPI>(&document)
        .map_err(|error| anyhow::anyhow!("at {}: {}", error.path(), error.inner()))?;
    check_references(&document, &document, &mut String::from("#"))?;
    check_cycles(&document)?;
    Ok(document)
}

fn check_references(document: &Value, at: &Value, place: &mut String) -> Result<()> {
    let length = place.len();
    match at {
        Value::Object(members) => {
            // In a list of examples or of properties `$ref` would be a name, but none is called so.
            if let Some(Value::String(reference)) = members.get("$ref") {
                let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
                if target.is_none() {
                    bail!("at {place}: {reference} does not exist");
                }
            }
            for (key, value) in members {
                place.push('/');
                place.push_str(&key.replace('~', "~0").replace('/', "~1"));
                check_references(document, value, place)?;
                place.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                place.push('/');
                place.push_str(&index.to_string());
                check_references(document, value, place)?;
                place.truncate(length);
            }
        }
        _ => {}
    }
    Ok(())
}

/// A schema that is itself, by way of references alone, has no end.
fn check_cycles(document: &Value) -> Result<()> {
    fn is_reached<'a>(document: &'a Value, from: &'a Value, start: &str, seen: &mut Vec<&'a str>) -> bool {
        if let Some(reference) = from.get("$ref").and_then(Value::as_str) {
            if reference == start {
                return true;
            }
            if seen.contains(&reference) {
                return false;
            }
            seen.push(reference);
            let target = document.pointer(reference.trim_start_matches('#'));
            return target.is_some_and(|target| is_reached(document, target, start, seen));
        }
        ["allOf", "oneOf", "anyOf"]
            .iter()
            .filter_map(|part| from.get(part)?.as_array())
            .flatten()
            .any(|member| is_reached(document, member, start, seen))
    }
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let own = format!("#/components/schemas/{name}");
        if is_reached(document, schema, &own, &mut Vec::new()) {
            bail!("at {own}: it is defined by itself");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        format!("{:#}", parse(text).unwrap_err())
    }

    #[test]
    fn a_contract_that_is_not_yaml_names_the_line() {
        let message = message("openapi: 3.0.3\ninfo: [");
        assert!(message.contains("not YAML") && message.contains("line"), "{message}");
    }

    #[test]
    fn a_wrong_type_names_its_place() {
        let message = message(
            "openapi: 3.0.3\ninfo: { title: T, version: '1' }\npaths: { /a: { get: { responses: 3 } } }",
        );
        assert!(message.contains("at paths"), "{message}");
    }

    #[test]
    fn a_reference_to_nothing_names_its_place() {
        let message = message(
            "openapi: 3.0.3\ninfo: { title: T, version: '1' }\npaths: {}\ncomponents: { schemas: { A: { $ref: '#/components/schemas/B' } } }",
        );
        assert_eq!(message, "at #/components/schemas/A: #/components/schemas/B does not exist");
    }

    #[test]
    fn another_version_is_refused() {
        assert!(
            message("openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths: {}").contains("OpenAPI 3.0.x")
        );
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let message = message("openapi: 3.0.3\npaths: {}\npaths: {}");
        assert!(message.contains("duplicate"), "{message}");
    }

    #[test]
    fn a_schema_that_is_itself_names_its_place() {
        for loops in [
            "A: { allOf: [{ $ref: '#/components/schemas/A' }] }",
            "A: { oneOf: [{ $ref: '#/components/schemas/B' }] }, B: { $ref: '#/components/schemas/A' }",
        ] {
            let text = format!(
                "openapi: 3.0.3\ninfo: {{ title: T, version: '1' }}\npaths: {{}}\ncomponents: {{ schemas: {{ {loops} }} }}"
            );
            assert_eq!(message(&text), "at #/components/schemas/A: it is defined by itself");
        }
    }
}
