//! Tables of bodies and their problems.

use serde_json::{Value, json};
use url::Url;

use super::{Purpose, webhook};
use crate::activity::Observer;
use crate::delivery::Deliveries;
use crate::profile::{Profile, Unverified};
use crate::settings::Settings;

fn settings(profile: Profile, null_clears: bool) -> Settings {
    Settings {
        uri: String::new(),
        profile,
        unverified: Unverified { null_clears, ..Unverified::default() },
        client_id: String::new(),
        client_secret: String::new(),
        token_lifetime: std::time::Duration::ZERO,
        unreachable: vec![Url::parse("https://down.example.com/a").unwrap()],
        organization: String::new(),
        deliveries: Deliveries::new(),
        observer: Observer::default(),
    }
}

/// `Ok`, or the message.
fn verdict(settings: &Settings, purpose: Purpose, body: &Value) -> Result<(), String> {
    webhook(settings, purpose, body.as_object().unwrap()).map_err(|problem| problem.to_string())
}

/// The base with the fields of `with` in it; the string "absent" takes one out.
fn body(mut base: Value, with: &Value) -> Value {
    let fields = base.as_object_mut().unwrap();
    for (name, value) in with.as_object().unwrap() {
        if value == "absent" {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    base
}

fn subscription() -> Value {
    json!({ "identifier": "a", "url": "https://example.com/hook", "events": ["run.completed"] })
}

fn data_source() -> Value {
    json!({ "title": "t", "enabled": true })
}

fn everywhere(profile: Profile, base: &Value, with: &Value, expected: &Result<(), String>) {
    let settings = settings(profile, true);
    let full = body(base.clone(), with);
    assert_eq!(&verdict(&settings, Purpose::Whole, &full), expected, "{with}");
    assert_eq!(&verdict(&settings, Purpose::Patch, with), expected, "patch {with}");
}

#[test]
fn subscriptions_that_are_taken() {
    for with in [
        json!({}),
        json!({ "identifier": "é".repeat(30) }),
        json!({ "title": "", "description": "" }),
        json!({ "title": "é".repeat(30), "description": "é".repeat(200) }),
        json!({ "events": ["entity.created", "entity.created"] }),
        json!({ "headers": {} }),
        json!({ "headers": { "X-API-Key": "", "!#$%&'*+.^_`|~09azAZ-": "a\tb é\u{80}\u{10FFFF}" } }),
        json!({ "security": {} }),
        json!({ "security": { "secret": " " } }),
        json!({ "enabled": false }),
        json!({ "url": "HTTPS://user:pw@example.com:8443/a?b#c" }),
        json!({ "url": "http://[::1]" }),
        json!({ "url": "http://éxample.com/é" }),
        json!({ "url": "http://down.example.com/a" }),
    ] {
        everywhere(Profile::Documented, &subscription(), &with, &Ok(()));
    }
}

#[test]
fn subscriptions_that_are_refused() {
    for (with, message) in [
        (json!({ "color": 1 }), "color: unknown property"),
        (json!({ "not plain": 1 }), r#"["not plain"]: unknown property"#),
        (json!({ "createdAt": "2024-01-15T10:30:00.000Z" }), "createdAt: unknown property"),
        (json!({ "mappings": [] }), "mappings: unknown property"),
        (json!({ "identifier": "" }), "identifier: must not be empty"),
        (json!({ "identifier": "a".repeat(31) }), "identifier: must not be longer than 30 characters"),
        (json!({ "identifier": null }), "identifier: must be a string"),
        (json!({ "title": "a".repeat(31) }), "title: must not be longer than 30 characters"),
        (json!({ "title": 7 }), "title: must be a string"),
        (json!({ "description": "a".repeat(201) }), "description: must not be longer than 200 characters"),
        (json!({ "events": [] }), "events: must not be empty"),
        (json!({ "events": {} }), "events: must be an array"),
        (json!({ "events": ["run.created", "run.made"] }), "events[1]: unknown event"),
        (json!({ "events": [1] }), "events[0]: must be a string"),
        (json!({ "events": null }), "events: must be an array"),
        (json!({ "headers": [] }), "headers: must be an object"),
        (json!({ "headers": { "X Bad": "secret" } }), r#"headers["X Bad"]: not a valid header name"#),
        (json!({ "headers": { "": "a" } }), r#"headers[""]: not a valid header name"#),
        (json!({ "headers": { "é": "a" } }), r#"headers["é"]: not a valid header name"#),
        (json!({ "headers": { "X-A": "secret\n" } }), r#"headers["X-A"]: not a valid header value"#),
        (json!({ "headers": { "X-A": "\u{7f}" } }), r#"headers["X-A"]: not a valid header value"#),
        (json!({ "headers": { "A": null } }), "headers.A: must be a string"),
        (json!({ "security": [] }), "security: must be an object"),
        (json!({ "security": { "secret": "" } }), "security.secret: must not be empty"),
        (json!({ "security": { "secret": 5 } }), "security.secret: must be a string"),
        (json!({ "security": { "signaturePrefix": "a" } }), "security.signaturePrefix: unknown property"),
        (json!({ "enabled": null }), "enabled: must be true or false"),
        (json!({ "enabled": "true" }), "enabled: must be true or false"),
        (json!({ "url": "https://down.example.com:443/a" }), "url: not reachable"),
        (json!({ "url": null }), "url: must be a string"),
    ] {
        everywhere(Profile::Documented, &subscription(), &with, &Err(message.to_owned()));
    }
}

#[test]
fn urls_that_are_refused() {
    let pattern = "url: must be an absolute http or https URL";
    let parser = "url: not a valid URL";
    for (url, message) in [
        ("", pattern),
        ("example.com", pattern),
        ("/hook", pattern),
        ("//example.com", pattern),
        ("ftp://example.com", pattern),
        ("httpss://example.com", pattern),
        ("http:/example.com", pattern),
        ("http:example.com", pattern),
        ("http://", pattern),
        ("http:///example.com", pattern),
        ("http://?a", pattern),
        ("http://#a", pattern),
        ("http://\\example.com", pattern),
        (" http://example.com", pattern),
        ("http://example.com ", pattern),
        ("http://exa mple.com", pattern),
        ("http://example.com/\n", pattern),
        ("http://example.com/\u{7f}", pattern),
        ("http://example.com:99999", parser),
        ("http://:80", parser),
        ("http://[::1", parser),
    ] {
        let expected = Err(message.to_owned());
        everywhere(Profile::Documented, &subscription(), &json!({ "url": url }), &expected);
    }
}

#[test]
fn what_is_required() {
    for (profile, base, names) in [
        (Profile::Documented, subscription(), &["identifier", "url", "events"][..]),
        (Profile::Live, data_source(), &["title", "enabled"]),
    ] {
        let settings = settings(profile, true);
        for name in names {
            let lacking = body(base.clone(), &json!({ *name: "absent" }));
            let expected = Err(format!("{name}: is required"));
            assert_eq!(verdict(&settings, Purpose::Whole, &lacking), expected);
            assert_eq!(verdict(&settings, Purpose::Patch, &lacking), Ok(()));
        }
        assert_eq!(verdict(&settings, Purpose::Patch, &json!({})), Ok(()));
    }
}

#[test]
fn nulls_of_the_documented_profile() {
    for field in [
        json!({ "title": null }),
        json!({ "description": null }),
        json!({ "headers": null }),
        json!({ "security": null }),
        json!({ "security": { "secret": null } }),
    ] {
        let clears = settings(Profile::Documented, true);
        assert_eq!(verdict(&clears, Purpose::Patch, &field), Ok(()), "{field}");
        let refuses = settings(Profile::Documented, false);
        assert!(verdict(&refuses, Purpose::Patch, &field).is_err(), "{field}");
        let full = body(subscription(), &field);
        assert!(verdict(&clears, Purpose::Whole, &full).is_err(), "{field}");
    }
}

#[test]
fn data_sources_that_are_taken() {
    let query = json!({ "combinator": "and", "rules": [{ "any": ["thing"] }] });
    for with in [
        json!({}),
        json!({ "identifier": "é".repeat(30), "icon": "", "description": "" }),
        json!({ "integrationType": "template" }),
        json!({ "security": {} }),
        json!({ "security": { "secret": "" } }),
        json!({ "security": { "secret": "s", "signatureHeaderName": "", "signatureAlgorithm": "plain",
            "signaturePrefix": "", "requestIdentifierPath": "" } }),
        json!({ "security": { "secret": null, "signatureHeaderName": null, "signatureAlgorithm": null,
            "signaturePrefix": null, "requestIdentifierPath": null } }),
        json!({ "mappings": [] }),
        json!({ "mappings": [{ "blueprint": "", "entity": { "identifier": "" } }] }),
        json!({ "mappings": [{ "blueprint": "b", "operation": "create", "filter": "f", "itemsToParse": "i",
            "entity": { "identifier": query, "title": "t", "icon": "i", "team": query, "properties": { "p": 1 },
            "relations": { "r": null } } }] }),
        json!({ "mappings": [{ "blueprint": "b", "operation": { "type": "create" },
            "entity": { "identifier": "i", "team": "t" } }] }),
        json!({ "mappings": [{ "blueprint": "b", "operation": "upsert",
            "entity": { "identifier": "", "team": [] } }] }),
        json!({ "mappings": [{ "blueprint": "b", "operation": { "type": "update" },
            "entity": { "identifier": "i", "team": ["core"] } }] }),
        json!({ "mappings": [{ "blueprint": "b", "operation": "delete", "whatever": 1, "entity": { "identifier": "i" } }] }),
        json!({ "mappings": [{ "blueprint": "b", "operation": { "type": "delete" }, "entity": { "identifier": "i" } }] }),
        json!({ "mappings": [{ "blueprint": "b", "operation": { "type": "delete", "deleteDependents": true },
            "filter": "f", "entity": { "identifier": "i" } }] }),
    ] {
        everywhere(Profile::Live, &data_source(), &with, &Ok(()));
    }
}

#[test]
fn data_sources_that_are_refused() {
    for (with, message) in [
        (json!({ "url": "https://example.com" }), "url: unknown property"),
        (json!({ "identifier": "" }), "identifier: must not be empty"),
        (json!({ "title": null }), "title: must be a string"),
        (json!({ "description": null }), "description: must be a string"),
        (json!({ "icon": null }), "icon: must be a string"),
        (json!({ "enabled": null }), "enabled: must be true or false"),
        (json!({ "security": null }), "security: must be an object"),
        (json!({ "security": { "other": null } }), "security.other: unknown property"),
        (json!({ "security": { "secret": 1 } }), "security.secret: must be a string"),
        (json!({ "security": { "signaturePrefix": 1 } }), "security.signaturePrefix: must be a string"),
        (
            json!({ "security": { "signatureAlgorithm": "md5" } }),
            "security.signatureAlgorithm: must be one of sha1, sha256, plain",
        ),
        (json!({ "integrationType": "other" }), "integrationType: must be one of custom, template"),
        (json!({ "integrationType": null }), "integrationType: must be a string"),
        (json!({ "mappings": {} }), "mappings: must be an array"),
        (json!({ "mappings": [1] }), "mappings[0]: must be an object"),
    ] {
        everywhere(Profile::Live, &data_source(), &with, &Err(message.to_owned()));
    }
}

#[test]
fn mappings_that_are_refused() {
    let mapping = || json!({ "blueprint": "b", "entity": { "identifier": "i" } });
    let form = "operation: must be a form of create, update, upsert or delete";
    for (with, message) in [
        (json!({ "blueprint": "absent" }), "blueprint: is required"),
        (json!({ "entity": "absent" }), "entity: is required"),
        (json!({ "whatever": 1 }), "whatever: unknown property"),
        (json!({ "operation": "create", "whatever": 1 }), "whatever: unknown property"),
        (json!({ "operation": "replace" }), form),
        (json!({ "operation": null }), form),
        (json!({ "operation": {} }), form),
        (json!({ "operation": { "type": "create", "deleteDependents": true } }), form),
        (json!({ "operation": { "type": "delete", "deleteDependents": "yes" } }), form),
        (json!({ "operation": { "type": "delete", "other": 1 } }), form),
        (json!({ "filter": null }), "filter: must be a string"),
        (json!({ "operation": "delete", "itemsToParse": 1 }), "itemsToParse: must be a string"),
        (json!({ "entity": {} }), "entity.identifier: is required"),
        (json!({ "entity": { "identifier": 1 } }), "entity.identifier: must be a string or an object"),
        (
            json!({ "entity": { "identifier": { "combinator": "and" } } }),
            "entity.identifier.rules: is required",
        ),
        (
            json!({ "entity": { "identifier": { "combinator": "and", "rules": [], "x": 1 } } }),
            "entity.identifier.x: unknown property",
        ),
        (
            json!({ "entity": { "identifier": "i", "team": { "combinator": 1, "rules": [] } } }),
            "entity.team.combinator: must be a string",
        ),
        (
            json!({ "entity": { "identifier": "i", "team": { "combinator": "or", "rules": [{}, 1] } } }),
            "entity.team.rules[1]: must be an object",
        ),
        (
            json!({ "entity": { "identifier": "i", "properties": [] } }),
            "entity.properties: must be an object",
        ),
        (json!({ "entity": { "identifier": "i", "other": 1 } }), "entity.other: unknown property"),
        (
            json!({ "operation": "delete", "entity": { "identifier": "i", "title": "t" } }),
            "entity.title: unknown property",
        ),
        (
            json!({ "operation": "delete", "entity": { "identifier": { "combinator": "and", "rules": [] } } }),
            "entity.identifier: must be a string",
        ),
        (json!({ "entity": { "identifier": "i", "team": [1] } }), "entity.team[0]: must be a string"),
        (json!({ "operation": { "type": "upsert", "deleteDependents": true } }), form),
        (json!({ "operation": "delete", "entity": {} }), "entity.identifier: is required"),
    ] {
        let with = json!({ "mappings": [mapping(), body(mapping(), &with)] });
        let expected = Err(format!("mappings[1].{message}"));
        everywhere(Profile::Live, &data_source(), &with, &expected);
    }
}
