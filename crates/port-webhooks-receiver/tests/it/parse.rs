//! Bodies as deliveries.

use port_webhooks_receiver::{Delivery, DeliveryRef, Event, EventType, ParseErrorKind, Signer, Verifier};
use proptest::prelude::*;
use serde_json::{Value, json};

fn kind(body: &[u8]) -> ParseErrorKind {
    Delivery::from_slice(body).unwrap_err().kind()
}

fn parse(body: &Value) -> Delivery {
    Delivery::from_slice(body.to_string().as_bytes()).unwrap()
}

/// Each of the twelve, with what it happened to.
#[test]
fn each_documented_event_is_matched_with_what_it_happened_to() {
    for event in EventType::KNOWN {
        let (member, _) = event.as_str().split_once('.').unwrap();
        let id = if member == "run" { "id" } else { "identifier" };
        let body = json!({ "event": event, "data": { member: { id: "this", "new": 1 } } });
        let delivery = parse(&body);
        let matched = match delivery.event() {
            Event::EntityCreated(entity) => ("entity.created", &entity.identifier),
            Event::EntityUpdated(entity) => ("entity.updated", &entity.identifier),
            Event::EntityDeleted(entity) => ("entity.deleted", &entity.identifier),
            Event::ActionCreated(action) => ("action.created", &action.identifier),
            Event::ActionUpdated(action) => ("action.updated", &action.identifier),
            Event::ActionDeleted(action) => ("action.deleted", &action.identifier),
            Event::RunCreated(run) => ("run.created", &run.id),
            Event::RunUpdated(run) => ("run.updated", &run.id),
            Event::RunCompleted(run) => ("run.completed", &run.id),
            Event::BlueprintCreated(blueprint) => ("blueprint.created", &blueprint.identifier),
            Event::BlueprintUpdated(blueprint) => ("blueprint.updated", &blueprint.identifier),
            Event::BlueprintDeleted(blueprint) => ("blueprint.deleted", &blueprint.identifier),
            other => panic!("{other:?}"),
        };
        assert_eq!(matched, (event.as_str(), &Some("this".to_owned())));
        assert_eq!(serde_json::to_value(&delivery).unwrap(), body, "it is written as it was read");
    }
}

#[test]
fn what_is_not_known_is_kept() {
    let body = json!({
        "event": "scorecard.created",
        "data": { "scorecard": { "a": [1, { "b": null }] }, "entity": { "identifier": "e", "icon": "x" } },
        "timestamp": "the day before yesterday",
        "source": "elsewhere",
        "version": 2,
    });
    let delivery = parse(&body);
    assert_eq!(delivery.event(), Event::Other("scorecard.created"));
    assert_eq!(delivery.extra["version"], 2);
    let data = delivery.data.as_ref().unwrap();
    assert_eq!(data.extra["scorecard"], json!({ "a": [1, { "b": null }] }));
    assert_eq!(data.entity.as_ref().unwrap().extra["icon"], "x");
    assert_eq!(serde_json::to_value(&delivery).unwrap(), body);
}

#[test]
fn what_is_left_out_is_empty() {
    for body in [json!({ "event": "entity.created" }), json!({ "event": "entity.created", "data": null })] {
        let delivery = parse(&body);
        let Event::EntityCreated(entity) = delivery.event() else { panic!("{delivery:?}") };
        assert_eq!(entity.identifier, None);
    }
}

#[test]
fn an_object_without_an_event_is_a_delivery_of_its_owners_shape() {
    let body =
        json!({ "action": "create", "context": { "runId": "r", "entity": null }, "payload": { "n": 1.0 } });
    let delivery = parse(&body);
    assert_eq!(delivery.event(), Event::Unnamed);
    assert_eq!(delivery.extra["context"]["runId"], "r");
    assert_eq!(serde_json::to_value(&delivery).unwrap(), body);
    assert_eq!(parse(&json!({})).event(), Event::Unnamed);
}

