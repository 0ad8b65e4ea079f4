//! `{ fromEnv: NAME }`: a value that is not in the file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::environment::{self, Environment};
use crate::webhook_fields::is_known;

use super::check::Mistake;

const FROM_ENV: &str = "fromEnv";

/// A reference to a variable, as a value for a file.
pub(crate) fn reference(name: &str) -> Value {
    json!({ FROM_ENV: name })
}

#[derive(Default)]
pub(super) struct Resolved {
    /// Paths of values that were read from variables.
    pub(super) hidden: BTreeSet<String>,
    /// Paths of references to variables that are not set, and the names of the variables. These references stay.
    pub(super) unset: BTreeMap<String, String>,
    pub(super) mistakes: Vec<Mistake>,
}

/// Replaces references by their values: of a field, a header, a member of `security`, or anything in an unknown field.
pub(super) fn resolve(fields: &mut Map<String, Value>, environment: &Environment) -> Resolved {
    let mut resolved = Resolved::default();
    for (name, value) in fields.iter_mut() {
        let depth = match name.as_str() {
            "headers" | "security" => 1,
            name if is_known(name) => 0,
            _ => usize::MAX,
        };
        resolved.resolve(name, value, depth, environment);
    }
    resolved
}

impl Resolved {
    /// Replaces a value, or the values in it down to a depth.
    fn resolve(&mut self, path: &str, value: &mut Value, depth: usize, environment: &Environment) {
        if let Some(members) = value.as_object().filter(|members| members.contains_key(FROM_ENV)) {
            if let Some(found) = self.look_up(path, members, environment) {
                *value = found;
            }
            return;
        }
        let Some(depth) = depth.checked_sub(1) else { return };
        match value {
            Value::Object(members) => members.iter_mut().for_each(|(name, member)| {
                self.resolve(&format!("{path}.{name}"), member, depth, environment);
            }),
            Value::Array(items) => items.iter_mut().enumerate().for_each(|(at, item)| {
                self.resolve(&format!("{path}[{at}]"), item, depth, environment);
            }),
            _ => {}
        }
    }

    /// The value of a reference, unless its variable is not set. Null if it is not a valid reference.
    fn look_up(
        &mut self,
        path: &str,
        members: &Map<String, Value>,
        environment: &Environment,
    ) -> Option<Value> {
        let name = members.get(FROM_ENV).and_then(Value::as_str).filter(|_| members.len() == 1);
        let text = match name {
            None => Err(format!("`{{ {FROM_ENV}: NAME }}` cannot have other members, and NAME is a string")),
            Some(name) => environment.text(name).map_err(|failure| failure.what().to_owned()),
        };
        match text {
            Ok(Some(text)) => {
                self.hidden.insert(path.to_owned());
                Some(Value::String(text))
            }
            Ok(None) => {
                let name = environment::shown(name.unwrap_or_default());
                self.unset.insert(path.to_owned(), name.to_owned());
                None
            }
            Err(what) => {
                self.mistakes.push(Mistake::new(path, what));
                Some(Value::Null)
            }
        }
    }
}
