//! `apply` in a pipeline: mistakes that are found before anything is sent, plans and errors as JSON, and deletes.

use serde_json::{Value, json};

use crate::support::{Ran, World};

const AUDIT: &str = "identifier: audit\nurl: https://audit.example.com\nevents: [run.completed]\n";

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Files with one mistake each.
fn ten_mistakes(world: &World) {
    for (name, text) in [
        ("01-field", "identifier: a\ntitel: A\nurl: https://a.example\nevents: [run.created]\n"),
        ("02-event", "identifier: b\nurl: https://b.example\nevents:\n  - run.created\n  - entity.create\n"),
        ("03-missing", "identifier: c\nurl: https://c.example\n"),
        (
            "04-limit",
            "identifier: d\nurl: https://d.example\nevents: [run.created]\ntitle: this title has more than thirty characters\n",
        ),
        ("05-url", "identifier: e\nurl: ftp://e.example\nevents: [run.created]\n"),
        ("06-tab", "identifier: f\nheaders:\n\tX: y\n"),
        ("07-type", "identifier: g\nurl: https://g.example\nevents: [run.created]\nenabled: 'yes'\n"),
        ("08-both", "identifier: h\nurl: https://h.example\nevents: [run.created]\nmappings: []\n"),
        (
            "09-secret",
            "identifier: i\nurl: https://i.example\nevents: [run.created]\nsecurity:\n  secret: ' hidden '\n",
        ),
        (
            "10-twice",
            "- identifier: j\n  url: https://j.example\n  events: [run.created]\n- identifier: j\n  url: https://j.example\n  events: [run.created]\n",
        ),
        ("11-comment", "# Nothing here yet.\n"),
    ] {
        world.file(&format!("hooks/{name}.yaml"), text);
    }
}

