//! `events`.

use serde_json::Value;

use crate::support::{Ran, command};

fn run(arguments: &[&str]) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(directory.path());
    command.arg("events").args(arguments);
    Ran::of(command, "")
}

#[test]
fn the_catalogue_has_twelve_events() {
    insta::assert_snapshot!(run(&[]).told());
    let all: Vec<Value> = serde_json::from_str(&run(&["-o", "json"]).done()).unwrap();
    assert_eq!(all.len(), 12);
    for entry in all {
        assert_eq!(entry["example"]["event"], entry["event"]);
        let one: Value = serde_json::from_str(&run(&[entry["event"].as_str().unwrap()]).done()).unwrap();
        assert_eq!(one, entry["example"]);
    }
}

#[test]
fn an_example_is_written_as_port_writes_it() {
    insta::assert_snapshot!("run_completed", run(&["run.completed"]).done());
    insta::assert_snapshot!("run_completed_yaml", run(&["run.completed", "-o", "yaml"]).done());
    let err = run(&["run.exploded"]).failed(2);
    insta::assert_snapshot!(err);
}
