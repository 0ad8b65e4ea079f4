//! Bodies as JSON, as documented events, and as types of a user.

use port_webhooks_receiver::{Delivery, Event, EventType, Live, ParseErrorKind, Signer, Verifier};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

fn value(body: impl Into<Vec<u8>>) -> Result<Value, ParseErrorKind> {
    Delivery::new(body.into()).json().map_err(|error| error.kind())
}

fn read_every_view(delivery: &Delivery) {
    let _ = (delivery.event_name(), delivery.data("entity"), delivery.event(), delivery.documented());
    let _ = (delivery.live(), delivery.run_id(), delivery.caused_by_run(), format!("{delivery:?}"));
    let _ = (delivery.json::<Value>(), delivery.json::<Vec<String>>());
}

#[test]
fn documented_event_is_matched_with_its_data() {
    for event in EventType::KNOWN {
        let (kind, _) = event.as_str().split_once('.').unwrap();
        let id = if kind == "run" { "id" } else { "identifier" };
        let body = json!({ "event": event, "data": { kind: { id: "this", "new": 1 } } });
        let delivery = Delivery::new(body.to_string());
        // `entity.created` is matched by `Event::EntityCreated(entity)`.
        let of_word = |word: &str| word[..1].to_uppercase() + &word[1..];
        let variant: String = event.as_str().split('.').map(of_word).collect();
        let matched = format!("{:?}", delivery.event());
        let expected = format!("{variant}(Delivered{}", of_word(kind));
        assert!(
            matched.starts_with(&expected),
            "delivery/event.rs reads {event} as {matched}, not {expected}"
        );
        assert!(matched.contains(&format!("{id}: Some(\"this\")")), "{matched}");
        assert_eq!(delivery.event_name(), Some(event.as_str()));
        assert_eq!(delivery.data(kind).unwrap()[id], "this");
        assert_eq!(
            serde_json::to_value(delivery.documented()).unwrap(),
            body,
            "it is written as it was read"
        );
    }
}

/// The name and the data do not change when a later version knows the event.
#[test]
fn unknown_event_has_its_name_and_its_data() {
    let body = json!({ "event": "scorecard.changed", "data": { "scorecard": { "a": [1] } }, "version": 2 });
    let delivery = Delivery::new(body.to_string());
    assert_eq!(delivery.event(), Event::Other);
    assert_eq!(delivery.event_name(), Some("scorecard.changed"));
    assert_eq!(delivery.data("scorecard").unwrap()["a"], json!([1]));
    assert_eq!(delivery.documented().extra["version"], 2);
}

#[test]
fn wrong_types_hide_nothing_else() {
    let body = json!({
        "event": "entity.created",
        "timestamp": 1_700_000_000,
        "organization": { "id": "o" },
        "source": "port",
        "data": { "entity": { "identifier": 5, "title": "t", "properties": [] }, "run": [] },
    });
    let delivery = Delivery::new(body.to_string());
    let Event::EntityCreated(entity) = delivery.event() else { panic!("{:?}", delivery.event()) };
    assert_eq!((entity.identifier.as_deref(), entity.title.as_deref()), (None, Some("t")));
    assert_eq!(delivery.documented().source.as_deref(), Some("port"));
    assert_eq!(delivery.documented().timestamp, None);
    for body in ["{}", r#"{"event":5}"#, r#"{"event":null,"data":[]}"#, "[]", "null", "", "{", "5"] {
        let delivery = Delivery::new(body);
        assert_eq!(delivery.event(), Event::Other, "{body}");
        assert_eq!((delivery.event_name(), delivery.data("entity")), (None, None), "{body}");
    }
}

