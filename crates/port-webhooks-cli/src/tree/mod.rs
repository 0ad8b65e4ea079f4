//! Values of JSON and YAML as they stand in a text: in order, with their lines, numbers to the digit.

mod json;
#[cfg(test)]
mod tests;
mod write;
mod yaml;

use std::rc::Rc;

use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

pub(crate) use json::from_json;
pub(crate) use write::{to_json, to_json_line, to_yaml};
pub(crate) use yaml::from_yaml;

/// How deep values may be nested: deeper than any that Port sends, and shallow enough for every stack.
const MAX_DEPTH: usize = 160;
const TOO_DEEP: &str = "values are nested too deeply";
/// What a value takes beside its text, when the size of a tree is counted.
const NODE_SIZE: usize = 64;

/// A value, and the line that it is on, counted from 1. What an alias repeats is shared, so a tree is never larger than
/// its text.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    line: usize,
    kind: Rc<Kind>,
    /// The size of the tree as if nothing were shared.
    size: usize,
}

#[derive(Debug)]
enum Kind {
    Null,
    Bool(bool),
    /// As JSON writes it.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Mapping(Vec<(String, Node)>),
}

/// What is wrong with a text, and where. It repeats no value, which may be a secret.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Mistake {
    fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

impl Node {
    fn new(line: usize, kind: Kind) -> Self {
        let inner = match &kind {
            Kind::Null | Kind::Bool(_) => 0,
            Kind::Number(text) | Kind::Text(text) => text.len(),
            Kind::List(items) => items.iter().fold(0, |size, item| item.size.saturating_add(size)),
            Kind::Mapping(members) => members
                .iter()
                .fold(0, |size, (name, member)| member.size.saturating_add(name.len()).saturating_add(size)),
        };
        Self { line, kind: Rc::new(kind), size: inner.saturating_add(NODE_SIZE) }
    }

    /// The line on which it begins.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// The line of what is at a path, such as `headers.X-Key` or `mappings[0].entity`. Of a path that leads nowhere, the
    /// line up to which it leads.
    pub(crate) fn line_of(&self, path: &str) -> usize {
        match self.step(path) {
            Some((inner, rest)) => inner.line_of(rest),
            None => self.line,
        }
    }

    /// The first value on a path, and the rest of the path. A name may have dots and brackets in it.
    fn step<'a, 'b>(&'a self, path: &'b str) -> Option<(&'a Node, &'b str)> {
        match &*self.kind {
            Kind::Mapping(members) => {
                let path = path.strip_prefix('.').unwrap_or(path);
                let ends = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
                let matching = members.iter().filter_map(|(name, member)| {
                    Some((name, member, path.strip_prefix(name.as_str()).filter(|rest| ends(rest))?))
                });
                let (_, member, rest) = matching.max_by_key(|(name, ..)| name.len())?;
                Some((member, rest))
            }
            Kind::List(items) => {
                let (place, rest) = path.strip_prefix('[')?.split_once(']')?;
                Some((items.get(place.parse::<usize>().ok()?)?, rest))
            }
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => None,
        }
    }

    /// Whether it says nothing.
    pub(crate) fn is_null(&self) -> bool {
        matches!(*self.kind, Kind::Null)
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Option<&[Node]> {
        match &*self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// A member of a mapping.
    pub(crate) fn member(&self, name: &str) -> Option<&Node> {
        match &*self.kind {
            Kind::Mapping(members) => {
                members.iter().find(|(other, _)| other == name).map(|(_, member)| member)
            }
            _ => None,
        }
    }

    /// The value for a program.
    ///
    /// # Errors
    /// A number that a program would round or could not hold.
    pub(crate) fn to_value(&self) -> Result<Value, Mistake> {
        Ok(match &*self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(truth) => Value::Bool(*truth),
            Kind::Number(text) => Value::Number(number(text).map_err(|what| Mistake::new(self.line, what))?),
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(items) => Value::Array(items.iter().map(Self::to_value).collect::<Result<_, _>>()?),
            Kind::Mapping(members) => {
                let member = |(name, member): &(String, Self)| Ok((name.clone(), member.to_value()?));
                Value::Object(members.iter().map(member).collect::<Result<Map<_, _>, _>>()?)
            }
        })
    }
}

/// A number of JSON, unless a program would round it.
fn number(text: &str) -> Result<serde_json::Number, &'static str> {
    let is_integer = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_integer && text.parse::<u64>().is_err() && text.parse::<i64>().is_err() {
        return Err("an integer of more than 64 bits: put it in quotes");
    }
    text.parse().map_err(|_| "a number that JSON cannot express: put it in quotes")
}

/// As JSON alone.
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &*self.kind {
            Kind::Null => serializer.serialize_unit(),
            Kind::Bool(truth) => serializer.serialize_bool(*truth),
            Kind::Number(text) => {
                RawValue::from_string(text.clone()).map_err(S::Error::custom)?.serialize(serializer)
            }
            Kind::Text(text) => serializer.serialize_str(text),
            Kind::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Kind::Mapping(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(name, member)| map.serialize_entry(name, member))?;
                map.end()
            }
        }
    }
}

/// Refuses a name that is in a mapping twice. Returns its place.
fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<usize> {
    let mut seen = std::collections::HashSet::new();
    names.enumerate().find(|(_, name)| !seen.insert(*name)).map(|(at, _)| at)
}
