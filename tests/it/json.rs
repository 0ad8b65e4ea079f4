//! JSON that `serde_json` rejects, misreads or rounds.

use port_webhooks_api::exchange::parse;
use port_webhooks_api::{Webhook, has_reserved_key, mend_json};
use serde_json::Value;

const KEY: &str = r#""$serde_json::private::RawValue""#;

#[test]
fn reserved_key_is_found_anywhere_and_however_escaped() {
    for json in [
        format!(r#"{{{KEY}:"1"}}"#),
        format!("{{ \"a\" : [ 1.5e3, {{ {KEY} \n : \"1\" }} ] }}"),
        r#"{"\u0024serde_json::private::Number":"1"}"#.to_owned(),
        r#"{"$serde_json\u003A:private\u003a:RawValue":"1"}"#.to_owned(),
        format!(r#"{{"a\"":"\\","b":{{{KEY}:"1"}}}}"#),
        // A parser stops at these fields, unless it skips them.
        format!(r#"{{"a":"\ud800","b":{{{KEY}:"1"}}}}"#),
        format!(r#"{{"a":1e999,"b":{{{KEY}:"1"}}}}"#),
        format!(r#"{{"a":{}{},"b":{{{KEY}:"1"}}}}"#, "[".repeat(300), "]".repeat(300)),
        // The error comes after the key.
        format!(r#"{{"a":{{{KEY}:"1"}},"b":"#),
    ] {
        assert!(has_reserved_key(json.as_bytes()), "{json}");
    }
    let not_utf8 = [format!(r#"{{"a":{{{KEY}:"1"}},"b":""#).as_bytes(), b"\xff\"}"].concat();
    assert!(has_reserved_key(&not_utf8));
}

#[test]
fn nothing_else_is_a_reserved_key() {
    for json in [
        format!(r#"{{"a":{KEY},"b":[{KEY},{KEY}]}}"#),
        r#"{"a":"{\"$serde_json::private::RawValue\":1}"}"#.to_owned(),
        r#"{"$ref":1,"\u00e9":1.5,"a$serde_json::private::RawValue":1e400}"#.to_owned(),
        r#"{"$serde_json::privat":1,"\ud800":1}"#.to_owned(),
        r#""$serde_json::private::RawValue"#.to_owned(),
        String::new(),
        "\\\"\\".to_owned(),
    ] {
        assert!(!has_reserved_key(json.as_bytes()), "{json}");
    }
}

#[test]
fn valid_json_is_mended_and_nothing_else_changes() {
    for (json, mended) in [
        (r#"{"a":"\\ud83d \ud800x","\udc00":1}"#, r#"{"a":"\\ud83d \ufffdx","\ufffd":1}"#),
        (r#"["\ud83d\ude00","\u00e9",-1.5e3]"#, r#"["\ud83d\ude00","\u00e9",-1.5e3]"#),
        ("[1e400, 1]", "[null, 1]"),
        (
            r#"{"$serde_json::private::Number":"$serde_json::"}"#,
            r#"{"serde_json::private::Number":"$serde_json::"}"#,
        ),
    ] {
        assert_eq!(mend_json(json), mended);
        serde_json::from_str::<Value>(mended).unwrap();
    }
}

fn read_and_written(fields: &str) -> String {
    let json = format!(r#"{{"identifier":"a",{fields}}}"#);
    let read: Webhook = parse(json.as_bytes()).unwrap();
    let written = serde_json::to_string(&read.into_replacement()).unwrap();
    written.strip_prefix(r#"{"identifier":"a","#).unwrap().strip_suffix('}').unwrap().to_owned()
}

#[test]
fn number_of_an_unknown_field_is_written_as_it_was_read() {
    for number in [
        "12345678901234567890123",
        "-12345678901234567890123",
        "0.1234567890123456789",
        "18446744073709551616",
        "-9223372036854775809",
        "18446744073709551615",
        "3.141592653589793238462643383279",
        "1.10",
        "1E+2",
        "1e-400",
        "1e400",
        "-1.50E+999",
        "-0",
        "0.1",
    ] {
        for fields in [
            format!(r#""n":{number}"#),
            format!(r#""n":[{{"m":[{number},null,"{number}"]}},{number}]"#),
            format!(r#""mappings":[{{"n":{number}}}],"security":{{"n":{number}}},"n":{number}"#),
        ] {
            assert_eq!(read_and_written(&fields), fields);
        }
    }
}

#[test]
fn numbers_that_differ_in_the_last_digits_are_kept_apart() {
    let ids: Vec<_> = (100..160).map(|n| format!("12345678901234567890{n}")).collect();
    let fields = format!(
        r#""huge":[1e400,1e401,1.7976931348623157e308,-1e400],"ids":[{}],
        "tenth":[0.1,0.10,0.10000000000000000001],"zero":[0.0,1e-400,2e-400,-3e-400]"#,
        ids.join(",")
    );
    assert_eq!(read_and_written(&fields), fields.replace(",\n        ", ","));
}

#[test]
fn number_is_approximate_as_a_value_and_can_be_replaced() {
    let json = br#"{"identifier":"a","n":12345678901234567890123,"m":{"o":0.1234567890123456789}}"#;
    let mut read: Webhook = parse(json).unwrap();
    assert_eq!(read.extra["n"], 1.234_567_890_123_456_8e22);
    let alike: Webhook = serde_json::from_slice(json).unwrap();
    assert_eq!(read, alike);
    read.extra.insert("n", 7);
    let written = serde_json::to_string(&read).unwrap();
    assert_eq!(written, r#"{"identifier":"a","m":{"o":0.1234567890123456789},"n":7}"#);
    // A parse after it knows nothing of it.
    let later: Webhook = serde_json::from_slice(json).unwrap();
    assert!(serde_json::to_string(&later).unwrap().contains("1.2345678901234568e"));
}

#[test]
fn number_beyond_every_float_is_null_outside_of_unknown_fields() {
    let json = br#"{"identifier":"a","title":-1e400,"n":1e400}"#;
    let read: Webhook = parse(json).unwrap();
    assert_eq!((read.title, &read.extra["n"]), (None, &Value::Null));
    assert_eq!(parse::<[Option<f64>; 2]>(b"[1e400, 1]").unwrap(), [None, Some(1.0)]);
}

#[test]
fn number_is_kept_where_other_json_has_to_be_mended() {
    let json = br#"{"identifier":"a","title":"\ud800","n":0.1234567890123456789}"#;
    let read: Webhook = parse(json).unwrap();
    assert!(serde_json::to_string(&read).unwrap().ends_with(r#","n":0.1234567890123456789}"#));
}