#[test]
fn what_is_no_delivery_is_told_by_a_kind() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_inside = format!(r#"{{"a":{}1{}}}"#, "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let bodies: [(&[u8], ParseErrorKind); 38] = [
        (b"", ParseErrorKind::Empty),
        (b"\xef\xbb\xbf", ParseErrorKind::Empty),
        (b" ", ParseErrorKind::Syntax),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", ParseErrorKind::Syntax),
        (b"{}\xef\xbb\xbf", ParseErrorKind::Syntax),
        (b"\xff\xfe{\0}\0", ParseErrorKind::NotUtf8),
        (b"{\"a\":\"\xff\"}", ParseErrorKind::NotUtf8),
        (b"{} \xc3", ParseErrorKind::NotUtf8),
        (b"null", ParseErrorKind::NotAnObject),
        (b"true", ParseErrorKind::NotAnObject),
        (b"1", ParseErrorKind::NotAnObject),
        (b"\"{}\"", ParseErrorKind::NotAnObject),
        (b"[]", ParseErrorKind::NotAnObject),
        (b"[null,null,\"a\",null,null,null]", ParseErrorKind::NotAnObject),
        (b"1700000000.{}", ParseErrorKind::Syntax),
        (b"{", ParseErrorKind::Syntax),
        (b"{\"a\":1", ParseErrorKind::Syntax),
        (b"{\"a\":1,}", ParseErrorKind::Syntax),
        (b"{'a':1}", ParseErrorKind::Syntax),
        (b"{\"a\":1}{\"b\":2}", ParseErrorKind::Syntax),
        (b"{} x", ParseErrorKind::Syntax),
        (b"{}\0", ParseErrorKind::Syntax),
        (b"{\"a\":NaN}", ParseErrorKind::Syntax),
        (b"{\"a\":\"\\ud800\"}", ParseErrorKind::Syntax),
        (b"{\"a\":1,\"a\":1}", ParseErrorKind::DuplicateKey),
        (b"{\"event\":\"a\",\"event\":\"a\"}", ParseErrorKind::DuplicateKey),
        (b"{\"event\":null,\"event\":\"a\"}", ParseErrorKind::DuplicateKey),
        (b"{\"data\":{},\"x\":1,\"data\":{}}", ParseErrorKind::DuplicateKey),
        (b"{\"event\":\"a\",\"ev\\u0065nt\":\"b\"}", ParseErrorKind::DuplicateKey),
        (b"{\"event\":5}", ParseErrorKind::WrongType),
        (b"{\"event\":{}}", ParseErrorKind::WrongType),
        (b"{\"timestamp\":1700000000}", ParseErrorKind::WrongType),
        (b"{\"data\":[]}", ParseErrorKind::WrongType),
        (b"{\"data\":\"a\"}", ParseErrorKind::WrongType),
        (b"{\"data\":{\"entity\":[]}}", ParseErrorKind::WrongType),
        (b"{\"data\":{\"entity\":{\"properties\":[]}}}", ParseErrorKind::WrongType),
        (deep.as_bytes(), ParseErrorKind::NotAnObject),
        (deep_inside.as_bytes(), ParseErrorKind::TooDeep),
    ];
    for (body, expected) in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]);
        assert_eq!(kind(body), expected, "{shown}");
        // The borrowed form agrees about the top level.
        let borrowed = DeliveryRef::from_slice(body).map(|_| ()).map_err(|error| error.kind());
        match expected {
            ParseErrorKind::TooDeep => assert_eq!(borrowed, Ok(()), "{shown}"),
            ParseErrorKind::WrongType if shown.contains("entity") => assert_eq!(borrowed, Ok(()), "{shown}"),
            ParseErrorKind::Syntax if shown.contains("ud800") => assert_eq!(borrowed, Ok(()), "{shown}"),
            expected => assert_eq!(borrowed, Err(expected), "{shown}"),
        }
    }
}

#[test]
fn an_error_tells_the_field_and_the_place() {
    let error = Delivery::from_slice(b"{\n  \"data\": {\"entity\": {\"title\": 5}}}").unwrap_err();
    assert_eq!(error.field(), Some("data"));
    assert_eq!((error.line(), error.column().is_some()), (Some(2), true));
    assert!(
        error.to_string().starts_with("a value has the wrong type in `data` at line 2, column "),
        "{error}"
    );
}

