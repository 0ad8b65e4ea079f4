//! Entities, and why there are none.

use std::time::{Duration, UNIX_EPOCH};

use port_webhooks_mapping::{Evaluation, Event, Mappings, Settings};
use serde_json::{Value, json};

fn event(body: &Value) -> Event {
    Event::from_value(&json!({"body": body, "headers": {"x-event": "push"}, "queryParams": {"env": "prod"}}))
        .unwrap()
}

fn evaluate(mapping: &Value, body: &Value) -> Evaluation {
    Mappings::compile(&json!([mapping])).unwrap().evaluate(&event(body))
}

/// The one row of what was skipped.
fn skipped(mapping: &Value, body: &Value) -> Value {
    let evaluation = evaluate(mapping, body);
    assert_eq!(evaluation.entities, []);
    assert_eq!(evaluation.skipped.len(), 1);
    json!(evaluation.skipped[0])
}

#[test]
fn entity_has_the_fields_of_its_mapping_alone() {
    let mapping = json!({
        "blueprint": "service",
        "entity": {
            "identifier": ".body.name", "title": ".body.title", "team": ".body.teams",
            "properties": {"env": ".queryParams.env", "event": ".headers.\"x-event\"", "none": "empty", "two": "1, 2"},
            "relations": {
                "owner": [".body.name", {"combinator": "\"and\"", "rules": [{"property": "\"x\"", "operator": "'='", "value": ".body.n"}]}],
            },
        },
    });
    let evaluation = evaluate(&mapping, &json!({"name": "shop", "teams": ["a", "b"], "n": 1.5}));
    assert_eq!(
        json!(evaluation),
        json!({
            "entities": [{
                "mapping": 0, "item": null, "blueprint": "service", "operation": "create", "identifier": "shop",
                "title": null, "team": ["a", "b"],
                "properties": {"env": "prod", "event": "push", "none": null, "two": 1},
                "relations": {"owner": ["shop", {"combinator": "and", "rules": [{"property": "x", "operator": "=", "value": 1.5}]}]},
                "errors": [],
            }],
            "skipped": [],
            "warnings": [],
        })
    );
}

#[test]
fn failed_property_is_null_and_named_beside_the_others() {
    let mapping = json!({"blueprint": "b", "entity": {
        "identifier": ".body.id",
        "title": ".body.id + 1",
        "properties": {"bad": ".body.id | tonumber", "good": ".body.id"},
        "relations": {"r": {"combinator": "\"and\"", "rules": [{"value": "error(\"no\")"}]}},
    }});
    let entity = json!(evaluate(&mapping, &json!({"id": "x"})).entities[0]);
    assert_eq!(entity["title"], json!(null));
    assert_eq!(entity["properties"], json!({"bad": null, "good": "x"}));
    assert_eq!(entity["relations"], json!({"r": {"combinator": "and", "rules": [{"value": null}]}}));
    assert_eq!(
        entity["errors"],
        json!([
            {"field": "title", "message": "string (\"x\") and number (1) cannot be added"},
            {"field": "properties.bad", "message": "Invalid numeric literal at EOF at line 1, column 1 (while parsing 'x')"},
            {"field": "relations.r.rules[0].value", "message": "no"},
        ])
    );
}

#[test]
fn each_way_to_no_entity_has_its_reason() {
    let with = |field: &str, expression: &str| {
        let mut mapping = json!({"blueprint": "b", "entity": {"identifier": ".body.id"}});
        if field == "identifier" {
            mapping["entity"]["identifier"] = json!(expression);
        } else {
            mapping[field] = json!(expression);
        }
        mapping
    };
    for (field, expression, reason, message) in [
        ("filter", ".body.id == \"y\"", "filter_false", "the filter is false"),
        ("filter", ".body.id", "filter_not_boolean", "the filter is not true, but string"),
        ("filter", "null", "filter_not_boolean", "the filter is not true, but null"),
        ("filter", "empty", "filter_not_boolean", "the filter gave no result"),
        ("filter", ".body.id.x", "filter_failed", "Cannot index string with string \"x\""),
        ("itemsToParse", ".body", "items_not_array", "itemsToParse gave no array, but object"),
        ("itemsToParse", "empty", "items_not_array", "itemsToParse gave no result"),
        ("itemsToParse", ".body.id[]", "items_not_array", "Cannot iterate over string (\"x\")"),
        ("identifier", ".body.missing", "identifier_null", "the identifier is null"),
        ("identifier", "empty", "identifier_null", "the identifier is null"),
        ("identifier", "error(\"no\")", "identifier_failed", "no"),
        ("identifier", "[1]", "identifier_failed", "`[1]` cannot be an identifier, which is a text"),
    ] {
        let row = skipped(&with(field, expression), &json!({"id": "x"}));
        assert_eq!(
            row,
            json!({"mapping": 0, "item": null, "reason": reason, "message": message}),
            "{expression}"
        );
    }
}

