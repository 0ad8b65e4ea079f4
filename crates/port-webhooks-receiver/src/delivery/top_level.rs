//! The top level of a delivery, read by hand: a derived reader takes an array for an object, and lets a key
//! that is there twice pass.

use std::cell::Cell;
use std::fmt;

use port_webhooks_api::Delivery;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::error::{ParseError, ParseErrorKind};

/// What the parser's own error does not tell.
#[derive(Default)]
pub(super) struct Progress {
    is_object: Cell<bool>,
    duplicate: Cell<bool>,
    field: Cell<Option<&'static str>>,
}

impl Progress {
    pub(super) fn entered(&self) {
        self.is_object.set(true);
    }

    /// Notes which key is being read.
    pub(super) fn reads(&self, key: &Key) {
        self.field.set(match key {
            Key::Known(known) => Some(known.name()),
            Key::Other(_) => None,
        });
    }

    /// The error for a key that is there twice.
    pub(super) fn duplicate<E: serde::de::Error>(&self) -> E {
        self.duplicate.set(true);
        E::custom("duplicate key")
    }

    pub(super) fn explain(&self, error: &serde_json::Error) -> ParseError {
        let error = ParseError::of_json(error);
        match error.kind() {
            ParseErrorKind::WrongType if !self.is_object.get() => error.kind_is(ParseErrorKind::NotAnObject),
            ParseErrorKind::WrongType if self.duplicate.get() => {
                error.kind_is(ParseErrorKind::DuplicateKey).at(self.field.get())
            }
            ParseErrorKind::WrongType => error.at(self.field.get()),
            _ => error,
        }
    }
}

/// A key of the top level.
pub(super) enum Key {
    Known(Known),
    Other(String),
}

/// A field that the contract names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Event,
    Timestamp,
    Data,
    Organization,
    Source,
}

impl Known {
    fn of(name: &str) -> Option<Self> {
        [Self::Event, Self::Timestamp, Self::Data, Self::Organization, Self::Source]
            .into_iter()
            .find(|known| known.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Timestamp => "timestamp",
            Self::Data => "data",
            Self::Organization => "organization",
            Self::Source => "source",
        }
    }
}

/// The known fields that were read.
#[derive(Default)]
pub(super) struct Seen(u8);

impl Seen {
    /// Whether it was read before.
    pub(super) fn again(&mut self, known: Known) -> bool {
        let bit = 1 << known as u8;
        let again = self.0 & bit != 0;
        self.0 |= bit;
        again
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Key;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Key, E> {
                Ok(Known::of(name).map_or_else(|| Key::Other(name.to_owned()), Key::Known))
            }
        }

        deserializer.deserialize_str(Name)
    }
}

/// Reads an object, and that alone, to the end of the text.
pub(super) fn read<'de, V: Visitor<'de>>(
    text: &'de str,
    visitor: V,
    progress: &Progress,
) -> Result<V::Value, ParseError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = json.deserialize_map(visitor);
    read.and_then(|value| json.end().map(|()| value)).map_err(|error| progress.explain(&error))
}

pub(super) fn delivery(text: &str) -> Result<Delivery, ParseError> {
    let progress = Progress::default();
    read(text, TopLevel(&progress), &progress)
}

struct TopLevel<'p>(&'p Progress);

impl<'de> Visitor<'de> for TopLevel<'_> {
    type Value = Delivery;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Delivery, A::Error> {
        self.0.entered();
        let mut delivery = Delivery::default();
        let mut seen = Seen::default();
        while let Some(key) = map.next_key::<Key>()? {
            self.0.reads(&key);
            match key {
                Key::Known(known) if seen.again(known) => return Err(self.0.duplicate()),
                Key::Known(Known::Event) => delivery.event = map.next_value()?,
                Key::Known(Known::Timestamp) => delivery.timestamp = map.next_value()?,
                Key::Known(Known::Data) => delivery.data = map.next_value()?,
                Key::Known(Known::Organization) => delivery.organization = map.next_value()?,
                Key::Known(Known::Source) => delivery.source = map.next_value()?,
                Key::Other(name) => {
                    if delivery.extra.contains_key(&name) {
                        return Err(self.0.duplicate());
                    }
                    delivery.extra.insert(name, map.next_value()?);
                }
            }
        }
        Ok(delivery)
    }
}
