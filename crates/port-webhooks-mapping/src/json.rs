//! Reads JSON as jq does, into jq's values: in the order of the keys, and no deeper than 256.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use fancy_regex::{Captures, Regex};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::value::{Map, Value};

/// Deeper arrays and objects are an error, in Port's jq as well.
const DEPTH: u16 = 256;

/// Parses JSON in a text of an expression.
///
/// # Errors
///
/// A text that says what is wrong with the JSON.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    read(text, false)
}

/// Parses JSON that Port's library, which is JavaScript, passes to jq: keys that are indices come first, and -0 is 0.
///
/// # Errors
///
/// A text that says what is wrong with the JSON.
pub(crate) fn parse_in_javascript(text: &str) -> Result<Value, String> {
    read(text, true)
}

fn read(text: &str, in_javascript: bool) -> Result<Value, String> {
    read_strictly(text, in_javascript, false).or_else(|error| {
        let json = as_json(text, in_javascript).map_err(|_| error.clone())?;
        read_strictly(&json, in_javascript, !in_javascript).map_err(|_| error)
    })
}

/// Converts the extensions that JavaScript and jq read to JSON: numbers that no double can hold, which JavaScript
/// passes as null; the second half of a surrogate pair alone; and, in jq, numbers such as `01`, `+1`, `.5`, `Infinity` and
/// `NaN`. For jq every number gets an exponent, so that the integers 1, -1 and 0 can stand for the infinite numbers and
/// NaN, which JSON lacks.
fn as_json(text: &str, in_javascript: bool) -> Result<String, fancy_regex::Error> {
    let halves = Regex::new(r"(?i)\\u(?:d[89ab]..\\ud[c-f]|(d[c-f]..))|\\.")?;
    let number = if in_javascript { "[-+.0-9][-+.0-9eE]*" } else { r"[-+.0-9IiN][-+.\w]*" };
    let tokens = Regex::new(&format!(r#""(?:[^"\\]|\\.)*"|{number}"#))?;
    let in_text = |escape: &Captures<str>| {
        if escape.get(1).is_some() { r"\ufffd".to_owned() } else { escape[0].to_owned() }
    };
    let json = tokens.try_replacen(text, 0, |token: &Captures<str>| {
        let token = &token[0];
        match token.parse::<f64>() {
            _ if token.starts_with('"') => {
                halves.try_replacen(token, 0, in_text).unwrap_or(token.into()).into_owned()
            }
            Ok(number) if number.is_infinite() && in_javascript => "null".to_owned(),
            Ok(number) if number.is_nan() => "0".to_owned(),
            Ok(number) if number.is_infinite() => number.signum().to_string(),
            Ok(number) if !in_javascript => format!("{number:e}"),
            _ => token.to_owned(),
        }
    });
    json.map(Cow::into_owned)
}

fn read_strictly(text: &str, in_javascript: bool, integers_are_infinite: bool) -> Result<Value, String> {
    let depth = Cell::new(0);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    let reader = Reader { depth: &depth, in_javascript, integers_are_infinite };
    let value = reader.deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// The order of keys in JavaScript's objects: indices by their number, before all others.
pub(crate) fn javascript_order(key: &str) -> (bool, u32) {
    match key.parse::<u32>() {
        Ok(index) if index < u32::MAX && index.to_string() == key => (false, index),
        _ => (true, 0),
    }
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    /// The number of open arrays and objects.
    depth: &'a Cell<u16>,
    in_javascript: bool,
    /// In the result of [`as_json`] for jq.
    integers_are_infinite: bool,
}

#[expect(clippy::cast_precision_loss, reason = "numbers are doubles")]
impl Reader<'_> {
    fn integer(self, number: i128) -> Value {
        let number = number as f64;
        Value::Number(if self.integers_are_infinite { number * f64::INFINITY } else { number })
    }

    fn open<E: serde::de::Error>(self) -> Result<(), E> {
        self.depth.set(self.depth.get() + 1);
        if self.depth.get() > DEPTH { Err(E::custom("Exceeds depth limit for parsing")) } else { Ok(()) }
    }

    fn close(self) {
        self.depth.set(self.depth.get() - 1);
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
        Ok(Value::Bool(bool))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(self.integer(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(self.integer(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(if self.in_javascript { number + 0.0 } else { number }))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.open()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            array.push(item);
        }
        self.close();
        Ok(array.into_iter().collect())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.open()?;
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let value = members.next_value_seed(self)?;
            map.insert(key.into(), value);
        }
        self.close();
        if self.in_javascript && map.keys().any(|key| !javascript_order(key).0) {
            map.sort_by_key(|key, _| javascript_order(key));
        }
        Ok(Value::Object(Rc::new(map)))
    }
}
