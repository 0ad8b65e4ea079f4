//! What a schema may be, and where.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result};
use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use serde_json::{Map, json};
use syn::visit_mut::VisitMut;
use syn::{UseName, UseRename};

use crate::root;

use super::super::place::Place;
use super::super::rules::has_rule;

/// What may stand beside the type of every value.
const OF_VALUES: &[&str] = &["type", "description", "nullable", "default", "example"];
/// Exports the generated types beside others.
const LIBRARY: &str = "crates/port-webhooks-api/src/lib.rs";
const ANY_JSON: &str = "or, where it is used, only a description: that is any JSON";
pub(crate) const LEFT_OUT: &str = "leave the field out, so that it is kept in `extra`";
pub(super) const NEEDS_NAME: &str =
    "move it to components/schemas, where its name becomes the name of its type, and refer to it";
pub(super) const SAY_IT_IN_WORDS: &str = "remove it, or say it in the description";

/// Checks the schemas, and those that they lead to, of which types are generated.
pub(super) fn check(mut waiting: Vec<Place<'_>>) -> Result<()> {
    let exported = exported()?;
    let mut seen = BTreeSet::new();
    while let Some(schema) = waiting.pop() {
        let name = schema.name();
        if has_rule(name) || !seen.insert(name.to_owned()) {
            continue;
        }
        let of_type = name.to_upper_camel_case();
        if name != of_type || syn::parse_str::<syn::Ident>(name).is_err() {
            return schema.refuse(
                format!("its type would be called {of_type:?}"),
                "give the schema a name that a type can have as it is",
            );
        }
        if exported.contains(name) {
            return schema.refuse(
                format!("`{name}` is another type of port-webhooks-api already"),
                "give the schema another name",
            );
        }
        component(&schema, &mut waiting)?;
    }
    Ok(())
}

/// The names that the generated crate exports by name. They would hide the types of schemas with the same names.
fn exported() -> Result<BTreeSet<String>> {
    let library =
        fs::read_to_string(root().join(LIBRARY)).with_context(|| format!("cannot read {LIBRARY}"))?;
    let mut library = syn::parse_file(&library).with_context(|| format!("cannot parse {LIBRARY}"))?;
    let mut exported = Exported(BTreeSet::new());
    exported.visit_file_mut(&mut library);
    Ok(exported.0)
}

struct Exported(BTreeSet<String>);

impl VisitMut for Exported {
    fn visit_use_name_mut(&mut self, name: &mut UseName) {
        self.0.insert(name.ident.to_string());
    }

    fn visit_use_rename_mut(&mut self, name: &mut UseRename) {
        self.0.insert(name.rename.to_string());
    }
}

pub(super) fn documented(place: &Place<'_>) -> Result<()> {
    if place.text("description").trim().is_empty() {
        return place.refuse(
            "no description",
            "write one, which becomes the documentation; beside a reference, write `allOf: [{ $ref: … }]`",
        );
    }
    if place.text("description").contains("<details>") {
        return place.refuse("a description with `<details>`", "write it without this element");
    }
    if has_code_block(place.text("description")) {
        return place.refuse(
            "a code block in a description, which Rust would compile as a test",
            "write the code in backticks inside a line, or as an `example`",
        );
    }
    Ok(())
}

/// Whether Markdown has a block of code: between fences, also in a list or a quotation, or indented.
fn has_code_block(text: &str) -> bool {
    let mut after_blank = true;
    text.lines().any(|line| {
        let inside = line.trim_start_matches(|c: char| " \t>-*+.)".contains(c) || c.is_ascii_digit());
        let is_fence = inside.starts_with("```") || inside.starts_with("~~~");
        let is_blank = line.trim().is_empty();
        let is_indented = after_blank && !is_blank && (line.starts_with("    ") || line.starts_with('\t'));
        after_blank = is_blank;
        is_fence || is_indented
    })
}

/// A schema with a name: an object with fields, a union of such objects, or another name for one of both.
fn component<'a>(schema: &Place<'a>, inside: &mut Vec<Place<'a>>) -> Result<()> {
    documented(schema)?;
    if schema.get("allOf").is_some() {
        schema.only(&["allOf", "description"], SAY_IT_IN_WORDS)?;
        let original = alias(schema)?;
        if has_rule(original.name()) || original.get("allOf").is_some() {
            return schema.refuse(
                "another name can be given to an object or a union",
                format!("refer to {} where this name is used", original.name()),
            );
        }
        inside.push(original);
        return Ok(());
    }
    for kind in ["oneOf", "anyOf"] {
        if schema.get(kind).is_some() {
            schema.only(&[kind, "description"], SAY_IT_IN_WORDS)?;
            if schema.at(kind).items()?.is_empty() {
                return schema.refuse(format!("`{kind}` of nothing"), "write its members, or `properties`");
            }
            for member in schema.at(kind).items()? {
                let mut target = member.clone().target("schemas")?;
                if target.get("allOf").is_some() {
                    target = alias(&target)?;
                }
                if has_rule(target.name()) || target.get("properties").is_none() {
                    return member.refuse(
                        "a union can be generated when all its members are objects",
                        format!("write objects with `properties`, {ANY_JSON}"),
                    );
                }
                object(&target, inside)?;
            }
            return Ok(());
        }
    }
    object(schema, inside)
}