#[test]
fn first_500_items_count_and_the_others_are_one_row() {
    let mapping = json!({"blueprint": "b", "itemsToParse": ".body", "filter": ".item != 3", "entity": {"identifier": ".item"}});
    let items: Vec<_> = (0..512).collect();
    let evaluation = evaluate(&mapping, &json!(items));
    assert_eq!(evaluation.entities.len(), 499);
    assert_eq!(evaluation.entities[3].item, Some(4));
    assert_eq!(evaluation.entities[498].identifier, "499");
    let rows = json!(evaluation.skipped);
    assert_eq!(
        rows[0],
        json!({"mapping": 0, "item": 3, "reason": "filter_false", "message": "the filter is false"})
    );
    assert_eq!(rows[1]["reason"], "over_500");
    assert_eq!(rows[1]["count"], 12);
    assert_eq!(rows.as_array().unwrap().len(), 2);
    let exactly: Vec<_> = (0..500).collect();
    assert_eq!(evaluate(&mapping, &json!(exactly)).skipped.len(), 1);
}

#[test]
fn number_as_identifier_is_its_text_unless_switched_off() {
    let mappings = json!([{"blueprint": "b", "entity": {"identifier": ".body.id"}}]);
    let mappings = Mappings::compile(&mappings).unwrap();
    let event = event(&json!({"id": 42}));
    assert_eq!(mappings.evaluate(&event).entities[0].identifier, "42");
    let mut settings = Settings::default();
    settings.number_identifiers = false;
    let row = json!(mappings.evaluate_with(&event, &settings).skipped[0]);
    assert_eq!(row["reason"], "identifier_failed");
}

#[test]
fn delete_evaluates_the_identifier_alone() {
    let mapping = json!({
        "blueprint": "b", "operation": {"type": "delete", "deleteDependents": true},
        "entity": {"identifier": ".body.id", "title": "error(\"not evaluated\")", "properties": {"a": "1"}},
    });
    assert_eq!(
        json!(evaluate(&mapping, &json!({"id": "x"})).entities[0]),
        json!({
            "mapping": 0, "item": null, "blueprint": "b", "operation": "delete", "deleteDependents": true,
            "identifier": "x", "errors": [],
        })
    );
}

#[test]
fn every_mistake_is_reported_with_mapping_field_and_position() {
    let errors = Mappings::compile(&json!([
        {"blueprint": "b", "filter": ".body |", "entity": {"identifier": ".body.id", "properties": {"a": "{", "b": "1"}}},
        {"filter": 1, "itemsToParse": "foo", "operation": "drop", "entity": {"relations": {"r": {"rules": [{"value": "'a"}]}}}},
        "mapping",
        {"blueprint": "b", "entity": {"identifier": "\"é\" + "}},
    ]))
    .unwrap_err();
    let text = errors.to_string();
    assert!(
        text.starts_with(
            "Port would not evaluate these mappings as they are meant\nmapping 0, filter, character 8: "
        ),
        "{text}"
    );
    let places: Vec<_> = errors.0.iter().map(|error| (error.path(), error.position)).collect();
    let places: Vec<_> = places.iter().map(|(path, position)| (path.as_str(), *position)).collect();
    assert_eq!(
        places,
        [
            ("mappings[0].filter", Some(8)),
            ("mappings[0].entity.properties.a", Some(2)),
            ("mappings[1].itemsToParse", Some(1)),
            ("mappings[1].filter", None),
            ("mappings[1].operation", None),
            ("mappings[1].blueprint", None),
            ("mappings[1].entity.identifier", None),
            ("mappings[1].entity.relations.r.rules[0].value", Some(1)),
            ("mappings[2]", None),
            ("mappings[3].entity.identifier", Some(7)),
        ]
    );
    assert_eq!(errors.0[8].to_string(), "mapping 2: a mapping is an object");
    let error = &Mappings::compile(&json!({"blueprint": "b"})).unwrap_err().0[0];
    assert_eq!(error.to_string(), "mappings: a list was expected, with an object for each mapping");
    assert_eq!(error.path(), "mappings");
}