#[test]
fn one_byte_order_mark_is_dropped_and_odd_numbers_are_read() {
    assert_eq!(
        Delivery::from_slice(b"\xef\xbb\xbf{\"event\":\"run.created\"}").unwrap().event.clone().unwrap(),
        EventType::RunCreated
    );
    assert!(Delivery::from_slice(br#"{"a":18446744073709551616,"b":-0.0,"c":1e300}"#).is_ok());
    assert!(Delivery::from_slice(b"\r\n{\r\n\"a\":1}\r\n\t ").is_ok());
}

#[test]
fn a_delivery_can_be_borrowed_from_its_body() {
    let body = br#"{"source":"port","event":"entity.created","x":[1, 2],"data":{"entity":{"identifier":"a"}},"timestamp":"t"}"#;
    let delivery = DeliveryRef::from_slice(body).unwrap();
    assert_eq!(delivery.event_type(), Some(EventType::EntityCreated));
    assert_eq!(
        (delivery.source(), delivery.timestamp(), delivery.organization()),
        (Some("port"), Some("t"), None)
    );
    assert_eq!(delivery.field("x"), Some("[1, 2]"));
    assert_eq!(delivery.fields().collect::<Vec<_>>(), [("x", "[1, 2]")]);
    let data = delivery.data().unwrap();
    assert!(body.as_ptr_range().contains(&data.as_ptr()), "it is part of the body");
    assert_eq!(DeliveryRef::from_slice(br#"{"event":"a\u002eb"}"#).unwrap().event(), Some("a.b"));
}

#[test]
fn a_verified_body_can_be_borrowed_from_or_read_as_a_type_of_ones_own() {
    let body = br#"{"runId":"r_1","data":"of my own"}"#;
    let headers = Signer::body("s").build().unwrap().sign(body);
    let verifier = Verifier::body("s").build().unwrap();
    let verified = verifier.verify(&headers, body).unwrap();
    assert_eq!(verified.json::<Value>().unwrap()["runId"], "r_1");
    assert_eq!(verified.delivery().unwrap_err().kind(), ParseErrorKind::WrongType);
    assert_eq!(verified.json::<Vec<u8>>().unwrap_err().kind(), ParseErrorKind::WrongType);
    let error = verified.delivery_ref().map(|delivery| delivery.field("runId")).unwrap_err();
    assert_eq!(error.kind(), ParseErrorKind::WrongType);

    let body = br#"{"event":"run.created"}"#;
    let headers = Signer::body("s").build().unwrap().sign(body);
    let verified = verifier.verify(&headers, body).unwrap();
    assert_eq!(verified.delivery_ref().unwrap().event(), Some("run.created"));
}

#[test]
fn many_keys_are_all_kept() {
    let fields: Vec<String> = (0..60_000).map(|number| format!("\"k{number}\":0")).collect();
    let body = format!("{{{}}}", fields.join(","));
    assert_eq!(Delivery::from_slice(body.as_bytes()).unwrap().extra.len(), 60_000);
    assert_eq!(DeliveryRef::from_slice(body.as_bytes()).unwrap().fields().count(), 60_000);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (Delivery::from_slice(&body), DeliveryRef::from_slice(&body));
    }

    /// What serde_json reads as an object, a delivery has too, unless a known field is of another type.
    #[test]
    fn what_is_an_object_is_kept_whole(
        names in prop::collection::btree_set("[a-z]{1,3}", 0..6),
        numbers in prop::collection::vec(any::<i64>(), 6),
    ) {
        let fields: serde_json::Map<String, Value> =
            names.into_iter().zip(numbers).map(|(name, number)| (name, json!([number, { "a": number }]))).collect();
        let body = Value::Object(fields);
        prop_assert_eq!(serde_json::to_value(parse(&body)).unwrap(), body);
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
fn keys_of_the_parsers_own_are_refused_however_they_are_written() {
    let escaped = |c: char| format!("\\u{:04x}", u32::from(c));
    for levels in [1, 2, 40] {
        for body in [nested_in_texts(levels, String::from), nested_in_texts(levels, escaped)] {
            let error = Delivery::from_slice(body.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ParseErrorKind::ReservedKey, "{levels}");
        }
    }
    for body in [
        r#"{"$serde_json::private::RawValue":"[1]"}"#,
        r#"{"a":[{"$serde_json::private::Number":"1"}]}"#,
        r#"{"data":{"\u0024serde_json::private::RawValue":"not json"}}"#,
    ] {
        assert_eq!(Delivery::from_slice(body.as_bytes()).unwrap_err().kind(), ParseErrorKind::ReservedKey);
    }
    // Values, and keys that only look like them, are nobody's business.
    for body in [r#"{"a":"$serde_json::private::RawValue"}"#, r#"{"a":"\u0041","$serde_json":{"b":1}}"#] {
        let delivery = Delivery::from_slice(body.as_bytes()).unwrap();
        let whole: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(serde_json::to_value(&delivery).unwrap(), whole);
    }
}
