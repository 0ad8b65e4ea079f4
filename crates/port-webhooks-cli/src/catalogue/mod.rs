//! The documented events, each with what it means and a delivery as an example.

use crate::failure::{Failure, Result};

/// An event.
pub(crate) struct Entry {
    pub(crate) event: &'static str,
    pub(crate) meaning: &'static str,
    /// JSON, as Port writes it, with the timestamp of the documentation.
    pub(crate) example: &'static str,
}

/// The timestamp in the examples.
const TIMESTAMP: &str = "2024-01-15T10:30:00Z";

macro_rules! catalogue {
    ($($event:literal: $meaning:literal,)+) => {
        /// Every documented event, in the order of the documentation.
        pub(crate) const ALL: &[Entry] = &[$(
            Entry { event: $event, meaning: $meaning, example: include_str!(concat!("examples/", $event, ".json")) },
        )+];
    };
}

catalogue! {
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

impl Entry {
    /// The example, as if it happened at another time.
    pub(crate) fn example_at(&self, timestamp: &str) -> String {
        self.example.replacen(TIMESTAMP, timestamp, 1)
    }
}

/// The event of a name.
pub(crate) fn find(event: &str) -> Result<&'static Entry> {
    ALL.iter().find(|entry| entry.event == event).ok_or_else(|| {
        Failure::usage(format!("\"{event}\" is not a documented event"))
            .advice("`port-webhooks events` lists them; `trigger --file` sends any other")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use port_webhooks::{EventType, Timestamp};
    use port_webhooks_receiver::{Delivery, Event};

    #[test]
    fn every_event_has_an_example_that_a_receiver_understands() {
        let known: Vec<_> = EventType::KNOWN.iter().map(EventType::as_str).collect();
        assert_eq!(ALL.iter().map(|entry| entry.event).collect::<Vec<_>>(), known);
        for entry in ALL {
            let text = entry.example_at("2026-11-24T12:00:00Z");
            let delivery = Delivery::new(text);
            let event = delivery.event();
            let delivery = delivery.documented();
            assert_eq!(delivery.event.as_ref().map(EventType::as_str), Some(entry.event));
            assert_eq!(delivery.timestamp.as_ref().map(Timestamp::as_str), Some("2026-11-24T12:00:00Z"));
            let kind = entry.event.split('.').next().unwrap();
            let data = serde_json::to_value(&delivery.data).unwrap();
            assert_eq!(data.as_object().unwrap().keys().collect::<Vec<_>>(), [kind]);
            assert!(!matches!(event, Event::Other));
            assert!(delivery.extra.is_empty(), "{}", entry.event);
        }
    }
}