/// The schema that an `allOf` of one refers to.
fn alias<'a>(schema: &Place<'a>) -> Result<Place<'a>> {
    match &schema.at("allOf").items()?[..] {
        [only] if only.get("$ref").is_some() => only.clone().target("schemas"),
        _ => schema.refuse("`allOf` of anything but one reference", "write all fields in one schema"),
    }
}

fn object<'a>(schema: &Place<'a>, inside: &mut Vec<Place<'a>>) -> Result<()> {
    if schema.text("type") != "object" || schema.at("properties").members()?.is_empty() {
        return schema.refuse(
            "a schema with a name is an object with `properties`",
            "write it where it is used, an enumeration as `type: string` with its values in the description; \
             docs/contract.md says how a type is written by hand",
        );
    }
    schema.only(
        &["type", "description", "required", "properties", "additionalProperties", "example"],
        SAY_IT_IN_WORDS,
    )?;
    if schema
        .value
        .get("additionalProperties")
        .is_some_and(|further| !further.is_boolean() && *further != json!({}))
    {
        return schema.refuse(
            "fields without a name are kept as JSON, whatever type they have",
            "write `additionalProperties: {}`, or move them to a field that is a map",
        );
    }
    for name in schema.value["required"].as_array().into_iter().flatten() {
        if schema.value["properties"].get(name.as_str().unwrap_or_default()).is_none() {
            return schema.refuse(format!("{name} is required but no property"), "write the property");
        }
    }
    for (name, field) in schema.at("properties").members()? {
        documented(&field)?;
        if name.is_empty() {
            return field.refuse("a field without a name", "give it one");
        }
        if name.to_snake_case() == "gen" {
            return field.refuse(format!("`{name}` would be called `gen`, a keyword of Rust"), LEFT_OUT);
        }
        value(&field, inside)?;
    }
    Ok(())
}

/// The schema of a field, an item of a list, a value of a map, or a parameter.
pub(super) fn value<'a>(schema: &Place<'a>, inside: &mut Vec<Place<'a>>) -> Result<()> {
    let keys = schema.value.as_object().map(Map::keys).into_iter().flatten();
    if schema.get("x-secret").is_some() {
        return schema.refuse(
            "`x-secret` marks a value that must not be shown, but its type here would show it",
            "refer to `#/components/schemas/Secret`, or remove the mark",
        );
    }
    let limits: &[&str] = match schema.text("type") {
        _ if schema.value.get("$ref").is_some() => {
            schema.only(
                &["$ref"],
                "write `allOf: [{ $ref: … }]` beside it; OpenAPI ignores what stands beside `$ref`",
            )?;
            inside.push(schema.clone().target("schemas")?);
            return Ok(());
        }
        _ if schema.value.get("allOf").is_some() => {
            schema.only(&["allOf", "description", "nullable", "default"], NEEDS_NAME)?;
            inside.push(alias(schema)?);
            return Ok(());
        }
        _ if keys
            .into_iter()
            .any(|key| ["properties", "oneOf", "anyOf", "enum", "title"].contains(&key.as_str())) =>
        {
            return schema.refuse(
                "its type needs a name",
                format!("{NEEDS_NAME}; an `enum` there needs a type by hand"),
            );
        }
        "" | "boolean" => &[],
        "string" => &["minLength", "maxLength", "pattern", "format"],
        "integer" | "number" => &["minimum", "maximum", "format"],
        "array" => &["items", "minItems", "maxItems", "uniqueItems"],
        "object" => &["additionalProperties", "minProperties", "maxProperties", "x-property-names"],
        other => return schema.refuse(format!("there is no type {other:?}"), "write a type of OpenAPI 3.0"),
    };
    schema.only(&[OF_VALUES, limits].concat(), SAY_IT_IN_WORDS)?;
    match (schema.text("type"), schema.text("format")) {
        ("integer", "" | "int32" | "int64") | ("number", "" | "float" | "double") => {}
        ("integer" | "number", format) => {
            return schema.refuse(
                format!("numbers are read as i64 or f64, and format {format:?} may not fit"),
                "write `int32`, `int64`, `float` or `double`",
            );
        }
        _ => {}
    }
    let held = match schema.text("type") {
        "array" => schema.get("items"),
        "object" => schema.get("additionalProperties"),
        _ => return Ok(()),
    };
    match held {
        Some(held) if *held.value == json!(true) => Ok(()),
        Some(held) if held.value.is_object() => value(&held, inside),
        None if schema.text("type") == "object" => Ok(()),
        _ => schema.refuse(
            "a list without `items`, or an object without fields",
            "write the schema of what it holds",
        ),
    }
}
