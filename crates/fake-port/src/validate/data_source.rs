//! The body of a live webhook: an incoming data source.

use serde_json::{Map, Value};

use super::Purpose;
use super::field::{
    Checked, Problem, boolean, each_item, each_member, object, require, sized, string, unknown,
};
use super::mapping;

const REQUIRED: [&str; 2] = ["title", "enabled"];

pub(super) fn check(purpose: Purpose, body: &Map<String, Value>) -> Checked {
    match purpose {
        Purpose::Whole => require(body, &REQUIRED)?,
        Purpose::Patch => {}
    }
    each_member(body, |name, value| match name {
        "identifier" => sized(value, 1..=30),
        "title" => sized(value, 0..=30),
        "description" => sized(value, 0..=200),
        "icon" => string(value).map(drop),
        "mappings" => each_item(value, mapping::check),
        "enabled" => boolean(value),
        "security" => security(value),
        "integrationType" => one_of(value, &["custom", "template"]),
        _ => unknown(),
    })
}

fn security(value: &Value) -> Checked {
    each_member(object(value)?, |name, value| match name {
        "secret"
        | "signatureHeaderName"
        | "signatureAlgorithm"
        | "signaturePrefix"
        | "requestIdentifierPath"
            if value.is_null() =>
        {
            Ok(())
        }
        "signatureAlgorithm" => one_of(value, &["sha1", "sha256", "plain"]),
        "secret" | "signatureHeaderName" | "signaturePrefix" | "requestIdentifierPath" => {
            string(value).map(drop)
        }
        _ => unknown(),
    })
}

fn one_of(value: &Value, known: &[&str]) -> Checked {
    if known.contains(&string(value)?) {
        Ok(())
    } else {
        Err(Problem::new(format!("must be one of {}", known.join(", "))))
    }
}