#[test]
fn directory_with_ten_mistakes_shows_ten_with_lines() {
    let world = World::new();
    ten_mistakes(&world);
    let err = world.run(&["validate", "hooks"]).failed(2);
    assert!(!err.contains("hidden"), "{err}");
    insta::assert_snapshot!("ten_mistakes", err);

    let err = world.run(&["validate", "hooks", "-o", "json"]).err;
    let error = &json_of(&err)["error"];
    assert_eq!((&error["kind"], &error["exit_status"]), (&json!("usage"), &json!(2)));
    let places: Vec<_> = error["mistakes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mistake| mistake["place"].as_str().unwrap())
        .collect();
    assert!(
        places.contains(&"hooks/02-event.yaml:5") && places.contains(&"hooks/06-tab.yaml:3"),
        "{places:?}"
    );
    assert_eq!(world.requests(), 0);
}

#[test]
fn apply_reports_all_mistakes_before_it_sends_anything() {
    let world = World::new();
    ten_mistakes(&world);
    for flags in [&["apply", "-f", "hooks"][..], &["apply", "-f", "hooks", "--dry-run"]] {
        let err = world.run(flags).failed(2);
        for place in [
            "01-field.yaml:2",
            "02-event.yaml:5",
            "04-limit.yaml:4",
            "05-url.yaml:2",
            "06-tab.yaml:3",
            "07-type.yaml:4",
            "08-both.yaml:4",
            "09-secret.yaml:5",
            "10-twice.yaml:4",
        ] {
            assert!(err.contains(place), "{place}: {err}");
        }
    }
    assert_eq!(world.requests(), 0);
}

#[test]
fn mistakes_in_a_data_source_are_found_by_its_contract() {
    let world = World::live();
    world.file(
        "a.yaml",
        "identifier: github\ntitle: GitHub\nsecurity:\n  signatureAlgorithm: sha512\n  signaturPrefix: a\nmappings:\n  \
         - blueprint: pr\n    operation: create\n    entity: { identifier: .id, titel: .t }\n  - blueprint: pr\n    filter: 7\n    \
         entity: { identifier: .id }\n  - operation: { type: delete }\n    entity: { identifier: .id }\n  - entity: [1]\n",
    );
    insta::assert_snapshot!(world.run(&["validate", "a.yaml"]).failed(2));
}

#[test]
fn fields_of_a_change_alone_are_valid_where_that_is_said() {
    let world = World::seeded();
    world.file("a.yaml", "identifier: audit\nenabled: true\n");
    assert!(world.run(&["validate", "a.yaml"]).failed(2).contains("a.yaml:1: missing: url and events"));
    assert_eq!(world.run(&["validate", "a.yaml", "--partial"]).done(), "valid: 1 webhook\n");
    world.run(&["apply", "-f", "a.yaml"]).done();
    // One that Port does not have is new, and needs all of them.
    world.file("a.yaml", "identifier: other\nenabled: true\n");
    let err = world.run(&["apply", "-f", "a.yaml", "--dry-run"]).failed(2);
    assert!(
        err.contains("a.yaml:1: missing: url and events (of a subscription), or title (of a data source)"),
        "{err}"
    );
}

#[test]
fn unknown_field_is_sent_only_where_port_has_it_or_that_is_said() {
    let world = World::seeded();
    world.file("a.yaml", &format!("{AUDIT}enabled: false\nretries: 3\n"));
    let err = world.run(&["apply", "-f", "a.yaml", "--dry-run"]).failed(2);
    assert!(err.starts_with("error: a.yaml:5: retries: unknown field"), "{err}");
    assert!(err.contains("--allow-unknown"), "{err}");
    assert_eq!(world.writes(), 0);
    let told = world.run(&["apply", "-f", "a.yaml", "--dry-run", "--allow-unknown"]).done();
    assert!(told.contains("+ retries: set"), "{told}");
    let future = json!({ "webhooks": [{ "identifier": "audit", "retries": 2 }] });
    world.fake.inject(fake_port::Fault::status(200).json(future).on([fake_port::Route::List]).always());
    world.file("a.yaml", "identifier: audit\nretries: 3\n");
    world.run(&["apply", "-f", "a.yaml", "--dry-run"]).done();
}

#[test]
fn plan_in_json_has_the_form_of_the_readme_and_no_secret() {
    let world = World::seeded();
    world.file(
        "hooks.yaml",
        "- identifier: entity-created\n  title: Entities\n  description: null\n  \
         headers: { X-API-Key: hidden-new, Authorization: { fromEnv: NOT_SET } }\n  security: { secret: hidden-new }\n\
         - identifier: fresh\n  url: https://me:hidden@fresh.example\n  events: [run.created]\n",
    );
    let arguments =
        ["apply", "-f", "hooks.yaml", "--dry-run", "--exit-code", "-o", "json", "--prune-prefix", "aud"];
    let ran = world.run(&arguments);
    assert_eq!((ran.code, world.writes()), (Some(11), 0), "{ran:#?}");
    assert!(!ran.told().contains("hidden"), "{ran:#?}");
    let mut plan = json_of(&ran.out);
    assert_eq!(plan["address"].take(), world.fake.uri());
    insta::assert_json_snapshot!(plan);
}

#[test]
fn exit_code_says_whether_something_is_pending() {
    let world = World::seeded();
    world.file("a.yaml", "identifier: audit\nenabled: true\n");
    let dry = |more: &[&str]| world.run(&[&["apply", "-f", "a.yaml"], more].concat()).code;
    assert_eq!((dry(&["--dry-run"]), dry(&["--dry-run", "--exit-code"])), (Some(0), Some(11)));
    assert_eq!(dry(&["--exit-code"]), Some(2), "it is for a dry run");
    assert_eq!((dry(&[]), dry(&["--dry-run", "--exit-code"])), (Some(0), Some(0)));
}

#[test]
fn dry_run_of_an_export_needs_no_variables() {
    let world = World::seeded();
    let exported = world.run(&["export"]).done();
    let ran = world.run_with(&["apply", "-f", "-", "--dry-run", "--exit-code"], &exported);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    insta::assert_snapshot!(ran.out);
    assert_eq!(world.writes(), 0);

    let err = world.run_with(&["apply", "-f", "-"], &exported).failed(2);
    assert!(err.contains("PORT_WEBHOOK_ENTITY_CREATED_SECRET is not set"), "{err}");
    world.run_with(&["validate", "-"], &exported).done();
}

#[test]
fn strict_sees_drift_in_fields_that_files_do_not_name() {
    let world = World::seeded();
    world.file("a.yaml", AUDIT);
    let dry = ["apply", "-f", "a.yaml", "--dry-run", "--exit-code"];
    assert_eq!(world.run(&dry).code, Some(0), "`enabled` is not named");
    world
        .run(&["update", "audit", "--title", "By hand", "--header", "X-A=hidden", "--secret", "hidden"])
        .done();
    assert_eq!(world.run(&dry).code, Some(0));
    let ran = world.run(&[&dry[..], &["--strict"]].concat());
    assert_eq!(ran.code, Some(11));
    let lines = [
        "    - title: \"By hand\" -> cleared\n",
        "    ~ enabled: no -> yes\n",
        "    - headers.X-A: cleared\n",
        "    - security.secret: cleared\n",
    ];
    for line in lines {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    world.run(&["apply", "-f", "a.yaml", "--strict"]).done();
    assert_eq!(world.run(&[&dry[..], &["--strict"]].concat()).code, Some(0));
    let stored = world.stored("audit");
    assert_eq!((stored.get("title"), &stored["enabled"]), (None, &json!(true)));
}

#[test]
fn forms_of_an_operation_are_no_difference() {
    let world = World::live();
    let mapping = |operation: Value| json!([{ "blueprint": "pr", "operation": operation, "entity": { "identifier": ".id" } }]);
    for (there, declared) in [
        (json!("create"), json!({ "type": "create" })),
        (json!({ "type": "delete", "deleteDependents": false }), json!("delete")),
    ] {
        world
            .fake
            .seed(json!({ "identifier": "a", "title": "A", "enabled": true, "mappings": mapping(there) }))
            .unwrap();
        world.file("a.json", &json!({ "identifier": "a", "mappings": mapping(declared) }).to_string());
        assert!(world.run(&["apply", "-f", "a.json"]).done().contains("0 to change"));
        world.run(&["delete", "a", "--yes"]).done();
    }
}

#[test]
fn prune_needs_a_scope_and_a_yes() {
    let world = World::seeded();
    world.file("a.yaml", "identifier: fresh\nurl: https://a.example\nevents: [run.created]\n");
    let run = |more: &[&str]| world.run(&[&["apply", "-f", "a.yaml"], more].concat());
    assert!(run(&["--prune", "--yes"]).failed(2).contains("--prune-prefix PREFIX"));
    run(&["--prune-prefix", "", "--yes"]).failed(2);
    run(&["--prune-prefix", "a", "--prune-everything", "--yes"]).failed(2);
    for scope in [&["--prune-everything"][..], &["--prune", "--prune-prefix", "aud"]] {
        assert!(run(scope).failed(2).contains("--yes deletes without confirmation"));
    }
    assert_eq!((world.requests(), world.fake.webhooks().len()), (0, 2));
    assert!(run(&["--prune-prefix", "aud", "--dry-run"]).done().contains("\n- audit\nplan: 1 to create"));
    run(&["--prune-prefix", "aud", "--yes"]).done();
    assert_eq!(world.fake.webhooks().len(), 2, "one was created, one of two was deleted");
    world.stored("entity-created");
}

#[cfg(unix)]
#[test]
fn prune_asks_on_a_terminal_and_names_the_address() {
    use crate::support::terminal;

    let world = World::seeded();
    world.file("a.yaml", "identifier: audit\n");
    let arguments = ["apply", "-f", "a.yaml", "--prune-everything"];
    let no = terminal::run(world.command(&arguments), 100, "n\n");
    let question = format!("delete entity-created at {}? [y/N]", world.fake.uri());
    assert!(no.code == Some(1) && no.screen.contains(&question), "{}", no.screen);
    assert_eq!(world.writes(), 0);
    assert_eq!(terminal::run(world.command(&arguments), 100, "y\n").code, Some(0));
    assert_eq!(world.fake.webhooks().len(), 1);
}

#[test]
fn secrets_that_nothing_can_verify_with_are_refused() {
    let world = World::seeded();
    for secret in [
        " hidden",
        "hidden\t",
        "hid\nden",
        "hidden\r\n",
        "\u{feff}hidden",
        "",
        "\u{a0}hidden",
        "hid\u{200b}den",
    ] {
        let file = json!({ "identifier": "audit", "url": "https://a.example", "events": ["run.created"],
            "security": { "secret": secret } });
        world.file("a.json", &file.to_string());
        for arguments in [
            &["create", "-f", "a.json"][..],
            &["update", "audit", "-f", "a.json"],
            &["replace", "audit", "-f", "a.json"],
            &["apply", "-f", "a.json"],
            &["apply", "-f", "a.json", "--dry-run"],
            &["validate", "a.json"],
        ] {
            let err = world.run(arguments).failed(2);
            assert!(
                err.contains("security.secret: ") && !err.contains("hidden"),
                "{secret:?} {arguments:?}: {err}"
            );
        }
        for arguments in [
            &["update", "audit"][..],
            &["sign"],
            &["sign", "--scheme", "plain"],
            &["verify", "--signature", "a"],
            &["trigger", "run.created", "--to", "localhost:1"],
            &["listen"],
            &["send", "--url", "http://127.0.0.1:1/a", "--body", "-", "--signature-header", "x"],
        ] {
            let mut command = world.command(&[arguments, &["--secret-from-env", "SECRET"]].concat());
            command.env("SECRET", secret);
            let err = Ran::of(command, "").failed(2);
            assert!(err.contains("error: SECRET") && !err.contains("hidden"), "{arguments:?}: {err}");
        }
    }
    assert_eq!(world.requests(), 0);
}

#[test]
fn header_with_traces_of_copying_is_refused() {
    let world = World::seeded();
    let header = json!({ "fromEnv": "KEY" });
    let file = json!({ "identifier": "audit", "url": "https://a.example", "events": ["run.created"],
        "headers": { "X-API-Key": header } });
    world.file("a.json", &file.to_string());
    for (value, problem) in [
        ("\u{feff}hidden", "a byte order mark"),
        ("hidden\n", "a line break"),
        ("hid\u{200b}den", "an invisible character"),
    ] {
        for arguments in [
            &["create", "-f", "a.json"][..],
            &["replace", "audit", "-f", "a.json"],
            &["apply", "-f", "a.json"],
        ] {
            let mut command = world.command(arguments);
            command.env("KEY", value);
            let err = Ran::of(command, "").failed(2);
            assert!(err.contains(&format!("headers.X-API-Key: contains {problem}")), "{arguments:?}: {err}");
            assert!(!err.contains("hidden"), "{err}");
        }
    }
    assert_eq!(world.requests(), 0);
}

#[test]
fn errors_are_json_where_output_is() {
    let world = World::seeded();
    world.file("bad.yaml", "identifier: [\n");
    for (arguments, kind, status) in [
        (&["get", "missing", "-o", "json"][..], "not_found", 5),
        (&["list", "--output", "json", "--per-page", "x"], "usage", 2),
        (
            &["create", "audit", "--url", "https://a.example", "--event", "run.created", "-o", "json"],
            "conflict",
            6,
        ),
        (&["apply", "-f", "bad.yaml", "-o", "json"], "usage", 2),
        (&["apply", "-f", "missing.yaml", "--output=json"], "usage", 2),
        (&["export", "missing", "-ojson"], "not_found", 5),
        (&["events", "nothing.known", "-o", "json"], "usage", 2),
    ] {
        let ran = world.run(arguments);
        let error = json_of(&ran.err)["error"].take();
        assert_eq!(
            (ran.code, &error["kind"], &error["exit_status"]),
            (Some(status), &json!(kind), &json!(status))
        );
        assert!(error["message"].is_string(), "{error}");
    }
    world.file(
        "a.yaml",
        "- identifier: audit\n  enabled: true\n- identifier: entity-created\n  enabled: false\n",
    );
    world.fake.inject(fake_port::Fault::status(500).on([fake_port::Route::Update]).times(10));
    let ran = world.run(&["apply", "-f", "a.yaml", "-o", "json"]);
    json_of(&ran.out);
    let notes = json_of(&ran.err)["error"]["notes"].take();
    assert!(notes.to_string().contains("not done: change entity-created"), "{notes}");
}

#[test]
fn schema_is_one_that_editors_understand() {
    let world = World::new();
    let schema = json_of(&world.run(&["schema"]).done());
    assert!(jsonschema::draft7::meta::is_valid(&schema));
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let audit = json!({ "identifier": "audit", "url": "https://a.example", "events": ["run.created"],
        "security": { "secret": { "fromEnv": "SECRET" } }, "createdAt": "2026-01-15T10:30:00.000Z" });
    for good in [audit.clone(), json!([audit]), json!({ "webhooks": [audit] }), json!([])] {
        assert!(validator.is_valid(&good), "{good}");
    }
    for bad in [
        json!({ "identifier": "audit", "titel": "A" }),
        json!([{ "identifier": "audit", "events": ["entity.create"] }]),
        json!({ "webhooks": [{ "url": "https://a.example" }] }),
        json!({ "identifier": "audit", "title": 7 }),
    ] {
        assert!(!validator.is_valid(&bad), "{bad}");
    }
}
