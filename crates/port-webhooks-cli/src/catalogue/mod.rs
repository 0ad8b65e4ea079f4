//! The deliveries of Port, with meaning and example: the documented events, and those of live Port.

use port_webhooks::EventType;
use port_webhooks_receiver::{Delivery, Live};
use serde::ser::{Error, Serialize, Serializer};

use crate::failure::{Failure, Result};
use crate::suggest;
use crate::terminal::one_line;
use crate::tree::from_json;

/// A delivery.
#[derive(serde::Serialize)]
pub(crate) struct Entry {
    /// The name of a documented event, or our name for a delivery of live Port, which has no name.
    pub(crate) event: &'static str,
    pub(crate) shape: &'static str,
    pub(crate) meaning: &'static str,
    /// JSON, as Port writes it, with the timestamp of the documentation.
    pub(crate) example: Example,
}

/// JSON as a text, whose members keep their order where it is written.
pub(crate) struct Example(pub(crate) &'static str);

impl Serialize for Example {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = from_json(self.0, usize::MAX).map_err(|mistake| Error::custom(mistake.what))?;
        json.serialize(serializer)
    }
}

const TIMESTAMP: &str = "2024-01-15T10:30:00Z";
/// The shape of the documented events.
const EVENT: &str = "event";

macro_rules! catalogue {
    ($($shape:expr => { $($event:literal: $meaning:literal,)+ })+) => {
        /// The documented events, in the order of the documentation, and then the deliveries of live Port.
        pub(crate) const ALL: &[Entry] = &[$($(Entry {
            event: $event,
            shape: $shape,
            meaning: $meaning,
            example: Example(include_str!(concat!("examples/", $event, ".json"))),
        },)+)+];
    };
}

catalogue! {
    EVENT => {
        "entity.created": "an entity is created",
        "entity.updated": "an entity is updated",
        "entity.deleted": "an entity is deleted",
        "action.created": "an action is created",
        "action.updated": "an action is updated",
        "action.deleted": "an action is deleted",
        "run.created": "a run of an action is created",
        "run.updated": "the status of a run changes",
        "run.completed": "a run completes",
        "blueprint.created": "a blueprint is created",
        "blueprint.updated": "a blueprint is updated",
        "blueprint.deleted": "a blueprint is deleted",
    }
    "change" => {
        "change.created": "live Port: an entity is created",
        "change.updated": "live Port: an entity is updated",
        "change.deleted": "live Port: an entity is deleted",
        "change.timer": "live Port: a timer of an entity expires",
        "change.blueprint": "live Port: a blueprint is updated",
        "change.run": "live Port: a run of an action is created",
    }
    "invocation" => {
        "invocation": "live Port: an action is run, with the default body",
    }
    "trigger data" => {
        "trigger-data": "live Port: an action is run, with the body {{ . }}",
        "trigger-data.automation": "live Port: an automation runs, with the body {{ . }}",
    }
    "other" => {
        "invocation.inputs": "live Port: an action is run, with a body of its inputs",
    }
}

impl Entry {
    pub(crate) fn example_at(&self, timestamp: &str) -> String {
        self.example.0.replacen(TIMESTAMP, timestamp, 1)
    }

    pub(crate) fn is_live(&self) -> bool {
        self.shape != EVENT
    }
}

pub(crate) fn find(name: &str) -> Result<&'static Entry> {
    ALL.iter().find(|entry| entry.event == name).ok_or_else(|| {
        unknown("", name, ALL.iter().map(|entry| entry.event))
            .or_advice("`port-webhooks events` lists them; `trigger --file` sends any other")
    })
}

/// Fails unless a webhook can subscribe to an event of this name.
pub(crate) fn check_event(flag: &str, name: &str) -> Result<()> {
    let known = || EventType::KNOWN.iter().map(EventType::as_str);
    if known().any(|known| known == name) {
        return Ok(());
    }
    Err(unknown(&format!("{flag}: "), name, known()).or_advice("`port-webhooks events` lists them"))
}

fn unknown(before: &str, name: &str, known: impl Iterator<Item = &'static str>) -> Failure {
    let failure = Failure::usage(format!("{before}\"{}\" is not a documented event", one_line(name)));
    match suggest::closest(name, known) {
        Some(meant) => failure.advice(format!("did you mean {meant}? `port-webhooks events` lists them")),
        None => failure,
    }
}

/// The shape of a body.
pub(crate) fn shape(delivery: &Delivery) -> &'static str {
    match delivery.live() {
        Live::Change(_) => "change",
        Live::Invocation(_) => "invocation",
        Live::TriggerData(_) => "trigger data",
        _ if delivery.event_name().is_some() => EVENT,
        _ => "other",
    }
}
