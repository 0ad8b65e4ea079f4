//! Where jaq alone gives something else than Port, and where this crate still does.

use port_webhooks_mapping::{Event, Expression};
use serde_json::{Value, json};

use crate::port_jq::evaluate;

fn of(expression: &str) -> Option<Value> {
    evaluate(expression, &Event::from_value(&json!({"body": {"b": 1, "a": [2]}})).unwrap())
}

#[test]
fn what_jaq_does_otherwise_is_as_in_port() {
    for (expression, result) in [
        (r#"[null, "a", 1] | join("-")"#, json!("-a-1")),
        (r#"null | ltrimstr("x")"#, json!(null)),
        (r#"[{"name": "a", "value": 1}] | from_entries"#, json!({"a": 1})),
        ("1.0 | tostring", json!("1")),
        (r#"[1, "a\"b", null, true] | @csv"#, json!("1,\"a\"\"b\",,true")),
        ("[[1] | tostream]", json!([[[0], 1], [[0]]])),
        ("try (.body | .[0]) catch .", json!("Cannot index object with number")),
        ("[(1, 2) + (10, 20)]", json!([11, 12, 21, 22])),
        ("reduce range(3) as $i (0; ., $i)", json!(2)),
        ("reduce range(3) as $i (0; empty)", json!(null)),
        ("[foreach range(3) as $i (0; . + $i, . * 2)]", json!([0, 0, 1, 0, 2, 0])),
        ("[1, 2, 3, 4] | .[] |= empty", json!([2, 4])),
        ("9007199254740993 + 0", json!(9_007_199_254_740_992_i64)),
        ("[.body | keys_unsorted, keys]", json!([["a", "b"], ["a", "b"]])),
        (r#""añb" | index("b")"#, json!(3)),
        (r#""a\nb" | test("^b")"#, json!(false)),
        (r#""a\n" | test("a$")"#, json!(true)),
        (r#""aa" | gsub("^a"; "b")"#, json!("bb")),
        ("[limit(0; 1, 2)]", json!([1])),
        ("[(1 | try . catch 0) | error(\"x\")]", json!(null)),
        ("[(1 | .?) | error(\"x\")]", json!([])),
    ] {
        assert_eq!(of(expression), Some(result), "{expression}");
    }
    assert_eq!(of("error(null)"), None);
    assert_eq!(of("error({a: 1})"), None);
}

#[test]
fn order_of_keys_is_that_of_the_event() {
    let event = Event::new(br#"{"z": 1, "b": {"y": 1, "a": 2}}"#, [], []).unwrap();
    assert_eq!(evaluate(".body | tojson", &event), Some(json!(r#"{"z":1,"b":{"y":1,"a":2}}"#)));
    assert_eq!(evaluate("[.body | paths | join(\".\")]", &event), Some(json!(["z", "b", "b.y", "b.a"])));
}

#[test]
fn syntax_that_ports_jq_does_not_have_is_an_error() {
    for (expression, position, message) in [
        ("if .body then 1 end", 17, "unexpected `end`, `else` is missing"),
        ("{a: 1 + 2}", 7, "unexpected `+`: the value of a member needs parentheses around operators"),
        (".body?//1", 6, "unexpected `?//`: write `? //`, since `?//` is an operator of its own"),
        ("1 == 1 == 1", 8, "unexpected `==`"),
        (".body.[0]", 7, "unexpected `[`"),
        ("try (1/0) catch .", 7, "division by zero"),
        ("{(1): 2}", 3, "the key of an object is a text"),
        (
            "test('b')",
            6,
            "unexpected `'`: a `'` counts as `\"` only next to white space, or at either end of the expression",
        ),
        ("\"\\q\"", 2, "invalid escape in a text"),
        ("\"é\" + \"open", 7, "a text does not end"),
        ("", 1, "the expression ends too early"),
        ("é", 1, "unexpected `é`"),
        (".a\r| .b", 3, "unexpected `\\r`: lines end with a line feed alone"),
        ("pick(.a)", 1, "Port's jq has no function `pick/1`"),
        ("é | abs", 1, "unexpected `é`"),
        ("\"é\" | abs", 7, "Port's jq has no function `abs/0`"),
        (".a | $x", 6, "`$x` is not defined"),
        ("break $f", 7, "there is no label `$f`"),
        (".a | debug", 6, "`debug` is left out here: it has no use in Port"),
        ("halt", 1, "`halt` is left out here: it has no use in Port"),
        ("[inputs]", 2, "`inputs` is left out here: it has no use in Port"),
        ("import \"a\" as a; 1", 1, "unexpected `import`"),
        ("1.2.3", 1, "`1.2.3` is not a number"),
    ] {
        let error = Expression::compile(expression).unwrap_err();
        assert_eq!((error.position, error.message.as_str()), (position, message), "{expression}");
    }
}

#[test]
fn nothing_of_the_machine_is_read() {
    assert_eq!(of("$ENV"), Some(json!({})));
    assert_eq!(of("env"), Some(json!({})));
    assert_eq!(of("$ENV.PATH, env.PATH"), Some(json!(null)));
}

#[test]
fn look_around_and_back_references_are_understood() {
    assert_eq!(of(r#""foobar" | sub("foo(?=bar)"; "")"#), Some(json!("bar")));
    assert_eq!(of(r#"["aa", "ab"] | map(test("^(.)\\1$"))"#), Some(json!([true, false])));
}

#[test]
fn nesting_of_expressions_and_results_has_a_limit() {
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{a:(", ")}"),
        ("\"\\(", ")\""),
        ("if 1 then ", " else 2 end"),
        ("-", ""),
        ("try ", ""),
    ] {
        for depth in [50, 100_000] {
            let expression = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let compiled = Expression::compile(&expression);
            assert_eq!(compiled.is_ok(), depth == 50, "{open} {depth} {compiled:?}");
        }
    }
    let long = vec![".body.b"; 1_000].join(" + ");
    assert_eq!(of(&long), Some(json!(1000)));
    let long = vec!["."; 1_000].join(" | ");
    assert!(of(&long).is_some());
    let event = Event::from_value(&json!({"body": 100_000})).unwrap();
    let deep = Expression::compile("reduce range(.body) as $i (null; [.])").unwrap();
    let error = deep.evaluate(&event).unwrap_err();
    assert_eq!(error.to_string(), "the result nests deeper than 1000");
}
