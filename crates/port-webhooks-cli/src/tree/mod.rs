//! Values of JSON and YAML with their order, their lines, and all digits of numbers.

mod json;
mod write;
mod yaml;

use std::collections::HashSet;
use std::rc::Rc;

use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

pub(crate) use json::from_json;
pub(crate) use write::{to_json, to_json_line, to_yaml};
pub(crate) use yaml::from_yaml;

/// The deepest nesting: deeper than any that Port sends, and shallow enough for every stack.
const MAX_DEPTH: usize = 160;
const TOO_DEEP: &str = "values are nested too deeply";
const NOT_IN_JSON: &str = "a number that JSON cannot express: put it in quotes";
const TOO_LARGE: &str = "an integer of more than 64 bits: put it in quotes";
/// The size of a value without its text and the names that lead to it, for the limit on the size of a tree.
const NODE_SIZE: usize = 64;

/// A value, and the line that it is on, counted from 1. What an alias repeats is shared, so a tree is never larger than
/// its text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    line: usize,
    kind: Rc<Kind>,
}

#[derive(Debug, PartialEq)]
enum Kind {
    Null,
    Bool(bool),
    /// As JSON writes it.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Mapping(Vec<(String, Node)>),
    /// A value that cannot be read, and why. The rest of the text can.
    Unreadable(&'static str),
}

/// What is wrong with a text, and where. It repeats no value, which may be a secret.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) line: usize,
    /// The path of the value, such as `headers.X-Key`; empty if the whole text cannot be read.
    pub(crate) path: String,
    pub(crate) what: String,
}

impl Mistake {
    fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, path: String::new(), what: what.into() }
    }
}

impl Kind {
    /// A mapping. Repeated names are unreadable.
    fn mapping(mut members: Vec<(String, Node)>) -> Self {
        let mut names = HashSet::new();
        for (name, member) in &mut members {
            if !names.insert(&*name) && member.is_readable() {
                member.kind = Rc::new(Self::Unreadable("a name occurs twice"));
            }
        }
        Self::Mapping(members)
    }
}

impl Node {
    fn new(line: usize, kind: Kind) -> Self {
        Self { line, kind: Rc::new(kind) }
    }

    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// The line of the value at a path, such as `headers.X-Key` or `mappings[0].entity`. For a path without a value, the
    /// line of the innermost value around it.
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
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(*self.kind, Kind::Null)
    }

    pub(crate) fn is_readable(&self) -> bool {
        match &*self.kind {
            Kind::Unreadable(_) => false,
            Kind::List(items) => items.iter().all(Self::is_readable),
            Kind::Mapping(members) => members.iter().all(|(_, member)| member.is_readable()),
            _ => true,
        }
    }

    pub(crate) fn items(&self) -> Option<&[Node]> {
        match &*self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Node> {
        match &*self.kind {
            Kind::Mapping(members) => {
                members.iter().find(|(other, _)| other == name).map(|(_, member)| member)
            }
            _ => None,
        }
    }

    /// The value as `serde_json` has it. Unreadable values, and numbers that it would round, become null and a mistake.
    pub(crate) fn to_value(&self, mistakes: &mut Vec<Mistake>) -> Value {
        self.value_at("", mistakes)
    }

    fn value_at(&self, path: &str, mistakes: &mut Vec<Mistake>) -> Value {
        let mut unreadable = |what: &str| {
            mistakes.push(Mistake { line: self.line, path: path.to_owned(), what: what.to_owned() });
            Value::Null
        };
        match &*self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(truth) => Value::Bool(*truth),
            Kind::Number(text) => number(text).map_or_else(unreadable, Value::Number),
            Kind::Text(text) => Value::String(text.clone()),
            Kind::Unreadable(what) => unreadable(what),
            Kind::List(items) => {
                let items = items.iter().enumerate();
                items.map(|(at, item)| item.value_at(&format!("{path}[{at}]"), mistakes)).collect()
            }
            Kind::Mapping(members) => {
                let mut map = Map::new();
                for (name, member) in members {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    let value = member.value_at(&path, mistakes);
                    map.entry(name).or_insert(value);
                }
                Value::Object(map)
            }
        }
    }
}

/// A number of JSON, unless `serde_json` would round it.
fn number(text: &str) -> Result<serde_json::Number, &'static str> {
    let is_integer = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_integer && text.parse::<u64>().is_err() && text.parse::<i64>().is_err() {
        return Err(TOO_LARGE);
    }
    text.parse().map_err(|_| NOT_IN_JSON)
}

/// For JSON only: numbers are written as they were read.
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &*self.kind {
            Kind::Null | Kind::Unreadable(_) => serializer.serialize_unit(),
            Kind::Bool(truth) => serializer.serialize_bool(*truth),
            Kind::Number(text) => {
                RawValue::from_string(text.clone()).map_err(S::Error::custom)?.serialize(serializer)
            }
            Kind::Text(text) => serializer.serialize_str(text),
            Kind::List(items) => serializer.collect_seq(items),
            Kind::Mapping(members) => {
                serializer.collect_map(members.iter().map(|(name, member)| (name, member)))
            }
        }
    }
}