#[test]
fn body_that_is_not_json_has_a_kind() {
    let deep = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(value(deep(127)).is_ok());
    for (body, expected) in [
        (&b""[..], ParseErrorKind::Empty),
        (b"\xef\xbb\xbf", ParseErrorKind::Empty),
        (b" ", ParseErrorKind::Syntax),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", ParseErrorKind::Syntax),
        (b"{}\xef\xbb\xbf", ParseErrorKind::Syntax),
        (b"\xff\xfe{\0}\0", ParseErrorKind::NotUtf8),
        (b"{\"a\":\"\xff\"}", ParseErrorKind::NotUtf8),
        (b"1700000000.{}", ParseErrorKind::Syntax),
        (b"{\"a\":1,}", ParseErrorKind::Syntax),
        (b"{\"a\":1}{\"b\":2}", ParseErrorKind::Syntax),
        (b"{}\0", ParseErrorKind::Syntax),
        (b"{\"a\":NaN}", ParseErrorKind::Syntax),
        (b"{\"a\":\"\\ud80\"}", ParseErrorKind::Syntax),
        (b"{\"a\":\"\\udc00\\x\"}", ParseErrorKind::Syntax),
        (b"{\"a\":01}", ParseErrorKind::Syntax),
        (&deep(128), ParseErrorKind::TooDeep),
        (&deep(500_000), ParseErrorKind::TooDeep),
    ] {
        assert_eq!(value(body), Err(expected), "{}", String::from_utf8_lossy(&body[..body.len().min(60)]));
    }
}

