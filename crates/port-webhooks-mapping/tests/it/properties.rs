//! Expressions and events that nobody wrote.

use port_webhooks_mapping::{Event, Mappings, Template};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::port_jq::{as_doubles, ask, evaluate, fixture, library};

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-5..300_i64).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        "[a-c/:@.\u{0}-]{0,6}".prop_map(Value::from),
        prop::sample::select(vec![
            "(a*)*b",
            "(",
            "[",
            "{{",
            "2026-02-30T25:61:61Z",
            "%Y",
            "999999999999999999999",
            "YQ=",
            "\\"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-d]|\\PC{0,4}", inner), 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// A sound expression for everything that reads an event: none is about what it contains.
const EXPRESSIONS: &[&str] = &[
    ".body | tojson | fromjson",
    "[.body | ..] | sort | unique | group_by(type) | map(length)",
    "[.body | paths] | map(join(\"/\"))?",
    "[.body | .. | strings | ascii_downcase, explode, (explode | implode), @base64, @uri, @sh, @html, length]",
    "[.body | .. | strings | @base64d?, tonumber?, fromjson?, fromdate?]",
    ".body as $b | [.body | .. | strings | test($b | .. | strings)?]",
    ".body as $b | [.body | .. | strings | sub($b | .. | strings; \"x\")?]",
    ".body as $b | [.body | .. | strings | [match($b | .. | strings; \"gi\")]?]",
    ".body as $b | [.body | .. | strings | strptime($b | .. | strings)?]",
    "[.body | .. | numbers | todate?, gmtime?, (gmtime | mktime)?, floor, sqrt, log, significand, frexp]",
    ".body as $b | [.body | .. | numbers | strftime($b | .. | strings)?]",
    ".body as $b | [.body | .. | strings * ($b | .. | numbers | . % 1000)]?",
    ".body as $b | [.body | .. | .[$b | .. | numbers]?]",
    ".body as $b | [.body | .. | .[$b | .. | numbers:]?]",
    ".body as $b | [($b | .. | numbers) as $n | null | try (.[$n % 100000] = 1 | length) catch .]",
    "[.body | .. | implode?, flatten?, transpose?, from_entries?, to_entries?, add?, any?, @csv?, min?, max?]",
    ".body as $b | [.body | .. | (has($b | .. | scalars)?), (contains($b)?), (index($b)?)]",
    "[.body | tostream] | fromstream(.[])",
    ".body | walk(if type == \"object\" then with_entries(.value |= .) else . end)",
    "del(.body[0]?, .body.a?) | .body |= (.a? // .)",
    "[.body | .. | splits(\"a|b\")?, ltrimstr(\"a\")]? // (.body | @json)",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// A panic ends the thread of an evaluation, which is then an error that says that it was given up.
    #[test]
    fn no_event_makes_a_sound_expression_panic(body in json_value(), header in "\\PC{0,10}") {
        let properties: Value = EXPRESSIONS.iter().enumerate().map(|(index, e)| (index.to_string(), json!(e))).collect();
        let mappings = json!([{
            "blueprint": "b", "itemsToParse": "[.body | ..]",
            "entity": {"identifier": "\"i\"", "title": ".item | tostring", "properties": properties}
        }]);
        let mappings = Mappings::compile(&mappings).unwrap();
        let event = Event::new(body.to_string().as_bytes(), [("h", header.as_str())], []).unwrap();
        let evaluation = mappings.evaluate(&event);
        prop_assert!(!evaluation.entities.is_empty());
        for error in evaluation.entities.iter().flat_map(|entity| &entity.errors) {
            prop_assert!(!error.message.contains("given up"), "{error:?}");
        }
    }

    #[test]
    fn no_template_panics(template in json_value(), text in "[{}'\"\\\\. a()]{0,16}", data in json_value()) {
        for template in [template, json!(text), json!({text.clone(): [text]})] {
            if let Ok(template) = Template::compile(&template) {
                let _ = template.render(&data);
            }
        }
    }

    #[test]
    fn no_expression_panics_when_compiled(expression in "[.a\\[\\]{}()|,:;?'\"\\\\ /$@0-9eif=<-]{0,24}|\\PC{0,20}") {
        let _ = port_webhooks_mapping::Expression::compile(&expression);
    }
}

/// Expressions over the event of the fixtures. What makes Port's library crash or run forever is left out.
#[expect(clippy::too_many_lines, reason = "lists")]
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        ".body.ref",
        ".body.list",
        ".body.list[]",
        ".body.commits",
        ".body.commits[].id",
        ".body.labels",
        ".body.score",
        ".body.missing",
        ".body.nested.a.b.c",
        ".headers.\"x-github-event\"",
        ".item.tags",
        ".",
        "null",
        "true",
        "1",
        "-2.5",
        "\"a\"",
        "\"1.50\"",
        "'q r'",
        "[1,[2]]",
        "[null,\"a\",1]",
        "{\"b\":1,\"a\":[2]}",
        "[]",
        "{}",
        "1735689600",
        "1.0",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 24, 3, |inner| {
        let function = prop::sample::select(vec![
            "length",
            "keys",
            "add",
            "sort",
            "unique",
            "tostring",
            "tonumber",
            "tojson",
            "type",
            "not",
            "reverse",
            "flatten",
            "to_entries",
            "from_entries",
            "ascii_downcase",
            "explode",
            "floor",
            "todate",
            "first",
            "last",
            "min",
            "max",
            "any",
            "paths",
            "leaf_paths",
            "tostream",
            "@csv",
            "@tsv",
            "@base64",
            "@base64d",
            "@uri",
            "@sh",
            "@html",
            ".[]?",
            ".a",
            ".[0]",
            ".[1:]",
            ".[-1]",
            "recurse",
            "values",
            "fromjson",
            "trim",
            "abs",
            "if . then 1 end",
            "error",
        ]);
        let of = prop::sample::select(vec![
            "map",
            "select",
            "sort_by",
            "group_by",
            "unique_by",
            "max_by",
            "any",
            "all",
            "has",
            "contains",
            "index",
            "join",
            "split",
            "test",
            "startswith",
            "ltrimstr",
            "del",
            "path",
            "map_values",
            "with_entries",
            "first",
            "scan",
            "capture",
            "inside",
            "indices",
            "range",
            "nth",
            "flatten",
            "isempty",
            "getpath",
            "walk",
        ]);
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "==", "!=", "<", ">=", "and", "or", "//", ",", "|", "|=", "+=", "=",
        ]);
        prop_oneof![
            (inner.clone(), function).prop_map(|(of, function)| format!("{of} | {function}")),
            (inner.clone(), of, inner.clone()).prop_map(|(on, of, with)| format!("{on} | {of}({with})")),
            (inner.clone(), operator, inner.clone())
                .prop_map(|(one, by, two)| format!("({one}) {by} ({two})")),
            (inner.clone(), inner.clone()).prop_map(|(one, two)| format!("{one}, {two}")),
            inner.clone().prop_map(|inner| format!("[{inner}]")),
            inner.clone().prop_map(|inner| format!("\"<\\({inner})>\"")),
            (inner.clone(), inner.clone()).prop_map(|(one, two)| format!("{{a: ({one}), b: {two}}}")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(one, two, three)| format!("if {one} then {two} else {three} end")),
            (inner.clone(), inner).prop_map(|(one, two)| format!("reduce ({one}) as $x (0; ({two}))")),
        ]
    })
}

#[test]
fn any_expression_gives_what_ports_library_gives() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let Some(library) = library() else { return };
    let context = fixture("port-jq.json")["event"].clone();
    let event = Event::from_value(&context).unwrap();
    let count = std::env::var("PORT_WEBHOOKS_EXPRESSIONS").map_or(200, |count| count.parse().unwrap());
    let seed = [7; 32];
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let strategy = expression();
    let questions: Vec<_> =
        (0..count).map(|_| (strategy.new_tree(&mut runner).unwrap().current(), context.clone())).collect();
    let answers = ask(&library, &questions);
    let compared = answers.iter().flatten().count();
    assert!(compared * 10 > count * 9, "the library answered {compared} of {count} only");
    let mut wrong = Vec::new();
    for ((expression, _), answer) in questions.iter().zip(answers) {
        let here = evaluate(expression, &event).as_ref().map(as_doubles);
        if let Some(port) =
            answer.ok().map(|answer| answer.as_ref().map(as_doubles)).filter(|port| *port != here)
        {
            wrong.push(format!("{expression}\n  Port: {port:?}\n  here: {here:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
}
