//! `map`, `map test` and `render`.

use serde_json::{Value, json};

use crate::support::World;

const WEBHOOK: &str = r#"
identifier: builds
title: Builds
mappings:
  - blueprint: build
    itemsToParse: .body.builds
    filter: .item.ok
    entity:
      identifier: .item.id
      title: '"Build " + .item.id'
      properties:
        branch: .body.ref | ltrimstr("refs/heads/")
        minutes: .item.seconds / 60
        event: .headers."x-event"
        env: .queryParams.env
  - blueprint: build
    filter: .headers."X-Event" == "gone"
    operation: delete
    entity:
      identifier: .body.id
"#;
const BODY: &str = r#"{"ref": "refs/heads/main", "builds": [{"id": "b1", "ok": true, "seconds": 90}, {"id": "b2", "ok": true, "seconds": "x"}, {"id": "b3", "ok": null}]}"#;

fn world() -> World {
    let world = World::new();
    world.file("webhook.yaml", WEBHOOK);
    world.file("body.json", BODY);
    let event =
        format!(r#"{{"body": {BODY}, "headers": {{"x-event": "done"}}, "queryParams": {{"env": "prod"}}}}"#);
    world.file("event.json", &event);
    world
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn entities_skipped_and_warnings_are_json_for_programs() {
    let world = world();
    let out = json(&world.run(&["map", "-f", "webhook.yaml", "--event", "event.json", "-o", "json"]).done());
    let entity = |item: usize, id: &str, minutes: Value, errors: Value| {
        json!({
            "mapping": 0, "item": item, "blueprint": "build", "operation": "create", "identifier": id,
            "title": format!("Build {id}"),
            "properties": {"branch": "main", "minutes": minutes, "event": "done", "env": "prod"},
            "errors": errors,
        })
    };
    let cannot = "string (\"x\") and number (60) cannot be divided";
    let header = "`X-Event` is never there: names of headers are lower case, `x-event`";
    assert_eq!(
        out,
        json!({
            "entities": [
                entity(0, "b1", json!(1.5), json!([])),
                entity(1, "b2", json!(null), json!([{"field": "properties.minutes", "message": cannot}])),
            ],
            "skipped": [
                {"mapping": 0, "item": 2, "reason": "filter_not_boolean", "message": "the filter is not true, but null"},
                {"mapping": 1, "item": null, "reason": "filter_false", "message": "the filter is false"},
            ],
            "warnings": [{"mapping": 1, "field": "filter", "message": header}],
        })
    );
}

#[test]
fn people_get_tables_and_warnings() {
    let ran = world().run(&["map", "-f", "webhook.yaml", "--event", "event.json"]);
    insta::assert_snapshot!(ran.told());
}

#[test]
fn event_by_flags_is_the_event_of_a_file() {
    let world = world();
    let flags = [
        "map",
        "-f",
        "webhook.yaml",
        "--body",
        "body.json",
        "--header",
        "X-Event: done",
        "--query",
        "env=prod",
        "-o",
        "json",
    ];
    let file = ["map", "-f", "webhook.yaml", "--event", "event.json", "-o", "json"];
    assert_eq!(world.run(&flags).done(), world.run(&file).done());
}

#[test]
fn wrong_expressions_are_all_reported_with_file_and_position() {
    let world = world();
    let wrong =
        WEBHOOK.replace(".item.seconds / 60", "if .item.ok then 1 end").replace(".body.id", "pick(.id)");
    world.file("webhook.yaml", &wrong);
    let err = world.run(&["map", "-f", "webhook.yaml", "--event", "event.json"]).failed(2);
    assert!(err.contains("mapping 0, entity.properties.minutes, character 20: unexpected `end`"), "{err}");
    assert!(
        err.contains("mapping 1, entity.identifier, character 1: Port's jq has no function `pick/1`"),
        "{err}"
    );
    assert!(
        err.contains("webhook.yaml:13: mapping 0") && err.contains("webhook.yaml:20: mapping 1"),
        "{err}"
    );
}

#[test]
fn one_of_several_webhooks_is_chosen_by_identifier() {
    let world = world();
    world.file(
        "other.yaml",
        &WEBHOOK
            .replace("identifier: builds", "identifier: other")
            .replace("blueprint: build", "blueprint: b"),
    );
    let both = ["map", "-f", "webhook.yaml", "-f", "other.yaml", "--event", "event.json", "-o", "json"];
    let err = world.run(&both).failed(2);
    assert!(err.contains("--identifier: builds, other"), "{err}");
    let out = json(&world.run(&[&both[..], &["--identifier", "other"]].concat()).done());
    assert_eq!(out["entities"][0]["blueprint"], "b");
    let err = world.run(&[&both[..], &["--identifier", "third"]].concat()).failed(2);
    assert!(err.contains("no file declares webhook"), "{err}");
}

#[test]
fn webhook_is_read_from_port() {
    let world = World::live();
    world.file("webhook.yaml", &WEBHOOK.replace("operation: delete", "operation: {type: delete}"));
    world.file("body.json", BODY);
    world.run(&["apply", "-f", "webhook.yaml", "--yes"]).done();
    let out =
        world.run(&["map", "--from-port", "--identifier", "builds", "--body", "body.json", "-o", "json"]);
    assert_eq!(json(&out.done())["entities"][0]["identifier"], "b1");
}

#[test]
fn events_that_cannot_be_read_are_mistakes() {
    let world = world();
    for (name, text, message) in [
        ("a.json", "[]", "an event is an object with `body`, `headers` and `queryParams`"),
        ("b.json", "{", "cannot read the event"),
    ] {
        world.file(name, text);
        let err = world.run(&["map", "-f", "webhook.yaml", "--event", name]).failed(2);
        assert!(err.contains(name) && err.contains(message), "{err}");
    }
    world.run(&["map", "-f", "webhook.yaml"]).failed(2);
    world.run(&["map", "--event", "event.json"]).failed(2);
    let err = world.run(&["map", "-f", "webhook.yaml", "--body", "body.json", "--header", "a=b"]).failed(2);
    assert!(err.contains("--header: expected NAME:VALUE"), "{err}");
    for flags in [["--header", "a:b"], ["--query", "a=b"]] {
        let arguments = [&["map", "-f", "webhook.yaml", "--event", "event.json"], &flags[..]].concat();
        let err = world.run(&arguments).failed(2);
        assert!(err.contains("cannot be used with"), "{err}");
    }
}

#[test]
fn likely_slips_in_an_event_are_warnings() {
    let world = world();
    world.file("event.json", r#"{"boby": {}, "headers": {"X-Event": "done"}}"#);
    let ran = world.run(&["map", "-f", "webhook.yaml", "--event", "event.json", "-o", "json"]);
    for warning in ["`boby` is no part of an event", "the event has no `body`", "write `x-event`"] {
        assert!(ran.err.contains(warning), "{ran:#?}");
    }
    assert_eq!(json(&ran.done())["entities"], json!([]));
}

#[test]
fn errors_in_search_objects_and_empty_lists_are_shown() {
    let world = World::new();
    let webhook = r#"
identifier: a
mappings:
  - blueprint: b
    entity:
      identifier: .body.id
      relations:
        service:
          combinator: '"and"'
          rules: [{property: '"name"', operator: '"="', value: .body.id / 2}]
  - blueprint: c
    itemsToParse: .body.items
    entity: {identifier: .item}
"#;
    world.file("webhook.yaml", webhook);
    world.file("body.json", r#"{"id": "x", "items": []}"#);
    let out = world.run(&["map", "-f", "webhook.yaml", "--body", "body.json"]).done();
    let line = out.lines().find(|line| line.starts_with("relations.service.rules[0].value")).unwrap();
    assert!(line.ends_with("null: string (\"x\") and number (2) cannot be divided"), "{out}");
    assert!(out.contains("mapping 1: no entity: there are no items"), "{out}");
}

#[test]
fn webhook_without_mappings_says_where_they_stand() {
    let world = world();
    for text in ["identifier: a\n", "identifier: a\nmappings: null\n"] {
        world.file("webhook.yaml", text);
        let err = world.run(&["map", "-f", "webhook.yaml", "--event", "event.json"]).failed(2);
        assert!(err.contains("no mappings") && err.contains("in a list under `mappings`"), "{err}");
    }
    world.file("webhook.yaml", "identifier: a\nmappings: []\n");
    let ran = world.run(&["map", "-f", "webhook.yaml", "--event", "event.json"]);
    assert_eq!(ran.done(), "no entity: the list of mappings is empty\n");
}

#[test]
fn cases_are_written_compared_and_shown_where_they_differ() {
    let world = world();
    world.file("cases/webhook.yaml", WEBHOOK);
    world.file(
        "cases/done.event.json",
        &format!(r#"{{"body": {BODY}, "headers": {{}}, "queryParams": {{}}}}"#),
    );
    let ran = world.run(&["map", "test", "cases"]);
    assert!(
        ran.out.contains("there is no cases/done.expected.json") && ran.out.contains("+  \"entities\": [")
    );
    assert!(ran.failed(1).contains("1 of 1 cases differ"));
    assert_eq!(world.run(&["map", "test", "cases", "--update"]).done(), "written: done\n");
    assert_eq!(world.run(&["map", "test", "cases"]).done(), "ok: done\n");
    world.file("cases/webhook.yaml", &WEBHOOK.replace("/ 60", "/ 30"));
    let ran = world.run(&["map", "test", "cases"]);
    assert!(
        ran.out.contains("-          \"minutes\": 1.5\n+          \"minutes\": 3")
            || ran.out.contains("\"minutes\": 3"),
        "{ran:#?}"
    );
    assert_eq!(ran.code, Some(1));
    // Entities alone are compared where nothing else is expected.
    world.file("cases/webhook.yaml", WEBHOOK);
    let expected =
        json(&std::fs::read_to_string(world.directory.path().join("cases/done.expected.json")).unwrap());
    world.file("cases/done.expected.json", &json!({"entities": expected["entities"]}).to_string());
    assert_eq!(world.run(&["map", "test", "cases"]).done(), "ok: done\n");
}

#[test]
fn cases_beside_a_webhook_are_no_webhooks() {
    let world = World::live();
    world.file("cases/webhook.yaml", &WEBHOOK.replace("operation: delete", "operation: {type: delete}"));
    world.file("cases/done.event.json", &format!(r#"{{"body": {BODY}, "headers": {{}}}}"#));
    world.run(&["map", "test", "cases", "--update"]).done();
    assert_eq!(world.run(&["validate", "cases"]).done(), "valid: 1 webhook\n");
    world.run(&["apply", "-f", "cases"]).done();
    world.run(&["map", "-f", "cases", "--event", "cases/done.event.json"]).done();
}

#[test]
fn directory_without_cases_is_a_mistake() {
    let world = world();
    world.file("cases/webhook.yaml", WEBHOOK);
    let err = world.run(&["map", "test", "cases"]).failed(2);
    assert!(err.contains("there is no NAME.event.json"), "{err}");
    let err = world.run(&["map", "test"]).failed(2);
    assert!(err.contains("<DIRECTORY>") && err.contains("`port-webhooks map test --help`"), "{err}");
}

#[test]
fn cases_below_are_run_with_the_nearest_webhook() {
    let world = world();
    let event = r#"{"body": {"builds": [{"id": "b\u202e", "ok": true, "seconds": 60}]}, "headers": {}}"#;
    for name in ["cases/webhook.yaml", "cases/b/webhook.yaml", "cases/.git/webhook.yaml"] {
        world.file(name, &WEBHOOK.replace("blueprint: build", &format!("blueprint: b{}", name.len())));
    }
    for name in ["cases/a/one", "cases/b/two", "cases/.git/three"] {
        world.file(&format!("{name}.event.json"), event);
    }
    let update = world.run(&["map", "test", "cases", "--update"]);
    assert!(
        update.err.contains("warning: cases/b/webhook.yaml: mapping 1, filter: `X-Event`"),
        "{update:#?}"
    );
    assert_eq!(update.done(), "written: a/one\nwritten: b/two\n");
    let map = ["map", "-f", "cases/b/webhook.yaml", "--event", "cases/b/two.event.json", "-o", "json"];
    let printed = world.run(&map).done();
    let written = std::fs::read_to_string(world.directory.path().join("cases/b/two.expected.json")).unwrap();
    assert!(printed.starts_with(written.trim_end_matches("\n}\n")), "{printed}{written}");
    assert_eq!(world.run(&["map", "test", "cases"]).done(), "ok: a/one\nok: b/two\n");
    // An expectation of nothing, or of something else, is no match.
    for text in ["{}", r#"{"entitys": []}"#, "[]"] {
        world.file("cases/b/two.expected.json", text);
        let ran = world.run(&["map", "test", "cases"]);
        assert!(ran.out.contains("ok: a/one\ndifferent: b/two\n"), "{ran:#?}");
        assert!(
            ran.out.contains(r#"+      "blueprint": "b20","#) && !ran.out.contains('\u{202e}'),
            "{ran:#?}"
        );
        assert!(ran.failed(1).contains("1 of 2 cases differ"));
    }
    // A case that cannot be read does not hide the others.
    world.run(&["map", "test", "cases", "--update"]).done();
    world.file("cases/a/no.expected.json", "{}");
    world.file("cases/a/wrong.event.json", "{");
    let ran = world.run(&["map", "test", "cases"]);
    assert_eq!(ran.out, "ok: a/one\nok: b/two\n");
    let err = ran.failed(2);
    for text in ["2 mistakes; these cases were not checked", "a/no.event.json", "a/wrong.event.json"] {
        assert!(err.contains(text), "{err}");
    }
}

#[test]
fn webhook_above_the_directory_of_cases_is_found() {
    let world = world();
    world.file("cases/webhook.yaml", WEBHOOK);
    for name in ["cases/a/b/one", "cases/a/two"] {
        world.file(&format!("{name}.event.json"), &format!(r#"{{"body": {BODY}}}"#));
    }
    let update = world.run(&["map", "test", "cases/a", "--update"]);
    assert_eq!(update.err.matches("warning: cases/webhook.yaml").count(), 1, "{update:#?}");
    assert_eq!(update.done(), "written: two\nwritten: b/one\n");
    let world = World::live();
    world.file("cases/one.event.json", r#"{"body": {}}"#);
    let err = world.run(&["map", "test", "cases"]).failed(2);
    assert!(err.contains("no webhook.yaml in cases or above") && err.contains("-f FILE"), "{err}");
}

#[test]
fn template_is_rendered_as_json() {
    let world = world();
    world.file(
        "template.json",
        r#"{"id": "{{ .run.id }}", "text": "by {{ .by }}", "bad": "{{ foo }}", "{{ null }}": 1}"#,
    );
    world.file("data.json", r#"{"run": {"id": "r_1"}, "by": {"a": 1}}"#);
    let ran = world.run(&["render", "-f", "template.json", "--data", "data.json"]);
    assert!(ran.err.contains("/bad: null: character 2: Port's jq has no function `foo/0`"), "{ran:#?}");
    assert_eq!(json(&ran.done()), json!({"id": "r_1", "text": "by {\"a\":1}", "bad": null}));
    world.file("deep.json", &format!("{}7{}", "[".repeat(200), "]".repeat(200)));
    let ran = world.run_with(&["render", "-f", "-", "--data", "deep.json"], r#""{{ flatten[0] }}""#);
    assert_eq!(ran.done(), "7\n");
    let ran = world.run_with(&["render", "-f", "-", "--data", "data.json"], r#""a {{ error(\"b\") }}""#);
    assert_eq!((&*ran.err, &*ran.out), ("warning: null: b\n", "\"a null\"\n"));
    let ran = world.run_with(&["render", "-f", "-", "--data", "data.json"], r#""{{ empty }}""#);
    assert_eq!(ran.done(), "");
    let err = world.run_with(&["render", "-f", "-", "--data", "data.json"], r#""{{ .a""#).failed(2);
    assert!(err.contains("without `}}` behind it"), "{err}");
    let err = world.run_with(&["render", "-f", "-", "--data", "data.json"], "{").failed(2);
    assert!(err.contains("standard input"), "{err}");
}
