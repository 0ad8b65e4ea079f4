//! `{ fromEnv: NAME }`: a value that is not in the file.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::environment::{self, Environment};
use crate::failure::{Failure, Result};
use crate::known_fields::is_known;

/// The one member of an object that stands for a value.
const FROM_ENV: &str = "fromEnv";

/// A variable that a file names, as a value for a file.
pub(crate) struct Reference<'a>(pub(crate) &'a str);

impl From<Reference<'_>> for Value {
    fn from(reference: Reference<'_>) -> Self {
        json!({ FROM_ENV: reference.0 })
    }
}

/// The variables that files name and that are not there, and where they are named.
#[derive(Debug, Default)]
pub(crate) struct Unset(Vec<String>);

impl Unset {
    /// An error that names them all, if there are any.
    pub(crate) fn check(&self) -> Result<()> {
        match self.0.as_slice() {
            [] => Ok(()),
            [name] => Err(Failure::usage(format!("{name} is not set; nothing was sent"))),
            names => Err(Failure::usage(format!("{} are not set; nothing was sent", names.join(", ")))),
        }
        .map_err(|failure| {
            failure.advice("set variables in the environment or in the file .env of this directory")
        })
    }
}

/// Puts values in the place of references: for a field, a header, a member of `security`, or anywhere in a field that is
/// not known. Returns the paths of what was put there.
pub(super) fn resolve(
    fields: &mut Map<String, Value>,
    variables: &Environment,
    unset: &mut Unset,
) -> Result<BTreeSet<String>> {
    let mut hidden = BTreeSet::new();
    for (name, value) in fields.iter_mut() {
        let depth = match name.as_str() {
            "headers" | "security" => 1,
            name if is_known(name) => 0,
            _ => usize::MAX,
        };
        resolve_in(name, value, depth, variables, unset, &mut hidden)?;
    }
    Ok(hidden)
}

/// Does so in a value, and so deep in what it holds.
fn resolve_in(
    path: &str,
    value: &mut Value,
    depth: usize,
    variables: &Environment,
    unset: &mut Unset,
    hidden: &mut BTreeSet<String>,
) -> Result<()> {
    if resolve_one(path, value, variables, unset)? {
        hidden.insert(path.to_owned());
        return Ok(());
    }
    let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
    match value {
        Value::Object(members) => members.iter_mut().try_for_each(|(name, member)| {
            resolve_in(&format!("{path}.{name}"), member, depth, variables, unset, hidden)
        }),
        Value::Array(items) => items.iter_mut().enumerate().try_for_each(|(at, item)| {
            resolve_in(&format!("{path}[{at}]"), item, depth, variables, unset, hidden)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// Whether it was a reference.
fn resolve_one(path: &str, value: &mut Value, variables: &Environment, unset: &mut Unset) -> Result<bool> {
    let Some(members) = value.as_object().filter(|members| members.contains_key(FROM_ENV)) else {
        return Ok(false);
    };
    let name = members.get(FROM_ENV).and_then(Value::as_str).filter(|_| members.len() == 1);
    let name = name.ok_or_else(|| {
        Failure::usage(format!("{path}: `{{ {FROM_ENV}: NAME }}` cannot have other members"))
    })?;
    if let Some(text) = variables.text(name)? {
        *value = Value::String(text);
        return Ok(true);
    }
    let name = environment::shown(name);
    if !unset.0.iter().any(|other| other == name) {
        unset.0.push(name.to_owned());
    }
    Ok(false)
}