#[test]
fn odd_json_is_mended_and_hides_nothing_else() {
    for (body, expected) in [
        ("\u{feff}{\"a\":1}", json!({ "a": 1 })),
        ("\r\n{\r\n\"a\":1}\r\n\t ", json!({ "a": 1 })),
        (r#"{"a":1,"b":2,"a":3}"#, json!({ "a": 3, "b": 2 })),
        (r#"{"a":"\ud800","b":1}"#, json!({ "a": "\u{fffd}", "b": 1 })),
        (r#"{"a":"\udc00\ud83d\ude00\ud83dx","b":1}"#, json!({ "a": "\u{fffd}\u{1f600}\u{fffd}x", "b": 1 })),
        (
            r#"{"\ud800\uD800\n":"\\ud800\\","b":"é\ud8ff€"}"#,
            json!({ "\u{fffd}\u{fffd}\n": "\\ud800\\", "b": "é\u{fffd}€" }),
        ),
        (r#"["\ud800\u0041","\ud800\"","\ud800"]"#, json!(["\u{fffd}A", "\u{fffd}\"", "\u{fffd}"])),
        (
            r#"{"a":1e400,"b":[-1E+999,1e300,1],"c":"1e400"}"#,
            json!({ "a": null, "b": [null, 1e300, 1], "c": "1e400" }),
        ),
        (
            r#"{"a":"\ud800","b":-0.5e-3,"c":[0,10],"d":true}"#,
            json!({ "a": "\u{fffd}", "b": -0.0005, "c": [0, 10], "d": true }),
        ),
        ("null", Value::Null),
        ("18446744073709551615", json!(u64::MAX)),
    ] {
        assert_eq!(value(body), Ok(expected), "{body}");
    }
}

/// JSON within the text of a key of the parser's own, so deep that each level has a limit of depth of its own.
fn nested_in_texts(levels: usize, letter: impl Fn(char) -> String) -> String {
    let key: String = "$serde_json::private::RawValue".chars().map(&letter).collect();
    let mut json = "0".to_owned();
    for _ in 0..levels {
        let deep = "[".repeat(100) + &json + &"]".repeat(100);
        let text = deep.replace('\\', "\\u005c").replace('"', "\\u0022");
        json = format!("{{\"{key}\":\"{text}\"}}");
    }
    format!(r#"{{"event":"entity.created","data":{{"entity":{{"properties":{{"p":{json}}}}}}},"x":1}}"#)
}

#[test]
fn reserved_keys_lose_their_dollar_and_harm_nothing() {
    let escaped = |c: char| format!("\\u{:04x}", u32::from(c));
    for levels in [1, 2, 40] {
        for body in [nested_in_texts(levels, String::from), nested_in_texts(levels, escaped)] {
            let delivery = Delivery::new(body);
            read_every_view(&delivery);
            let Event::EntityCreated(entity) = delivery.event() else { panic!("{delivery:?}") };
            assert!(entity.properties.as_ref().unwrap()["p"]["serde_json::private::RawValue"].is_string());
            assert_eq!(delivery.json::<Value>().unwrap()["x"], 1);
            assert_eq!(delivery.json::<Vec<Value>>().unwrap_err().kind(), ParseErrorKind::WrongType);
        }
    }
    assert_eq!(
        value(
            r#"{"a":[{"$serde_json::private::Number":"1","b":2}],"$serde_json":"$serde_json::private::x"}"#
        ),
        Ok(
            json!({ "a": [{ "serde_json::private::Number": "1", "b": 2 }], "$serde_json": "$serde_json::private::x" })
        ),
    );
}

#[test]
fn own_type_is_read_and_a_mismatch_names_its_place() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Scale {
        replicas: u8,
    }
    let delivery = Delivery::new(r#"{"replicas":3,"replicas":4,"note":"\ud800"}"#);
    assert_eq!(delivery.json::<Scale>().unwrap(), Scale { replicas: 4 });
    let error = Delivery::new("{\n  \"replicas\": \"hunter2\"\n}").json::<Scale>().unwrap_err();
    assert_eq!((error.kind(), error.line()), (ParseErrorKind::WrongType, Some(2)));
    assert_eq!(error.to_string(), "the body is JSON, but not of the requested type at line 2, column 23");
    let error = Delivery::new("[1,").json::<Scale>().unwrap_err();
    assert_eq!(error.to_string(), "cannot read the body as JSON: syntax error at line 1, column 3");
}

#[test]
fn many_keys_are_all_kept() {
    let fields: Vec<String> = (0..60_000).map(|number| format!("\"k{number}\":0")).collect();
    let delivery = Delivery::new(format!("{{{}}}", fields.join(",")));
    assert_eq!(delivery.documented().extra.len(), 60_000);
}

/// Any JSON, with names that the views look at.
fn arbitrary_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "event",
            "data",
            "action",
            "context",
            "payload",
            "trigger",
            "run",
            "resourceType",
            "diff",
            "after",
            "entity",
            "properties",
            "by",
            "user",
            "inputs",
            "runId",
            "port_context",
            "id",
            "status",
            "team",
            "relations",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        prop::sample::select(vec!["entity.created", "run.completed", "entity", "CREATE"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..8).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn signed_bytes_are_never_rejected(body in prop::collection::vec(any::<u8>(), 0..300), agent: bool) {
        let headers = Signer::timestamped("s3cret").build().unwrap().sign(&body);
        let verifier = Verifier::timestamped("s3cret").agent(agent).build().unwrap();
        // Signed by the agent, JSON has no white space: of random bytes, only a number or the like is JSON.
        let compact = agent && value(body.clone()).is_ok() && body.iter().any(u8::is_ascii_whitespace);
        prop_assume!(!compact);
        read_every_view(&verifier.verify(&headers, &body).unwrap().delivery());
    }

    #[test]
    fn signed_json_is_never_rejected_and_read_as_it_is(json in arbitrary_json(), pretty: bool) {
        let compact = json.to_string();
        let sent = if pretty { serde_json::to_string_pretty(&json).unwrap() } else { compact.clone() };
        let headers = Signer::timestamped("s3cret").build().unwrap().sign(compact.as_bytes());
        let verifier = Verifier::timestamped("s3cret").agent(true).build().unwrap();
        let verified = verifier.verify(&headers, sent.as_bytes()).unwrap();
        prop_assert_eq!(verified.body(), compact.as_bytes());
        let delivery = verified.delivery();
        read_every_view(&delivery);
        prop_assert_eq!(delivery.json::<Value>().unwrap(), serde_json::from_str::<Value>(&compact).unwrap());
        let typed = match delivery.live() {
            Live::Change(change) => serde_json::to_value(change),
            Live::Invocation(invocation) => serde_json::to_value(invocation),
            Live::TriggerData(data) => serde_json::to_value(data),
            _ => Ok(json),
        };
        prop_assert!(typed.is_ok());
    }

    #[test]
    fn mending_changes_no_other_text(text in "[a-z\\\\\"éu0-9d ]{0,12}") {
        // The lone surrogate makes the reader mend; the other text has to stay as it is.
        let body = format!("[\"\\ud800\",{},{{{}:[]}}]", Value::from(text.clone()), Value::from(text.clone()));
        prop_assert_eq!(value(body), Ok(json!(["\u{fffd}", text.clone(), { text: [] }])));
    }
}
