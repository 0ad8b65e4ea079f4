//! The vocabulary of the rules: a problem with its place, and checks of single values.

use std::fmt;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

/// A rule that a value breaks, and the place of the value. Never shows the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// A JSON path; empty for the body itself.
    field: String,
    rule: String,
}

pub(crate) type Checked = Result<(), Problem>;

impl Problem {
    /// A problem of the value itself.
    pub(crate) fn new(rule: impl Into<String>) -> Self {
        Self { field: String::new(), rule: rule.into() }
    }

    /// A problem of a member.
    pub(crate) fn at(name: &str, rule: impl Into<String>) -> Self {
        Self::new(rule).in_member(name)
    }

    /// The same problem, seen from the object that has the value as this member.
    pub(super) fn in_member(self, name: &str) -> Self {
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let step = if plain { name.to_owned() } else { format!("[{}]", Value::from(name)) };
        self.below(&step)
    }

    /// The same problem, seen from the array that has the value at this index.
    pub(super) fn in_item(self, index: usize) -> Self {
        self.below(&format!("[{index}]"))
    }

    /// The same problem, one step further down.
    fn below(mut self, step: &str) -> Self {
        let dot = if self.field.is_empty() || self.field.starts_with('[') { "" } else { "." };
        self.field = format!("{step}{dot}{}", self.field);
        self
    }

    /// The JSON path of the value, or `body` for the whole of it.
    pub(crate) fn field(&self) -> &str {
        if self.field.is_empty() { "body" } else { &self.field }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field(), self.rule)
    }
}

/// Rejects a member that is not in the list.
pub(crate) fn only(object: &Map<String, Value>, known: &[&str]) -> Checked {
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => unknown().map_err(|problem| problem.in_member(name)),
        None => Ok(()),
    }
}

/// Rejects an unknown member.
pub(super) fn unknown() -> Checked {
    Err(Problem::new("unknown property"))
}

/// Rejects an object that lacks one of these members.
pub(crate) fn require(object: &Map<String, Value>, names: &[&str]) -> Checked {
    match names.iter().find(|name| !object.contains_key(**name)) {
        Some(name) => Err(Problem::at(name, "is required")),
        None => Ok(()),
    }
}

/// The string that a required member holds.
pub(crate) fn non_null_string<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a str, Problem> {
    object.get(name).and_then(Value::as_str).ok_or_else(|| Problem::at(name, "must be a string"))
}

/// Checks each member of an object; a problem names the member.
pub(super) fn each_member(
    object: &Map<String, Value>,
    mut check: impl FnMut(&str, &Value) -> Checked,
) -> Checked {
    object.iter().try_for_each(|(name, value)| check(name, value).map_err(|problem| problem.in_member(name)))
}

/// Checks each item of an array; a problem names the index.
pub(super) fn each_item(value: &Value, mut check: impl FnMut(&Value) -> Checked) -> Checked {
    let items = value.as_array().ok_or_else(|| Problem::new("must be an array"))?;
    items
        .iter()
        .enumerate()
        .try_for_each(|(index, item)| check(item).map_err(|problem| problem.in_item(index)))
}

pub(super) fn object(value: &Value) -> Result<&Map<String, Value>, Problem> {
    value.as_object().ok_or_else(|| Problem::new("must be an object"))
}

pub(super) fn string(value: &Value) -> Result<&str, Problem> {
    value.as_str().ok_or_else(|| Problem::new("must be a string"))
}

pub(super) fn boolean(value: &Value) -> Checked {
    if value.is_boolean() { Ok(()) } else { Err(Problem::new("must be true or false")) }
}

/// A string whose length in Unicode code points is in the range.
pub(super) fn sized(value: &Value, length: RangeInclusive<usize>) -> Checked {
    let count = string(value)?.chars().count();
    if count < *length.start() {
        Err(Problem::new("must not be empty"))
    } else if count > *length.end() {
        Err(Problem::new(format!("must not be longer than {} characters", length.end())))
    } else {
        Ok(())
    }
}
