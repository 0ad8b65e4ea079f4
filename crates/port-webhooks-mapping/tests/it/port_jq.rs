//! What Port's own library gave for many expressions and templates, and that library itself where it is built.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use port_webhooks_mapping::{Event, Expression, Template};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

pub(crate) fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The event of the fixtures, with its keys in their order.
pub(crate) fn fixture_event() -> Event {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/port-jq.json");
    let text = std::fs::read_to_string(path).unwrap();
    let members: HashMap<String, Box<RawValue>> = serde_json::from_str(&text).unwrap();
    Event::from_json(members["event"].get()).unwrap()
}

/// The result as in the fixtures: an error is null, and no result is `None`.
pub(crate) fn evaluate(expression: &str, event: &Event) -> Option<Value> {
    match Expression::compile(expression).map(|expression| expression.evaluate(event)) {
        Ok(Ok(value)) => value,
        Ok(Err(error)) if error.is_absent() => None,
        Ok(Err(_)) | Err(_) => Some(Value::Null),
    }
}

/// Numbers are doubles: 1 is 1.0.
pub(crate) fn as_doubles(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(as_doubles).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), as_doubles(value))).collect(),
        other => other.clone(),
    }
}

#[track_caller]
fn assert_equal_to_library(cases: &Value, event: &Event) {
    let mut wrong = Vec::new();
    let cases = cases.as_array().unwrap();
    for case in cases {
        let expression = case["expression"].as_str().unwrap();
        let expected = case.get("result").filter(|_| case.get("absent").is_none()).map(as_doubles);
        let got = evaluate(expression, event).as_ref().map(as_doubles);
        if got != expected {
            wrong.push(format!("{expression}\n  Port: {expected:?}\n  here: {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn expressions_give_what_ports_library_gives() {
    let cases = fixture("port-jq.json");
    let event = fixture_event();
    assert_eq!(cases["expressions"].as_array().unwrap().len(), 193);
    assert_equal_to_library(&cases["expressions"], &event);
}

#[test]
fn more_expressions_give_what_ports_library_gives() {
    let event = fixture_event();
    assert_equal_to_library(&fixture("port-jq-more.json")["expressions"], &event);
}

fn assert_templates_equal_to_library(cases: &Value) {
    for case in cases["templates"].as_array().unwrap() {
        let template = &case["template"];
        let rendered = Template::compile(template).and_then(|template| template.render(&cases["data"]));
        if case.get("error").is_some() {
            assert!(rendered.is_err(), "{template} gave {rendered:?}");
            continue;
        }
        let expected = match case.get("absent") {
            Some(_) => None,
            None => Some(as_doubles(&absent_left_out(&case["result"]))),
        };
        assert_eq!(rendered.unwrap().value.as_ref().map(as_doubles), expected, "{template}");
    }
}

#[test]
fn templates_give_what_ports_library_gives() {
    let cases = fixture("port-jq.json");
    assert_eq!(cases["templates"].as_array().unwrap().len(), 37);
    assert_templates_equal_to_library(&cases);
    let more = fixture("port-jq-more.json");
    assert!(more["templates"].as_array().unwrap().len() > 100);
    assert_templates_equal_to_library(&more);
}

/// What JSON makes of values that are not there.
fn absent_left_out(value: &Value) -> Value {
    match value {
        Value::String(text) if text == "$absent" => Value::Null,
        Value::Array(items) => items.iter().map(absent_left_out).collect(),
        Value::Object(map) => {
            let there = map.iter().filter(|(_, value)| *value != "$absent");
            there.map(|(key, value)| (key.clone(), absent_left_out(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// Where `tests/port-jq.sh` has built the library.
pub(crate) fn library() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/port-jq");
    let built = target.join("node_modules/@port-labs/jq-node-bindings/build/Release/jq-node-bindings.node");
    if built.is_file() {
        return Some(target);
    }
    eprintln!("not compared with Port's jq library, which is not built: see tests/port-jq.sh");
    None
}

/// The library crashed, or did not end.
#[derive(Debug)]
pub(crate) struct Crash;

/// The results of the library, as those of [`evaluate`].
pub(crate) fn ask(library: &Path, questions: &[(String, Value)]) -> Vec<Result<Option<Value>, Crash>> {
    let mut answers = Vec::new();
    while answers.len() < questions.len() {
        let batch = &questions[answers.len()..questions.len().min(answers.len() + 90)];
        let lines = batch
            .iter()
            .map(|(expression, input)| json!({"expression": expression, "input": input}).to_string());
        // Some expressions never end in the library. A limit of processor time ends them, however busy the machine is.
        let mut node = Command::new("sh")
            .args(["-c", "ulimit -t 10 && exec node \"$@\"", "sh"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/port-jq.js"))
            .arg(library)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = lines.collect::<Vec<_>>().join("\n");
        node.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = node.wait_with_output().unwrap();
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        let before = answers.len();
        for line in output.lines() {
            let Ok(answer) = serde_json::from_str::<Value>(line) else { break };
            answers.push(Ok(answer.get("result").cloned()));
        }
        if answers.len() - before < batch.len() {
            answers.push(Err(Crash));
        }
    }
    answers
}
