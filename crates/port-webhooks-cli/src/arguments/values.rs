//! Values of flags: names of events, `NAME=VALUE`, times, identifiers.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::time::Duration;

use clap::builder::{PossibleValue, RangedU64ValueParser, TypedValueParser};
use clap::{Arg, Command, Error, value_parser};
use http::HeaderName;

use crate::catalogue;
use crate::failure::{Failure, Result};
use crate::terminal::steers;

/// The name of an event that a webhook can subscribe to, without white space around it. Shells complete the known ones;
/// any other is accepted as well, since Port may have new ones.
pub(crate) fn event() -> impl TypedValueParser<Value = String> {
    Name { live: false }
}

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

pub(crate) fn printable(text: &str) -> Result<String, &'static str> {
    if text.contains(steers) {
        return Err("contains a control character or an invisible one");
    }
    Ok(text.to_owned())
}

/// A name and a value. No error repeats the text, which may be a secret in the wrong place.
pub(crate) fn name_and_value<'a>(flag: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim(), value)),
        _ => Err(Failure::usage(format!("{flag}: expected NAME=VALUE"))),
    }
}

/// The name of a header, and its value or the variable that holds it.
pub(crate) fn header_and_value<'a>(flag: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    let (name, value) = name_and_value(flag, text)?;
    // `Authorization: Bearer abc=` contains `=` as well, and the credential before it.
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(Failure::usage(format!("{flag}: the part before `=` is not the name of a header"))
            .advice("write NAME=VALUE, not NAME: VALUE"));
    }
    Ok((name, value))
}

/// The name and the value of a header of an event, written as in HTTP. No error repeats the text.
pub(crate) fn event_header<'a>(text: &'a str, separators: &[char]) -> Result<(&'a str, &'a str)> {
    let (name, value) = text.split_once(separators).unwrap_or_default();
    if HeaderName::from_bytes(name.trim().as_bytes()).is_err() {
        return Err(Failure::usage("--header: expected NAME:VALUE, and NAME as HTTP allows it"));
    }
    Ok((name.trim(), value.trim()))
}

pub(crate) fn seconds() -> RangedU64ValueParser {
    value_parser!(u64).range(1..=86_400)
}

/// A time since 1970: 13 digits are milliseconds, fewer are seconds, as in a delivery.
pub(crate) fn since_1970(text: &str) -> Result<Duration, &'static str> {
    let digits = text.len();
    match text.parse() {
        Ok(time) if digits == 13 => Ok(Duration::from_millis(time)),
        Ok(time) if digits < 13 => Ok(Duration::from_secs(time)),
        _ => Err("not a time since 1970, in up to 12 digits (seconds) or 13 (milliseconds)"),
    }
}

pub(crate) fn each_once(identifiers: &[String]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    identifiers.iter().map(String::as_str).filter(|identifier| seen.insert(*identifier)).collect()
}
