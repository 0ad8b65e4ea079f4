//! `events`.

use port_webhooks::EventType;
use port_webhooks::types::Timestamp;
use port_webhooks_receiver::{Delivery, Event};
use serde_json::Value;

use crate::support::{Ran, command};

fn run(arguments: &[&str]) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(directory.path());
    command.arg("events").args(arguments);
    Ran::of(command, "")
}

#[test]
fn events_and_the_live_deliveries_are_listed() {
    insta::assert_snapshot!(run(&[]).told());
    let all: Vec<Value> = serde_json::from_str(&run(&["-o", "json"]).done()).unwrap();
    let (events, live): (Vec<_>, Vec<_>) = all.iter().partition(|entry| entry["shape"] == "event");
    assert_eq!(live.len(), 10);
    assert!(events.iter().map(|entry| &entry["event"]).eq(EventType::KNOWN.iter().map(EventType::as_str)));
    for entry in events {
        let name = entry["event"].as_str().unwrap();
        let delivery = Delivery::new(entry["example"].to_string());
        assert_eq!(delivery.event_name(), Some(name));
        let documented = delivery.documented();
        assert_eq!(documented.timestamp.as_ref().map(Timestamp::as_str), Some("2024-01-15T10:30:00Z"));
        let data = entry["example"]["data"].as_object().unwrap();
        assert_eq!(data.keys().collect::<Vec<_>>(), [name.split('.').next().unwrap()]);
        assert!(!matches!(delivery.event(), Event::Other), "{name}");
        assert!(documented.extra.is_empty(), "{name}");
    }
    for entry in all {
        let one: Value = serde_json::from_str(&run(&[entry["event"].as_str().unwrap()]).done()).unwrap();
        assert_eq!(one, entry["example"]);
    }
}

#[test]
fn unknown_event_gets_what_was_meant() {
    for (name, meant) in [
        ("run.complete", Some("run.completed")),
        ("entity.craeted", Some("entity.created")),
        ("change.update", Some("change.updated")),
        ("Invocation", Some("invocation")),
        ("zzz", None),
    ] {
        let err = run(&[name]).failed(2);
        let advice = meant.map_or("`port-webhooks events` lists them; ".to_owned(), |meant| {
            format!("did you mean {meant}? `port-webhooks events` lists them\n")
        });
        let expected = format!("error: \"{name}\" is not a documented event\n  {advice}");
        assert!(err.starts_with(&expected), "{err}");
    }
}

#[test]
fn an_example_is_written_as_port_writes_it() {
    insta::assert_snapshot!("run_completed", run(&["run.completed"]).done());
    insta::assert_snapshot!("run_completed_yaml", run(&["run.completed", "-o", "yaml"]).done());
    let err = run(&["run.exploded"]).failed(2);
    insta::assert_snapshot!(err);
}
