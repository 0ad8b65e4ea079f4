//! The vocabulary of the rules: what a value has to be, and a problem with its place.

use std::fmt;

use serde_json::{Map, Value};
use url::Url;

use Rule::Where;

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
    pub(crate) fn in_member(self, name: &str) -> Self {
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let step = if plain { name.to_owned() } else { format!("[{}]", Value::from(name)) };
        self.below(&step)
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

/// A rule for a value.
pub(crate) enum Rule {
    /// A value for which this is true, or this problem.
    Where(fn(&Value) -> bool, &'static str),
    /// A string whose number of Unicode code points is between these.
    Sized(usize, usize),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of such values.
    List(&'static Rule),
    /// The same, with at least one.
    Filled(&'static Rule),
    /// An object with these members.
    Object(Members),
    /// An object with these members, and with any others.
    Open(Members),
    /// Null, or such a value.
    Nullable(&'static Rule),
    /// The same, if null clears: in a PATCH, unless a switch says otherwise.
    Clearable(&'static Rule),
    /// A value that this function accepts.
    Check(fn(&Value, &Context<'_>) -> Checked),
}

/// The members that an object must have, and the rules of all that it may have.
pub(crate) struct Members(pub(crate) &'static [&'static str], pub(crate) &'static [(&'static str, Rule)]);

/// The settings that rules depend on.
#[derive(Default)]
pub(crate) struct Context<'a> {
    pub(super) null_clears: bool,
    /// Whether webhooks may subscribe to changes of webhooks.
    pub(super) changes: bool,
    pub(super) unreachable: &'a [Url],
}

pub(crate) const TEXT: Rule = Where(Value::is_string, "must be a string");
pub(crate) const FLAG: Rule = Where(Value::is_boolean, "must be true or false");
pub(crate) const OBJECT: Rule = Where(Value::is_object, "must be an object");

impl Rule {
    pub(super) fn check(&self, value: &Value, context: &Context<'_>) -> Checked {
        match self {
            Self::Where(is_right, problem) if !is_right(value) => Err(Problem::new(*problem)),
            Self::Where(..) => Ok(()),
            Self::Nullable(_) if value.is_null() => Ok(()),
            Self::Clearable(_) if value.is_null() && context.null_clears => Ok(()),
            Self::Nullable(rule) | Self::Clearable(rule) => rule.check(value, context),
            Self::Check(check) => check(value, context),
            Self::OneOf(known) if known.contains(&string(value)?) => Ok(()),
            Self::OneOf(known) => Err(Problem::new(format!("must be one of {}", known.join(", ")))),
            Self::Sized(least, most) => match string(value)?.chars().count() {
                count if count < *least => Err(Problem::new("must not be empty")),
                count if count > *most => {
                    Err(Problem::new(format!("must not be longer than {most} characters")))
                }
                _ => Ok(()),
            },
            Self::Filled(_) if value.as_array().is_some_and(Vec::is_empty) => {
                Err(Problem::new("must not be empty"))
            }
            Self::List(rule) | Self::Filled(rule) => {
                let items = value.as_array().ok_or_else(|| Problem::new("must be an array"))?;
                items.iter().enumerate().try_for_each(|(index, item)| {
                    rule.check(item, context).map_err(|problem| problem.below(&format!("[{index}]")))
                })
            }
            Self::Object(members) => members.check(object(value)?, context),
            Self::Open(members) => {
                members.require(object(value)?)?;
                members.check_present(object(value)?, context, true)
            }
        }
    }
}

impl Members {
    pub(super) fn check(&self, object: &Map<String, Value>, context: &Context<'_>) -> Checked {
        self.require(object)?;
        self.check_present(object, context, false)
    }

    fn require(&self, object: &Map<String, Value>) -> Checked {
        match self.0.iter().find(|name| !object.contains_key(**name)) {
            Some(name) => Err(Problem::at(name, "is required")),
            None => Ok(()),
        }
    }

    /// Checks the members that the object has, whatever it lacks.
    pub(super) fn check_present(
        &self,
        object: &Map<String, Value>,
        context: &Context<'_>,
        open: bool,
    ) -> Checked {
        each_member(object, |name, value| match self.1.iter().find(|(known, _)| *known == name) {
            Some((_, rule)) => rule.check(value, context),
            None if open => Ok(()),
            None => Err(Problem::new("unknown property")),
        })
    }
}

/// Checks each member of an object; a problem names the member.
pub(super) fn each_member(object: &Map<String, Value>, check: impl Fn(&str, &Value) -> Checked) -> Checked {
    object.iter().try_for_each(|(name, value)| check(name, value).map_err(|problem| problem.in_member(name)))
}

pub(super) fn object(value: &Value) -> Result<&Map<String, Value>, Problem> {
    value.as_object().ok_or_else(|| Problem::new("must be an object"))
}

pub(super) fn string(value: &Value) -> Result<&str, Problem> {
    value.as_str().ok_or_else(|| Problem::new("must be a string"))
}