#[test]
fn wrong_expression_is_null_as_port_has_it() {
    let (mappings, errors) = Mappings::compile_as_port(&json!([
        {"blueprint": "b", "entity": {"identifier": ".body.id", "properties": {"a": "{", "b": ".body.id"}}},
        {"blueprint": "b", "filter": "nope", "entity": {"identifier": ".body.id"}},
    ]));
    assert_eq!(errors.len(), 2);
    let evaluation = mappings.evaluate(&event(&json!({"id": "x"})));
    assert_eq!(json!(evaluation.entities[0].properties), json!({"a": null, "b": "x"}));
    assert_eq!(json!(evaluation.skipped[0])["reason"], "filter_failed");
}

#[test]
fn what_can_never_match_is_warned_of() {
    let warnings = |mapping: Value| {
        let mappings = Mappings::compile(&json!([mapping])).unwrap();
        mappings.warnings().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let entity = |expression: &str| json!({"blueprint": "b", "entity": {"identifier": expression}});
    for (expression, warning) in [
        (
            ".headers.\"X-GitHub-Event\"",
            "`X-GitHub-Event` is never there: names of headers are lower case, `x-github-event`",
        ),
        (".headers[\"X-A\"] == \"b\"", "`X-A` is never there: names of headers are lower case, `x-a`"),
        (
            "if .headers.Accept then 1 else 2 end",
            "`Accept` is never there: names of headers are lower case, `accept`",
        ),
        (".ref", "`.ref` is always null: an event has `.body`, `.headers`, `.queryParams` and `.item`"),
        (
            "\"x-\\(.query.a)\"",
            "`.query` is always null: an event has `.body`, `.headers`, `.queryParams` and `.item`",
        ),
        (".item.id", "`.item` is always null: the mapping has no `itemsToParse`"),
        (".body.a | test(\"(\")", "the regular expression `(` is not understood here, and fails"),
    ] {
        assert_eq!(
            warnings(entity(expression)),
            [format!("mapping 0, entity.identifier: {warning}")],
            "{expression}"
        );
    }
    for expression in [
        ".body.commits | map(.id) | first",
        ".body | .Header",
        ".body.headers.X",
        ".headers.\"x-a\" as $h | .body | {a: .b, $h} | .a",
        "[.body[] | select(.x) | .item]",
        "def f: .x; .body | f",
        "reduce .body[] as $i (0; .x + 1)",
        ". | .body.a",
        ".body.a | test(\"(?<=a)b\")",
    ] {
        assert_eq!(warnings(entity(expression)), Vec::<String>::new(), "{expression}");
    }
    let mut items = entity(".item.id");
    items["itemsToParse"] = json!(".body");
    assert_eq!(warnings(items), Vec::<String>::new());
}

#[test]
fn warnings_come_with_each_evaluation() {
    let evaluation =
        evaluate(&json!({"blueprint": "b", "entity": {"identifier": ".ref // \"x\""}}), &json!(null));
    assert_eq!(json!(evaluation.warnings[0])["field"], "entity.identifier");
}

#[test]
fn endless_expression_is_given_up_and_the_others_are_evaluated() {
    let mappings = Mappings::compile(&json!([
        {"blueprint": "b", "itemsToParse": "[1, 2]", "entity": {"identifier": ".item", "title": "\"t\"", "properties": {
            "endless": "def f: f; f", "good": ".item"
        }}},
        {"blueprint": "b", "entity": {"identifier": "\"after\""}},
    ]))
    .unwrap();
    let mut settings = Settings::default();
    settings.limit = Duration::from_secs(2);
    let evaluation = mappings.evaluate_with(&event(&json!(null)), &settings);
    assert_eq!(evaluation.entities.len(), 3);
    assert_eq!(json!(evaluation.entities[1].properties), json!({"endless": null, "good": 2}));
    assert_eq!(evaluation.entities[1].errors[0].field, "properties.endless");
    assert_eq!(evaluation.entities[1].errors[0].message, "gave no result within 2s, and was given up");
    assert_eq!(evaluation.entities[2].identifier, "after");
}

#[test]
fn expression_that_calls_itself_too_deep_fails_alone() {
    let mappings =
        Mappings::compile(&json!([{"blueprint": "b", "entity": {"identifier": "\"i\"", "properties": {
            "by_event": "def f: if . > 0 then 1 + (. - 1 | f) else . end; .body | f",
            "array": "def f: [f]; f", "object": "def f: {a: f}; f", "text": "def f: \"a\\(f)\"; f",
            "pipe": "def f: f | f; f", "good": ".body",
        }}}]))
        .unwrap();
    let mut settings = Settings::default();
    settings.limit = Duration::from_secs(600);
    let entity = &mappings.evaluate_with(&event(&json!(5_000_000)), &settings).entities[0];
    let nulls = json!({"by_event": null, "array": null, "object": null, "text": null, "pipe": null, "good": 5_000_000});
    assert_eq!(json!(entity.properties), nulls);
    assert_eq!(entity.errors.len(), 5);
    for error in &entity.errors {
        assert_eq!(error.message, "calls itself too deep, and was given up", "{}", error.field);
    }
}

#[test]
fn numbers_and_surrogates_that_json_lacks_are_read_as_in_port() {
    let body = |body: &str| {
        let mappings =
            json!([{"blueprint": "b", "entity": {"identifier": "\"i\"", "properties": {"p": ".body"}}}]);
        let event = Event::new(body.as_bytes(), [], []).unwrap();
        let evaluation = Mappings::compile(&mappings).unwrap().evaluate(&event);
        json!(evaluation.entities[0].properties)["p"].clone()
    };
    assert_eq!(body(r#"[1e400, -1e400, 1e-400, "1e400"]"#), json!([null, null, 0, "1e400"]));
    assert_eq!(
        body(r#"{"\udc00": "a\udfffb\\udc00", "ok": "\ud83d\ude00"}"#),
        json!({"\u{fffd}": "a\u{fffd}b\\udc00", "ok": "😀"})
    );
    for body in [r#""\ud800""#, r#""\ud800\u0041""#, "01", "+1", ".5", "NaN", "Infinity"] {
        assert!(Event::new(body.as_bytes(), [], []).is_err(), "{body}");
    }
    let error = Event::new(b"{\n\"a\": 01}", [], []).unwrap_err().to_string();
    assert!(error.ends_with("line 2 column 7"), "{error}");
}

#[test]
fn limit_is_that_of_port() {
    assert_eq!(Settings::default().limit, Duration::from_secs(5));
}

#[test]
fn now_is_what_the_settings_say() {
    let mappings =
        json!([{"blueprint": "b", "entity": {"identifier": "now | todate", "properties": {"n": "now"}}}]);
    let mut settings = Settings::default();
    settings.now = Some(UNIX_EPOCH + Duration::from_millis(1_735_689_600_500));
    let evaluation = Mappings::compile(&mappings).unwrap().evaluate_with(&event(&json!(null)), &settings);
    assert_eq!(evaluation.entities[0].identifier, "2025-01-01T00:00:00Z");
    assert_eq!(json!(evaluation.entities[0].properties), json!({"n": 1_735_689_600.5}));
}

#[test]
fn event_that_ports_jq_cannot_read_is_an_error() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Event::new(nested(255).as_bytes(), [], []).is_ok());
    let error = Event::new(nested(256).as_bytes(), [], []).unwrap_err().to_string();
    assert!(error.starts_with("cannot read the event: Exceeds depth limit for parsing"), "{error}");
    assert!(Event::new(nested(1_000_000).as_bytes(), [], []).is_err());
    for body in ["", "{", "1, \"headers\": {}", "\"\\ud800\"", "[1] 2"] {
        assert!(Event::new(body.as_bytes(), [], []).is_err(), "{body}");
    }
    assert_eq!(
        Event::from_json("[]").unwrap_err().to_string(),
        "cannot read the event: an event is an object with `body`, `headers` and `queryParams`, not array"
    );
}

#[test]
fn mappings_are_shared_between_threads() {
    let mappings =
        Mappings::compile(&json!([{"blueprint": "b", "entity": {"identifier": ".body"}}])).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let mappings = &mappings;
            scope.spawn(move || {
                for _ in 0..50 {
                    let evaluation = mappings.evaluate(&event(&json!(format!("t{thread}"))));
                    assert_eq!(evaluation.entities[0].identifier, format!("t{thread}"));
                }
            });
        }
    });
}
