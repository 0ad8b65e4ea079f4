//! Numbers with more digits than an `f64` holds, which a body repeats when it is written again.
//!
//! `serde_json` keeps their digits only with a feature that changes it for the whole program, and a flattened field is
//! read without its text. So a body that has such numbers in unknown fields is parsed again with a table of them, which
//! `ExtraFields` finds here: a parse stays on its thread.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::{Number, RawValue};

use crate::json::{mend_json, tokens};

/// The texts of numbers, by the bits of the `f64` that they are read as. No two numbers of a body share one.
#[derive(Debug, Default)]
pub(crate) struct ExactNumbers(BTreeMap<u64, Box<RawValue>>);

#[derive(Default)]
struct Parse {
    has_unknown_floats: bool,
    numbers: Option<Arc<ExactNumbers>>,
}

thread_local! {
    static PARSE: RefCell<Parse> = RefCell::default();
}

/// Ends a parse, also when it panics.
struct Ends(Option<Parse>);

impl Drop for Ends {
    fn drop(&mut self) {
        PARSE.set(self.0.take().unwrap_or_default());
    }
}

/// Parses JSON that may have such numbers. Only when it has a fraction in an unknown field, they are searched for.
pub(crate) fn parse<T, E>(json: &[u8], parse: impl Fn(&[u8]) -> Result<T, E>) -> Result<T, E> {
    let _ends = Ends(Some(PARSE.take()));
    let result = parse(json);
    if result.is_err() || !PARSE.take().has_unknown_floats {
        return result;
    }
    let Some((json, numbers)) = str::from_utf8(json).ok().and_then(ExactNumbers::of) else { return result };
    PARSE.set(Parse { numbers: Some(Arc::new(numbers)), ..Parse::default() });
    parse(json.as_bytes())
}

/// Parses valid JSON that [`mend_json`] has to mend first. A number that no `f64` can hold is kept in an unknown field,
/// and null in any other place.
pub(crate) fn parse_mended<T, E>(json: &str, parse: impl Fn(&[u8]) -> Result<T, E>) -> Result<T, E> {
    let _ends = Ends(Some(PARSE.take()));
    if let Some((json, numbers)) = ExactNumbers::of(json) {
        PARSE.set(Parse { numbers: Some(Arc::new(numbers)), ..Parse::default() });
        let result = parse(mend_json(&json).as_bytes());
        if result.is_ok() && PARSE.take().has_unknown_floats {
            return result;
        }
    }
    PARSE.take();
    parse(mend_json(json).as_bytes())
}

impl ExactNumbers {
    /// Those of a JSON text, and the text in which each is read as another `f64`.
    fn of(json: &str) -> Option<(String, Self)> {
        let (exact, inexact): (BTreeSet<&str>, BTreeSet<&str>) = tokens(json)
            .filter(|token| token.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
            .partition(|token| {
                serde_json::from_str::<Number>(token).is_ok_and(|it| it.to_string() == *token)
            });
        let mut taken: BTreeSet<u64> = exact.into_iter().filter_map(bits).collect();
        let mut numbers = BTreeMap::new();
        let mut written = BTreeMap::new();
        for token in inexact {
            let Some((bits, text)) = free(token, &taken) else { continue };
            taken.insert(bits);
            numbers.insert(bits, RawValue::from_string(token.to_owned()).ok()?);
            written.insert(token, text);
        }
        let text = tokens(json).map(|token| written.get(token).map_or(token, String::as_str)).collect();
        (!numbers.is_empty()).then_some((text, Self(numbers)))
    }

    /// The table of the parse under way, for unknown fields.
    pub(crate) fn of_parse<'a>(mut values: impl Iterator<Item = &'a Value>) -> Option<Arc<Self>> {
        if !values.any(has_float) {
            return None;
        }
        PARSE.with_borrow_mut(|parse| {
            parse.has_unknown_floats = true;
            parse.numbers.clone()
        })
    }
}

fn has_float(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_float),
        Value::Object(fields) => fields.values().any(has_float),
        _ => false,
    }
}

/// Of the `f64` that a number is read as. `None` if no `f64` can hold it.
fn bits(number: &str) -> Option<u64> {
    serde_json::from_str::<f64>(number).ok().map(f64::to_bits)
}

/// The nearest `f64` that is not taken, as bits and as a text.
fn free(number: &str, taken: &BTreeSet<u64>) -> Option<(u64, String)> {
    const SIGN: u64 = 1 << 63;
    let largest = if number.starts_with('-') { f64::MIN } else { f64::MAX };
    let nearest = bits(number).unwrap_or(largest.to_bits());
    let is_small = nearest & !SIGN < f64::to_bits(1.0);
    let neighbors = (0..1000).map(|step| if is_small { nearest + step } else { nearest - step });
    let texts = neighbors.filter_map(|bits| Some(Number::from_f64(f64::from_bits(bits))?.to_string()));
    // What is written is not always read as the same `f64`.
    std::iter::once(number.to_owned())
        .chain(texts)
        .filter_map(|text| Some((bits(&text)?, text)))
        .find(|(bits, _)| !taken.contains(bits))
}

/// A value, and the texts of its numbers.
pub(crate) struct Exact<'a>(pub(crate) &'a Value, pub(crate) &'a ExactNumbers);

impl Serialize for Exact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(value, numbers) = *self;
        match value {
            Value::Number(number) if number.is_f64() => {
                match number.as_f64().and_then(|number| numbers.0.get(&number.to_bits())) {
                    Some(text) => text.serialize(serializer),
                    None => number.serialize(serializer),
                }
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(|item| Exact(item, numbers))),
            Value::Object(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, Exact(value, numbers))))
            }
            value => value.serialize(serializer),
        }
    }
}
