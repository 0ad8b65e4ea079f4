//! `{ fromEnv: NAME }`: a value that is not in the file.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::environment::{self, Environment};
use crate::failure::{Failure, Result};

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
            [name] => Err(Failure::usage(format!("{name} is not set, and nothing was sent"))),
            names => Err(Failure::usage(format!("{} are not set, and nothing was sent", names.join(", ")))),
        }
        .map_err(|failure| {
            failure.advice("files take values from the environment, or from the file .env of this directory")
        })
    }
}

/// Puts values in the place of references: for a field, a header, or a member of `security`. Returns the paths of what
/// was put there.
pub(super) fn resolve(
    fields: &mut Map<String, Value>,
    variables: &Environment,
    unset: &mut Unset,
) -> Result<BTreeSet<String>> {
    let mut hidden = BTreeSet::new();
    for (name, value) in fields.iter_mut() {
        if resolve_one(name, value, variables, unset)? {
            hidden.insert(name.clone());
        } else if let ("headers" | "security", Value::Object(members)) = (name.as_str(), value) {
            for (member, value) in members {
                let path = format!("{name}.{member}");
                if resolve_one(&path, value, variables, unset)? {
                    hidden.insert(path);
                }
            }
        }
    }
    Ok(hidden)
}

/// Whether it was a reference.
fn resolve_one(path: &str, value: &mut Value, variables: &Environment, unset: &mut Unset) -> Result<bool> {
    let Some(members) = value.as_object().filter(|members| members.contains_key(FROM_ENV)) else {
        return Ok(false);
    };
    let name = members.get(FROM_ENV).and_then(Value::as_str).filter(|_| members.len() == 1);
    let name = name.ok_or_else(|| {
        Failure::usage(format!("{path}: a reference is `{{ {FROM_ENV}: NAME }}`, and nothing beside it"))
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
