//! Names of events and deliveries, which shells complete. Any other is accepted as well: Port may have new ones.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command, Error};

use crate::catalogue;

/// The name of an event that a webhook can subscribe to, without white space around it.
pub(crate) fn event() -> impl TypedValueParser<Value = String> {
    Name { live: false }
}

/// The name of an event or of a delivery of live Port.
pub(crate) fn delivery() -> impl TypedValueParser<Value = String> {
    Name { live: true }
}

#[derive(Clone)]
struct Name {
    /// Whether deliveries of live Port are completed, too.
    live: bool,
}

impl TypedValueParser for Name {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        trimmed.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let entries = catalogue::ALL.iter().filter(|entry| self.live || !entry.is_live());
        Some(Box::new(entries.map(|entry| PossibleValue::new(entry.event))))
    }
}

fn trimmed(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("the name of an event is empty"),
        name => Ok(name.to_owned()),
    }
}
