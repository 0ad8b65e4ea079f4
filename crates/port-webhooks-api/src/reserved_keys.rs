//! Keys that the JSON parser would not take for keys.
//!
//! With its features `raw_value` and `arbitrary_precision`, which anything in a program can turn on, `serde_json` reads
//! an object with a key of its own, when it makes a `Value` of it, as something else: as JSON within a text, which is
//! parsed with a new limit of depth. Whoever can choose a property could have the stack overflow. Nothing else has
//! such keys.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

const RESERVED: &str = "$serde_json::private::";

/// Whether a key in this JSON, at any depth and however it is written, is one of the parser's own. What else may be
/// wrong is not looked for.
#[doc(hidden)]
pub fn has_reserved_key(json: &str) -> bool {
    // Each of its letters stands there as it is, or as `\u00` and two digits.
    let perhaps =
        may_have_reserved_key(json.as_bytes()) && (json.contains(RESERVED) || json.contains("\\u00"));
    perhaps && serde_json::from_str::<Plain>(json).is_err_and(|error| error.is_data())
}

/// Most JSON has none of the signs that such a key begins with, which is seen at a glance: the compiler looks at many
/// bytes at once, as it could not with an early end.
pub(crate) fn may_have_reserved_key(json: &[u8]) -> bool {
    json.iter().fold(0, |found, byte| found | u8::from(matches!(byte, b'$' | b'\\'))) != 0
}

/// Anything whose keys are plain.
struct Plain;

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Plain)
    }
}

macro_rules! take {
    ($($visit:ident: $type:ty),+) => {
        $(fn $visit<E>(self, _: $type) -> Result<Self, E> {
            Ok(self)
        })+
    };
}

impl<'de> Visitor<'de> for Plain {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a plain key")
    }

    take! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Plain>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        while let Some(PlainKey) = map.next_key()? {
            map.next_value::<Plain>()?;
        }
        Ok(self)
    }
}

struct PlainKey;

impl<'de> Deserialize<'de> for PlainKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = PlainKey;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a plain key")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<PlainKey, E> {
                if name.starts_with(RESERVED) { Err(E::custom("a reserved key")) } else { Ok(PlainKey) }
            }
        }

        deserializer.deserialize_str(Name)
    }
}
