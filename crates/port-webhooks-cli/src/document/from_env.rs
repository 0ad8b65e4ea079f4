//! `{ fromEnv: NAME }`: a value that is not in the file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::environment::{self, Environment};
use crate::webhook_fields::is_known;

use super::check::Mistake;

/// The one member of an object that stands for a value.
const FROM_ENV: &str = "fromEnv";

/// A variable that a file names, as a value for a file.
pub(crate) struct Reference<'a>(pub(crate) &'a str);

impl From<Reference<'_>> for Value {
    fn from(reference: Reference<'_>) -> Self {
        json!({ FROM_ENV: reference.0 })
    }
}

/// What references of a webhook stand for.
#[derive(Default)]
pub(super) struct Resolved {
    /// Paths of values that were read from variables.
    pub(super) hidden: BTreeSet<String>,
    /// Paths of references to variables that are not set, which stay, and the names of the variables.
    pub(super) unset: BTreeMap<String, String>,
    pub(super) mistakes: Vec<Mistake>,
}

/// Puts values in the place of references: for a field, a header, a member of `security`, or anywhere in a field that is
/// not known.
pub(super) fn resolve(fields: &mut Map<String, Value>, variables: &Environment) -> Resolved {
    let mut resolved = Resolved::default();
    for (name, value) in fields.iter_mut() {
        let depth = match name.as_str() {
            "headers" | "security" => 1,
            name if is_known(name) => 0,
            _ => usize::MAX,
        };
        resolve_in(name, value, depth, variables, &mut resolved);
    }
    resolved
}

/// Does so in a value, and so deep in what it holds.
fn resolve_in(path: &str, value: &mut Value, depth: usize, variables: &Environment, resolved: &mut Resolved) {
    if resolve_one(path, value, variables, resolved) {
        return;
    }
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| {
            resolve_in(&format!("{path}.{name}"), member, depth, variables, resolved);
        }),
        Value::Array(items) => items.iter_mut().enumerate().for_each(|(at, item)| {
            resolve_in(&format!("{path}[{at}]"), item, depth, variables, resolved);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether it was a reference.
fn resolve_one(path: &str, value: &mut Value, variables: &Environment, resolved: &mut Resolved) -> bool {
    let Some(members) = value.as_object().filter(|members| members.contains_key(FROM_ENV)) else {
        return false;
    };
    let name = members.get(FROM_ENV).and_then(Value::as_str).filter(|_| members.len() == 1);
    let Some(name) = name else {
        let what = format!("`{{ {FROM_ENV}: NAME }}` cannot have other members, and NAME is a string");
        resolved.mistakes.push(Mistake::new(path, what));
        *value = Value::Null;
        return true;
    };
    match variables.text(name) {
        Ok(Some(text)) => {
            *value = Value::String(text);
            resolved.hidden.insert(path.to_owned());
        }
        Ok(None) => {
            resolved.unset.insert(path.to_owned(), environment::shown(name).to_owned());
        }
        Err(failure) => resolved.mistakes.push(Mistake::new(path, failure.what())),
    }
    true
}
