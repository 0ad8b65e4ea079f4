//! Names of events, which shells complete. Any other is taken as well: Port may have new ones.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};

use crate::catalogue;

/// The name of an event, without white space around it.
pub(crate) fn event() -> impl TypedValueParser<Value = String> {
    EventName
}

#[derive(Clone)]
struct EventName;

impl TypedValueParser for EventName {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        Ok(StringValueParser::new().parse_ref(command, arg, value)?.trim().to_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(catalogue::ALL.iter().map(|entry| PossibleValue::new(entry.event))))
    }
}
