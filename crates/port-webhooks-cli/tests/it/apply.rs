//! `apply`: plans, what is sent for them, and what is said when one fails.

use fake_port::{Fault, Route};
use serde_json::json;
use std::fmt::Write as _;

use crate::support::{Ran, World};

const DECLARED: &str = "\
webhooks:
  - identifier: entity-created
    title: null
    description: |
      Two
      lines
    events: [entity.updated, entity.deleted]
    headers: { X-API-Key: { fromEnv: NEW_KEY }, X-New: { fromEnv: NEW_KEY } }
    security: { secret: { fromEnv: NEW_KEY } }
    enabled: false
  - identifier: fresh
    url: https://fresh.example.com
    events: [run.created]
    security: { secret: { fromEnv: NEW_KEY } }
  - identifier: audit
    enabled: false
";

fn run(world: &World, arguments: &[&str]) -> Ran {
    let mut command = world.command(arguments);
    command.env("NEW_KEY", "hidden-new");
    Ran::of(command, "")
}

#[test]
fn the_plan_is_a_diff_and_is_carried_out() {
    let world = World::seeded();
    world.fake.seed(json!({ "identifier": "stray", "url": "https://stray.example", "events": [] })).unwrap();
    world.file("hooks.yaml", DECLARED);
    let arguments = ["apply", "-f", "hooks.yaml", "--prune-everything", "--yes"];

    let plan = run(&world, &[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(world.writes(), 0);
    assert_eq!(plan.err, "dry run: nothing was changed\n");
    let plan = plan.done();
    insta::assert_snapshot!(plan);

    let told = run(&world, &arguments).done();
    let (first, progress) = told.split_at(plan.len());
    assert_eq!(first, plan, "what was planned is what is done");
    insta::assert_snapshot!(progress);

    let stored = world.stored("entity-created");
    assert_eq!(stored.get("title"), None);
    assert_eq!(stored["headers"], json!({ "X-API-Key": "hidden-new", "X-New": "hidden-new" }));
    assert_eq!(stored["url"], "https://api.example.com/webhooks/port", "what is not named stays");
    assert_eq!(stored["security"], json!({ "secret": "hidden-new" }));
    let names: Vec<_> = world.fake.webhooks().iter().map(|webhook| webhook["identifier"].clone()).collect();
    assert_eq!(names, ["entity-created", "audit", "fresh"]);

    let writes = world.writes();
    let again = run(&world, &arguments).done();
    assert_eq!(
        again,
        "plan: 0 to create, 0 to change, 0 to delete, 3 unchanged (Port at http://127.0.0.1:PORT)\n"
    );
    assert_eq!(world.writes(), writes, "nothing was sent the second time");
}

#[test]
fn only_what_differs_is_sent() {
    let world = World::seeded();
    world.file(
        "hooks.json",
        r#"{"identifier":"entity-created","title":"Entity Created","enabled":false,"security":{}}"#,
    );
    run(&world, &["apply", "-f", "hooks.json"]).done();
    let patches = world.fake.requests().of([Route::Update]);
    let body: serde_json::Value = serde_json::from_slice(&patches[0].body).unwrap();
    assert_eq!(body, json!({ "enabled": false }));
}

#[test]
fn what_comes_from_the_environment_is_not_shown() {
    let world = World::seeded();
    let yaml = "
        identifier: audit
        title: { fromEnv: NEW_KEY }
        url: { fromEnv: NEW_URL }
        description: { fromEnv: NEW_KEY }
        security: { secret: { fromEnv: NEW_KEY } }
    ";
    world.file("hooks.yaml", yaml);
    let mut command = world.command(&["apply", "-f", "hooks.yaml", "--dry-run"]);
    command.env("NEW_KEY", "hidden-new").env("NEW_URL", "https://a.example/hidden-path");
    let told = Ran::of(command, "").done();
    let expected = "~ audit\n    + title: set\n    + description: set\n    ~ url: will change\n    + security.secret: set\n";
    assert!(told.starts_with(expected), "{told}");
}

/// Of a field that is not known, nothing is known of its name either.
#[test]
fn fields_of_the_future_are_compared_too() {
    let world = World::seeded();
    world.file("hooks.json", r#"{"identifier":"audit","team.name":{"a":1},"title":"Audit"}"#);
    let told = run(&world, &["apply", "-f", "hooks.json", "--dry-run", "--allow-unknown"]).done();
    // What it holds may be a secret that stands in the wrong place.
    assert!(told.contains("+ team.name: set\n"), "{told}");
    run(&world, &["apply", "-f", "hooks.json", "--allow-unknown"]).failed(7);
    let patches = world.fake.requests().of([Route::Update]);
    let body: serde_json::Value = serde_json::from_slice(&patches[0].body).unwrap();
    assert_eq!(body, json!({ "title": "Audit", "team.name": { "a": 1 } }));
}

#[test]
fn events_have_no_order() {
    let world = World::seeded();
    world.file(
        "hooks.yaml",
        "identifier: entity-created\nevents: [entity.updated, entity.created, entity.created]\n",
    );
    run(&world, &["apply", "-f", "hooks.yaml"]).done();
    assert_eq!(world.writes(), 0);
}

#[test]
fn without_prune_nothing_is_deleted() {
    let world = World::seeded();
    world.file("hooks.yaml", "[]");
    assert_eq!(
        run(&world, &["apply", "-f", "hooks.yaml"]).done(),
        "plan: 0 to create, 0 to change, 0 to delete, 0 unchanged (Port at http://127.0.0.1:PORT)\n"
    );
    assert_eq!(world.fake.webhooks().len(), 2);
}

/// An empty set must not come of a file that lost what was in it, or of a command that failed before a pipe.
#[test]
fn what_says_nothing_is_no_empty_set_of_webhooks() {
    let world = World::seeded();
    let mut told = String::new();
    for text in ["", " \n", "---\n---\n", "{}", "# webhooks: [audit]\n"] {
        let err = world.run_with(&["apply", "--prune-everything", "--yes", "-f", "-"], text).failed(2);
        let _ = write!(told, "{text:?}\n{err}\n");
    }
    world.file("hooks/empty.yaml", "");
    world.file("hooks/audit.yaml", "identifier: audit\n");
    let _ =
        write!(told, "{}", run(&world, &["apply", "--prune-everything", "--yes", "-f", "hooks"]).failed(2));
    assert_eq!((world.requests(), world.fake.webhooks().len()), (0, 2));
    insta::assert_snapshot!(told);
    // One that says that there are none means it.
    world.run_with(&["apply", "--prune-everything", "--yes", "-f", "-"], "[]").done();
    assert!(world.fake.webhooks().is_empty());
}

#[test]
fn a_directory_and_several_documents() {
    let world = World::new();
    world.file("hooks/a.yaml", "---\nidentifier: a\nurl: https://a.example\nevents: [run.created]\n---\n- identifier: b\n  url: https://b.example\n  events: [run.created]\n");
    world.file(
        "hooks/c.json",
        "[{\"identifier\":\"c\",\t\"url\":\"https://c.example\",\"events\":[\"run.created\"]}]",
    );
    world.file("hooks/notes.txt", "not for this");
    world.file("hooks/.hidden.yaml", "not: [for this");
    world.file("hooks/deeper/d.yaml", "identifier: d\n");
    run(&world, &["apply", "-f", "hooks"]).done();
    assert_eq!(world.fake.webhooks().len(), 3);
}

#[test]
fn a_base_is_merged_into_webhooks() {
    let world = World::new();
    let yaml = "
        - &base { identifier: a, url: 'https://a.example', events: [run.created] }
        - { <<: *base, identifier: b }
        - &other { identifier: c, url: 'https://c.example', events: [run.updated], title: C }
        - { <<: [*base, *other], identifier: d, description: D }
    ";
    let mut command = world.command(&["apply", "-f", "-", "--allow-unknown"]);
    command.env("NEW_KEY", "x");
    Ran::of(command, yaml).done();
    assert_eq!(world.stored("b")["url"], "https://a.example");
    // The webhook's own fields win, then those of the first mapping.
    let both = world.stored("d");
    let fields = ["url", "events", "title", "description"].map(|name| both[name].clone());
    assert_eq!(fields, [json!("https://a.example"), json!(["run.created"]), json!("C"), json!("D")]);
}

/// Everything that can be wrong with files is found before the first request.
#[test]
fn nothing_is_sent_before_all_files_are_right() {
    let world = World::seeded();
    let good = "identifier: good\nurl: https://good.example\nevents: [run.created]\n";
    let mut told = String::new();
    for (name, text) in [
        ("twice.yaml", "identifier: good\ntitle: again\n"),
        ("unnamed.yaml", "title: a\n"),
        ("number.yaml", "identifier: 7\n"),
        (
            "unset.yaml",
            "- identifier: a\n  url: { fromEnv: NOT_SET }\n- identifier: b\n  headers: { X: { fromEnv: NOT_SET_EITHER } }\n",
        ),
        ("mask.yaml", "identifier: a\nheaders: { X: '********' }\n"),
        ("shape.yaml", "identifier: a\nheaders: { X: 1 }\n"),
        ("broken.yaml", "identifier: [\n"),
        ("broken.json", "{\"identifier\": hidden}"),
        ("text.yaml", "hidden\n"),
    ] {
        let world_file = world.file(&format!("hooks/{name}"), text);
        world.file("hooks/good.yaml", good);
        let err = run(&world, &["apply", "-f", "hooks"]).failed(2);
        assert!(err.lines().count() <= 4 && !err.contains("hidden"), "{err}");
        let _ = write!(told, "{name}\n{err}\n");
        std::fs::remove_file(world_file).unwrap();
    }
    std::fs::create_dir(world.directory.path().join("empty")).unwrap();
    for path in ["empty", "missing"] {
        let _ = write!(
            told,
            "{path}\n{}\n",
            run(&world, &["apply", "--prune-everything", "--yes", "-f", path]).failed(2)
        );
    }
    assert_eq!(world.requests(), 0);
    insta::assert_snapshot!(told);
}

#[test]
fn what_the_server_sets_is_left_out() {
    let world = World::seeded();
    let exported = world.run(&["get", "audit", "-o", "yaml"]).done();
    world.file("audit.yaml", &exported);
    let ran = run(&world, &["apply", "-f", "audit.yaml"]);
    assert_eq!(ran.err, "note: audit.yaml:1: ignored, since the server sets it: createdAt, updatedAt\n");
    ran.done();
    assert_eq!(world.writes(), 0);
}

#[test]
fn failed_step_is_reported_and_second_run_completes_the_plan() {
    let world = World::seeded();
    world.file("hooks.yaml", DECLARED);
    world.fake.inject(Fault::status(422).on([Route::Update]));
    let arguments = ["apply", "-f", "hooks.yaml", "--prune-everything", "--yes"];
    let ran = run(&world, &arguments);
    assert_eq!(world.fake.ledger().len(), 1);
    insta::assert_snapshot!(ran.told());
    assert_eq!(ran.code, Some(7));

    let told = run(&world, &arguments).done();
    assert!(told.starts_with("~ entity-created\n"), "what was done is not done again: {told}");
    assert!(run(&world, &arguments).done().starts_with("plan: 0 to create, 0 to change, 0 to delete"));
}

#[test]
fn what_may_have_been_done_is_told_as_that() {
    let world = World::new();
    world.file("a.yaml", "identifier: a\nurl: https://a.example\nevents: [run.created]\n");
    world.fake.inject(Fault::dropped().on([Route::Create]).applied());
    world.fake.inject(Fault::status(500).on([Route::Get]).always());
    let ran = run(&world, &["apply", "-f", "a.yaml"]);
    insta::assert_snapshot!(ran.told());
    assert_eq!(ran.code, Some(10));
}

#[test]
fn a_lost_answer_is_no_failure() {
    let world = World::seeded();
    world.file("hooks.yaml", DECLARED);
    world.fake.inject(Fault::dropped().on([Route::Create]).applied());
    world.fake.inject(Fault::broken_body(3, fake_port::Ending::Reset).on([Route::Update]));
    run(&world, &["apply", "-f", "hooks.yaml"]).done();
    assert_eq!(world.fake.ledger().len(), 2);
}

#[test]
fn data_sources_are_compared_without_what_the_server_hands_out() {
    let world = World::live();
    let declared = json!({ "webhooks": [{
        "identifier": "github",
        "title": "GitHub",
        "description": "Pull requests",
        "mappings": [{ "blueprint": "pr", "operation": "create", "entity": { "identifier": ".id", "title": ".t" } }],
        "security": { "secret": { "fromEnv": "NEW_KEY" }, "signatureHeaderName": "x-hub-signature-256" },
    }] });
    world.file("a.json", &declared.to_string());
    run(&world, &["apply", "-f", "a.json"]).done();
    let stored = world.stored("github");
    assert_eq!(stored["enabled"], true);
    let exported = world.run(&["export"]).done();
    assert!(!exported.contains("url") && !exported.contains("webhookKey"), "{exported}");

    // Null clears a field, which the live contract's PATCH cannot.
    let changed = json!([{
        "identifier": "github",
        "url": stored["url"],
        "description": null,
        "mappings": [{ "blueprint": "pr", "operation": "create", "entity": { "identifier": ".id", "title": ".new" } }],
        "security": { "signatureHeaderName": null, "signaturePrefix": "sha256=" },
    }]);
    world.file("a.json", &changed.to_string());
    let told = run(&world, &["apply", "-f", "a.json"]).done();
    insta::assert_snapshot!(told);
    let now = world.stored("github");
    assert_eq!((now.get("description"), &now["title"]), (None, &json!("GitHub")));
    assert_eq!(now["security"], json!({ "secret": "hidden-new", "signaturePrefix": "sha256=" }));
    assert_eq!(now["url"], stored["url"]);
    assert!(run(&world, &["apply", "-f", "a.json"]).done().starts_with("plan: 0 to create, 0 to change"));

    // That it is a data source, this file does not tell.
    world.file("a.json", r#"{"identifier":"github","title":"GitHub","url":"https://elsewhere.example"}"#);
    let ran = run(&world, &["apply", "-f", "a.json"]);
    assert_eq!(ran.err, "note: a.json:1: ignored, since the server sets it: url\n");
    assert_eq!(
        ran.done(),
        "plan: 0 to create, 0 to change, 0 to delete, 1 unchanged (Port at http://127.0.0.1:PORT)\n"
    );
}
