//! Templates: what is rendered, and what is told of it.

use port_webhooks_mapping::{Settings, Template, render};
use serde_json::json;

#[test]
fn failed_expression_is_null_and_named_by_its_place() {
    let template =
        json!({"a/b": ["{{ .x | error }}", "{{ foo }}"], "{{ error(\"k\") }}": 1, "ok": "{{ .x }}"});
    let rendered = render(&template, &json!({"x": "boom"})).unwrap();
    assert_eq!(rendered.value, Some(json!({"a/b": [null, null], "ok": "boom"})));
    let mut errors: Vec<_> =
        rendered.errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
    errors.sort();
    assert_eq!(
        errors,
        [
            "/a~1b/0: boom",
            "/a~1b/1: character 2: Port's jq has no function `foo/0`",
            "key of /{{ error(\"k\") }}: k",
        ]
    );
}

#[test]
fn text_with_values_in_it_has_them_as_javascript_writes_them() {
    let data = json!({"n": 1e21, "m": 0.000_000_1, "i": 1_735_689_600_000_i64, "o": {"b": 1, "2": [1.5, null], "a": "x"}});
    let rendered =
        render(&json!("{{ .n }} {{ .m }} {{ .i }} {{ 0.000001 }} {{ .o }} {{ 1e20 }} {{ infinite }}"), &data);
    assert_eq!(
        rendered.unwrap().value,
        Some(json!(
            "1e+21 1e-7 1735689600000 0.000001 {\"2\":[1.5,null],\"a\":\"x\",\"b\":1} 100000000000000000000 null"
        ))
    );
}

#[test]
fn unbalanced_braces_are_an_error_with_their_place() {
    let message = |template: serde_json::Value| Template::compile(&template).unwrap_err().to_string();
    assert_eq!(
        message(json!({"url": ["https://x/{{ .a"]})),
        "/url/0: there is `{{` at 10 without `}}` behind it"
    );
    assert_eq!(message(json!("a }} b")), "the template: there is `}}` at 2 without `{{` before it");
    assert_eq!(message(json!("{{ {{ .a }} }}")), "the template: there is `{{` at 3 inside that at 0");
}

#[test]
fn spread_of_what_is_not_an_object_is_an_error() {
    for value in ["{{ .list }}", "{{ .text }}", "{{ .missing }}", "{{ empty }}", "text"] {
        let template = json!({"a": {"{{ spreadValue() }}": value}});
        let error = render(&template, &json!({"list": [1], "text": "t"})).unwrap_err().to_string();
        assert!(error.starts_with("/a/{{ spreadValue() }}: spreadValue() needs an object"), "{error}");
    }
}

#[test]
fn key_that_is_no_text_is_an_error() {
    let rendered = render(&json!([{"{{ 1 }}": 1}]), &json!({}));
    assert_eq!(rendered.unwrap_err().to_string(), "key of /0/{{ 1 }}: a key is a text or null, not 1");
}

#[test]
fn order_of_keys_is_that_of_the_data_with_indices_first() {
    let template = Template::compile(&json!("{{ .o }} {{ .o | keys_unsorted }}")).unwrap();
    let rendered = template.render_with(r#"{"o": {"z": 1, "10": 2, "b": -0, "9": 4}}"#, &Settings::default());
    assert_eq!(rendered.unwrap().value, Some(json!(r#"{"9":4,"10":2,"z":1,"b":0} ["9","10","z","b"]"#)));
}
