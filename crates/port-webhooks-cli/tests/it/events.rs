//! `events`.

use port_webhooks::EventType;
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
    assert_eq!((events.len(), live.len()), (EventType::KNOWN.len(), 10));
    for entry in events {
        assert_eq!(entry["example"]["event"], entry["event"]);
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
