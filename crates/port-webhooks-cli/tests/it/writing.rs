//! `create`, `update`, `replace` and `delete`.

use fake_port::{Ending, Fault, Route};
use serde_json::json;
use std::fmt::Write as _;

use crate::support::{Ran, World};

#[test]
fn flags_make_a_webhook() {
    let world = World::new();
    let mut command = world.command(&[
        "create",
        "audit",
        "--url",
        "https://audit.example.com",
        "--event",
        "entity.created,run.completed",
        "--event",
        "run.created",
        "--title",
        "Audit",
        "--description",
        "For the record",
        "--enabled=false",
        "--header",
        "X-Team=a=b",
        "--header-from-env",
        "X-API-Key=AUDIT_KEY",
        "--secret-from-env",
        "AUDIT_SECRET",
    ]);
    command.env("AUDIT_KEY", "hidden-key").env("AUDIT_SECRET", "hidden-secret");
    let ran = Ran::of(command, "");
    assert_eq!(ran.err, "created audit\n");
    insta::assert_snapshot!(ran.done());
    let stored = world.stored("audit");
    assert_eq!(stored["events"], json!(["entity.created", "run.completed", "run.created"]));
    assert_eq!(stored["headers"], json!({ "X-API-Key": "hidden-key", "X-Team": "a=b" }));
    assert_eq!(stored["security"], json!({ "secret": "hidden-secret" }));
    assert_eq!(stored["enabled"], false);
}

#[test]
fn flags_go_before_the_file_and_it_may_be_standard_input() {
    let world = World::new();
    let file = "
        identifier: audit
        title: From the file
        url: https://file.example.com
        events: [run.created]
        headers: { x-key: file, X-Other: file }
        security: { secret: file }
    ";
    world.file("audit.yaml", file);
    let flags =
        ["--title", "Flag", "--event", "run.completed", "--header", "X-Key=flag", "--secret", "-flag"];
    world.run(&[&["create", "other", "-f", "audit.yaml"], &flags[..]].concat()).done();
    let stored = world.stored("other");
    assert_eq!((&stored["title"], &stored["url"]), (&json!("Flag"), &json!("https://file.example.com")));
    assert_eq!(stored["events"], json!(["run.completed"]));
    assert_eq!(stored["headers"], json!({ "X-Key": "flag", "X-Other": "file" }));
    assert_eq!(stored["security"], json!({ "secret": "-flag" }));

    world.run_with(&["create", "-f", "-"], file).done();
    assert_eq!(world.stored("audit")["title"], "From the file");
    let json = r#"{"identifier":"json","url":"https://a.example","events":["run.created"],"title":null}"#;
    world.run_with(&["create", "-f", "-"], json).done();
    assert_eq!(world.stored("json").get("title"), None, "null says what absence says");
}

