//! `list` and `get`.

use serde_json::{Value, json};

use crate::support::World;

#[test]
fn a_list_is_a_table_for_people() {
    let world = World::seeded();
    insta::assert_snapshot!(world.run(&["list"]).done());
}

#[test]
fn a_webhook_is_shown_field_by_field() {
    let world = World::seeded();
    insta::assert_snapshot!(world.run(&["get", "entity-created"]).done());
}

#[test]
fn a_data_source_is_shown_with_its_mappings() {
    let world = World::live();
    world
        .fake
        .seed(json!({
            "identifier": "github", "title": "GitHub", "enabled": true,
            "mappings": [{ "blueprint": "pr", "filter": "true", "entity": { "identifier": ".body.id" } }],
            "security": { "secret": "hidden-secret", "signatureHeaderName": "x-hub-signature-256" },
        }))
        .unwrap();
    let output = world.run(&["get", "github"]).done();
    // What the fake makes up.
    let key = world.stored("github")["webhookKey"].as_str().unwrap().to_owned();
    let ingest = format!("{}/ingest", world.fake.uri());
    insta::assert_snapshot!(output.replace(&key, "KEY").replace(&ingest, "https://ingest.port.io"));
}

#[test]
fn programs_get_json_and_yaml() {
    let world = World::seeded();
    insta::assert_snapshot!("get_json", world.run(&["get", "entity-created", "-o", "json"]).done());
    insta::assert_snapshot!("list_yaml", world.run(&["list", "-o", "yaml"]).done());
    let list: Value = serde_json::from_str(&world.run(&["list", "-o", "json"]).done()).unwrap();
    assert_eq!(list[1]["identifier"], "audit");
    let two = world.run(&["get", "audit", "entity-created", "-o", "json"]).done();
    assert_eq!(serde_json::from_str::<Value>(&two).unwrap().as_array().unwrap().len(), 2);
}

#[test]
fn only_texts_that_need_quotes_have_them() {
    let world = World::new();
    let future = json!({
        "plain": ["https://a.example/b?c=d", ".body.id == \"a\"", "run.completed", "two words", "v1.2.3"],
        "quoted": ["no", "12:30:45", "2026-01-15", "", "<<"],
        "text": "one\n  two\n",
        "list": [[1, 2], { "a": {}, "b": [] }],
    });
    world.fake.seed(json!({ "identifier": "a", "future": future })).unwrap();
    let yaml = world.run(&["get", "a", "-o", "yaml", "--show-secrets"]).done();
    insta::assert_snapshot!(yaml);
}

#[test]
fn secrets_are_masked_unless_they_are_asked_for() {
    let world = World::seeded();
    for arguments in [
        &["list"][..],
        &["list", "-o", "json"],
        &["list", "-o", "yaml"],
        &["get", "entity-created"],
        &["get", "entity-created", "-o", "json"],
        &["get", "entity-created", "-o", "yaml"],
        &["get", "entity-created", "-v", "--log", "trace"],
    ] {
        let ran = world.run(arguments);
        assert_eq!(ran.code, Some(0));
        assert!(!ran.out.contains("hidden") && !ran.err.contains("hidden"), "{arguments:?} {ran:#?}");
    }
    let shown = world.run(&["get", "entity-created", "-o", "json", "--show-secrets"]).done();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown, world.stored("entity-created"));
}

#[test]
fn one_page_or_all_of_them() {
    let world = World::new();
    for number in 0..205 {
        world.fake.seed(json!({ "identifier": format!("hook-{number:03}") })).unwrap();
    }
    let count = |arguments: &[&str]| {
        let list = world.run(arguments).done();
        serde_json::from_str::<Value>(&list).unwrap().as_array().unwrap().len()
    };
    assert_eq!(count(&["list", "-o", "json"]), 205);
    assert_eq!(count(&["list", "-o", "json", "--per-page", "7"]), 205);
    assert_eq!(count(&["list", "-o", "json", "--page", "3"]), 5);
    assert_eq!(count(&["list", "-o", "json", "--page", "2", "--per-page", "10"]), 10);
    let world = World::new();
    assert_eq!(world.run(&["list", "-o", "json"]).done(), "[]\n");
    let ran = world.run(&["list"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", "no webhooks\n"));
}

#[test]
fn what_port_says_does_not_steer_the_terminal() {
    let world = World::new();
    world
        .fake
        .seed(json!({ "identifier": "a", "title": "\u{1b}]0;gotcha\u{7}\nb", "url": "https://a.example", "events": [] }))
        .unwrap();
    for arguments in [&["list"][..], &["get", "a"]] {
        let output = world.run(arguments).done();
        assert!(output.contains("\\u{1b}]0;gotcha\\u{7}\\nb"), "{output}");
    }
}

#[test]
fn query_parameters_go_along() {
    let world = World::seeded();
    world.run(&["get", "audit", "--query", "include=stats", "--query", "a=b c"]).done();
    let requests = world.fake.requests().on("audit");
    assert_eq!((requests[0].query("include"), requests[0].query("a")), (Some("stats"), Some("b c")));
}
