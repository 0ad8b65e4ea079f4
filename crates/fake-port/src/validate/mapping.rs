//! One mapping of a data source: how a received payload becomes an entity.
//!
//! A mapping that deletes needs only the entity's identifier and may have unknown properties; any
//! other may not.

use serde_json::Value;

use super::field::{
    Checked, Problem, boolean, each_item, each_member, object, only, require, string, unknown,
};

pub(super) fn check(mapping: &Value) -> Checked {
    let fields = object(mapping)?;
    require(fields, &["blueprint", "entity"])?;
    let deletes = fields.get("operation").is_some_and(is_delete);
    each_member(fields, |name, value| match name {
        "blueprint" | "filter" | "itemsToParse" => string(value).map(drop),
        "entity" if deletes => deleted_entity(value),
        "entity" => entity(value),
        "operation" if deletes || is_upsert(value) => Ok(()),
        "operation" => Err(Problem::new("must be a form of create, update, upsert or delete")),
        _ if deletes => Ok(()),
        _ => unknown(),
    })
}

/// Whether entities are created or updated, by any of the names that Port's texts have for that.
fn is_upsert(operation: &Value) -> bool {
    let name = match operation {
        Value::Object(form) if only(form, &["type"]).is_ok() => form.get("type"),
        operation => Some(operation),
    };
    name.and_then(Value::as_str).is_some_and(|name| ["create", "update", "upsert"].contains(&name))
}

fn is_delete(operation: &Value) -> bool {
    match operation {
        Value::String(name) => name == "delete",
        Value::Object(form) => {
            only(form, &["type", "deleteDependents"]).is_ok()
                && form.get("type").is_some_and(|kind| kind == "delete")
                && form.get("deleteDependents").is_none_or(|flag| boolean(flag).is_ok())
        }
        _ => false,
    }
}

fn deleted_entity(value: &Value) -> Checked {
    let fields = object(value)?;
    only(fields, &["identifier"])?;
    require(fields, &["identifier"])?;
    each_member(fields, |_, value| string(value).map(drop))
}

fn entity(value: &Value) -> Checked {
    let fields = object(value)?;
    require(fields, &["identifier"])?;
    each_member(fields, |name, value| match name {
        "team" if value.is_array() => each_item(value, |team| string(team).map(drop)),
        "identifier" | "team" => string_or_query(value),
        "title" | "icon" => string(value).map(drop),
        "properties" | "relations" => object(value).map(drop),
        _ => unknown(),
    })
}

fn string_or_query(value: &Value) -> Checked {
    if value.is_string() {
        return Ok(());
    }
    let query = value.as_object().ok_or_else(|| Problem::new("must be a string or an object"))?;
    require(query, &["combinator", "rules"])?;
    each_member(query, |name, value| match name {
        "combinator" => string(value).map(drop),
        "rules" => each_item(value, |rule| object(rule).map(drop)),
        _ => unknown(),
    })
}