#[test]
fn a_data_source_is_made_by_its_title() {
    let world = World::live();
    world.file("github.json", r#"{ "mappings": [{ "blueprint": "pr", "operation": {"type": "create"}, "entity": { "identifier": ".id" } }] }"#);
    world.run(&["create", "github", "--title", "GitHub", "--icon", "Github", "-f", "github.json"]).done();
    let stored = world.stored("github");
    assert_eq!(stored["enabled"], true);
    assert_eq!(stored["mappings"][0]["operation"], json!({ "type": "create" }));
    // Port makes up an identifier.
    assert!(world.run(&["create", "--title", "Other"]).err.starts_with("created "));
    assert_eq!(world.fake.webhooks().len(), 2);
}

#[test]
fn a_create_whose_answer_is_lost_is_looked_up() {
    let world = World::new();
    world.fake.inject(Fault::dropped().on([Route::Create]).applied());
    world.run(&["create", "a", "--url", "https://a.example", "--event", "run.created"]).done();
    assert_eq!(world.fake.ledger().len(), 1);
}

#[test]
fn an_update_sets_and_clears_what_is_named() {
    let world = World::seeded();
    let before = world.stored("entity-created");
    let told = world.run(&["update", "entity-created", "--title", "New", "--clear", "description,secret"]);
    assert_eq!(told.err, "updated entity-created\n");
    insta::assert_snapshot!(told.done());
    let stored = world.stored("entity-created");
    assert_eq!(stored["title"], "New");
    assert_eq!(stored.get("description"), None);
    assert_eq!(stored["security"], json!({}));
    for kept in ["url", "events", "headers", "enabled"] {
        assert_eq!(stored[kept], before[kept], "{kept}");
    }
    world.run_with(&["update", "-f", "-"], r#"{"identifier":"entity-created","title":null}"#).done();
    assert_eq!(world.stored("entity-created").get("title"), None);
    world.run(&["update", "entity-created", "--clear", "headers", "--rename", "renamed"]).done();
    assert_eq!(world.stored("renamed").get("headers"), None);
}

#[test]
fn a_replacement_removes_what_is_not_named() {
    let world = World::seeded();
    let ran =
        world.run(&["replace", "entity-created", "--url", "https://b.example", "--event", "run.created"]);
    assert_eq!(ran.err, "replaced entity-created\n");
    ran.done();
    let stored = world.stored("entity-created");
    assert_eq!((stored.get("title"), stored.get("headers")), (None, None));

    // What was read is written back.
    let read = world.run(&["get", "audit", "-o", "json", "--show-secrets"]).done();
    let ran = world.run_with(&["replace", "-f", "-", "--title", "Audit"], &read);
    assert_eq!(
        ran.err,
        "note: standard input:1: ignored, since the server sets it: createdAt, updatedAt\nreplaced audit\n"
    );
    ran.done();
    assert_eq!(world.stored("audit")["title"], "Audit");
}

#[test]
fn webhooks_are_deleted_when_that_was_said() {
    let world = World::seeded();
    assert_eq!(world.run(&["delete", "audit", "--yes"]).done(), "deleted audit\n");
    let told = world.run(&["delete", "entity-created"]).failed(2);
    insta::assert_snapshot!(told);
    assert_eq!(world.fake.webhooks().len(), 1, "nobody was asked, so nothing was deleted");
    let ran = world.run(&["delete", "entity-created", "gone", "audit", "-y"]);
    assert_eq!(ran.out, "deleted entity-created\n");
    insta::assert_snapshot!(ran.failed(5));
    world.fake.seed(json!({ "identifier": "kept" })).unwrap();
    world.fake.inject(Fault::not_ok("locked", "it is in use").on([Route::Delete]));
    assert_eq!(
        world.run(&["delete", "kept", "-y"]).failed(9),
        "error: Port answered that it did not delete kept (Port at http://127.0.0.1:PORT)\n"
    );
}

/// Nothing is sent for what is wrong in itself.
#[test]
fn what_is_wrong_in_itself_is_not_sent() {
    let world = World::seeded();
    let bodies = [
        r#"{"identifier":"a","headers":{"X":"********"}}"#,
        r#"{"identifier":"a","security":{"secret":"********"}}"#,
        r#"{"identifier":"a","url":"https://me:********@a.example"}"#,
        r#"{"identifier":"a","url":"********@a.example"}"#,
        r#"{"identifier":"a","url":"https://a.example/?********"}"#,
        r#"{"identifier":"a","future":["********"]}"#,
        r#"{"identifier":"a","security":"hidden"}"#,
        r#"{"identifier":"a","security":{"secret":7}}"#,
        r#"{"identifier":"a","headers":{"X":{"hidden":"b"}}}"#,
        r#"{"identifier":"a","headers":{"X":7}}"#,
        r#"{"identifier":"a","headers":{"X":{"fromEnv":"HIDDEN","or":"hidden"}}}"#,
        r#"{"identifier":"a","headers":{"X":{"fromEnv":"NOT_SET"}}}"#,
        r#"{"identifier":"a","events":"run.created"}"#,
        r#"{"identifier":"a","events":[7]}"#,
        r#"{"identifier":"a","enabled":"yes"}"#,
        r#"{"identifier":"a","mappings":["hidden"]}"#,
        r#"{"identifier":"a","identifier":"b","title":"hidden"}"#,
        r#"{"identifier":"a","title":"hidden""#,
        "identifier: a\n  title: hidden: hidden",
        "identifier: a\ntitle: !secret hidden",
        "title: hidden\ntitle: hidden",
        r#""hidden""#,
        "[]",
        r#"[{"identifier":"a"},{"identifier":"b"}]"#,
        "",
    ];
    let mut told = String::new();
    for command in ["create", "update", "replace"] {
        for body in bodies {
            let err = world.run_with(&[command, "-f", "-"], body).failed(2);
            assert!(!err.contains("hidden"), "{command} {body}: {err}");
            assert!(err.lines().count() <= 2, "{err}");
            if command == "create" {
                let _ = write!(told, "{body}\n{err}\n");
            }
        }
    }
    for arguments in [
        &["create", "a", "--secret", "********"][..],
        &["create", "a", "--header", "X=********"],
        &["create", "a", "--header", "hidden"],
        &["create", "a", "--header-from-env", "X=NOT_SET"],
        &["create", "a", "--secret", "hidden", "--secret-from-env", "NOT_SET"],
        &["update", "a", "--secret", "********"],
        &["update", "a"],
        &["update", "a", "--title", "b", "--clear", "title"],
        &["update", "a", "--clear", "url"],
        &["replace", "a"],
        &["create"],
        &["update"],
        &["get"],
        &["get", ""],
        &["get", "metadata"],
        &["list", "--per-page", "101"],
        &["list", "--query", "hidden"],
        &["delete", "..", "--yes"],
    ] {
        let err = world.run(arguments).failed(2);
        assert!(!err.contains("hidden"), "{arguments:?}: {err}");
        assert!(err.lines().count() <= 2, "{err}");
        let _ = write!(told, "{arguments:?}\n{err}\n");
    }
    assert_eq!(world.requests(), 0);
    insta::assert_snapshot!(told);
}

#[test]
fn a_file_of_another_webhook_is_a_mistake() {
    let world = World::seeded();
    world.file("audit.yaml", "identifier: audit\ntitle: Audit\n");
    let told = world.run(&["update", "entity-created", "-f", "audit.yaml"]).failed(2);
    insta::assert_snapshot!(told);
    world.run(&["update", "audit", "-f", "audit.yaml"]).done();
    assert_eq!(world.stored("audit")["title"], "Audit");
}

/// Headers as `curl` takes them, and such without quotes, have the credential where a name is looked for.
#[test]
fn a_header_in_another_form_is_not_shown() {
    let world = World::seeded();
    let create = ["create", "a", "--url", "https://a.example", "--event", "run.created"];
    let trigger = ["trigger", "run.created", "--to", "http://127.0.0.1:1"];
    let mut told = String::new();
    for flags in [
        &["--header", "Authorization: Bearer hidden"][..],
        &["--header", "Authorization: Bearer hidden="],
        &["--header", "Authorization: Bearer hidden=hidden"],
        &["--header", "Authorization:", "Bearer", "hidden"],
        &["--header", "Authorization:", "hidden"],
        &["--header-from-env", "Authorization=Bearer hidden"],
        &["--header-from-env", "Authorization: Bearer hidden=A"],
        &["--secret-from-env", "hidden-secret"],
    ] {
        for command in [&create[..], &trigger] {
            if command[0] == "trigger" && flags[0] == "--header-from-env" {
                continue;
            }
            let err = world.run(&[command, flags, &["-v"]].concat()).failed(2);
            assert!(!err.contains("hidden"), "{command:?} {flags:?}: {err}");
            assert!(err.lines().count() <= 2, "{err}");
            let _ = write!(told, "{} {flags:?}\n{err}\n", command[0]);
        }
    }
    // A word of the credential may be taken for the event.
    let err = world
        .run(&["trigger", "--to", "http://127.0.0.1:1", "--header", "Authorization:", "hidden"])
        .failed(2);
    assert!(!err.contains("hidden"), "{err}");
    assert_eq!(world.requests(), 0);
    insta::assert_snapshot!(told);
}

#[test]
fn one_that_is_named_twice_is_deleted_once() {
    let world = World::seeded();
    let ran = world.run(&["delete", "audit", "entity-created", "audit", "--yes"]);
    assert_eq!(ran.err, "");
    assert_eq!(ran.done(), "deleted audit\ndeleted entity-created\n");
    assert_eq!(world.writes(), 2);
}

#[test]
fn a_delete_whose_answer_is_lost_was_carried_out() {
    let world = World::seeded();
    world.fake.inject(Fault::broken_body(3, Ending::Reset).on([Route::Delete]).applied());
    assert_eq!(world.run(&["delete", "audit", "--yes"]).done(), "deleted audit\n");
    assert_eq!(world.fake.webhooks().len(), 1);
}

/// A write that fails says what is at Port, and what to do.
#[test]
fn a_replacement_that_fails_says_what_is_there() {
    let replace = ["replace", "audit", "--url", "https://b.example", "--event", "run.created"];
    let mut told = String::new();
    for (name, fault, status) in [
        ("refused", Fault::status(422), 7),
        ("the connection breaks", Fault::dropped().applied(), 10),
        ("the answer breaks off", Fault::broken_body(3, Ending::Reset).applied(), 10),
    ] {
        let world = World::seeded();
        world.fake.inject(fault.on([Route::Replace]).always());
        let err = world.run(&replace).failed(status);
        assert!(err.lines().count() <= 2, "{name}: {err}");
        let _ = write!(told, "{name}\n{err}\n");
        let err = world.run(&[&replace[..], &["--rename", "audit-log"]].concat()).failed(status);
        let _ = write!(told, "{name}, with another name\n{err}\n");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_is_too_large_is_not_sent() {
    let world = World::seeded();
    let large = "x".repeat(1024 * 1024);
    let webhooks = format!(
        r#"[{{"identifier":"a","url":"https://a.example","events":["run.created"]}},
            {{"identifier":"b","url":"https://b.example/{large}","events":["run.created"]}}]"#
    );
    world.file("hooks.json", &webhooks);
    let err = world.run(&["apply", "-f", "hooks.json"]).failed(2);
    assert!(err.starts_with("error: webhook \"b\": the request is 1048"), "{err}");
    assert!(err.contains(" bytes; Port accepts at most 1048576"), "{err}");
    world.file("a.json", &format!(r#"{{"title":"{large}"}}"#));
    for command in ["create", "update", "replace"] {
        let err = world.run(&[command, "audit", "-f", "a.json"]).failed(2);
        assert!(err.contains("Port accepts at most 1048576"), "{err}");
    }
    assert_eq!(world.writes(), 0);
}

/// Port may know more events and fields, so these are sent.
#[test]
fn likely_slip_in_a_name_is_noted() {
    let world = World::seeded();
    let ran = world.run(&["update", "audit", "--event", "entity.create"]);
    assert!(
        ran.err
            .starts_with("note: events[0]: unknown event `entity.create`; did you mean `entity.created`?\n")
    );
    ran.failed(7);
    world.file("a.yaml", "titel: Audit\n");
    let ran = world.run(&["update", "audit", "-f", "a.yaml"]);
    assert!(ran.err.starts_with("note: titel: unknown field; did you mean `title`?\n"), "{}", ran.err);
}
