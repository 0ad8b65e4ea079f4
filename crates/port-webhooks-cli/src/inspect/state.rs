//! The state of the fake, as the page shows it: texts, because a browser would round large integers.

use serde::Serialize;
use serde_json::Value;

use crate::body;
use crate::terminal::one_line;

/// The parts that are shown first.
const FIRST: [&str; 4] = ["webhooks", "entities", "runs", "faults"];

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Part {
    List { name: String, items: Vec<Item> },
    Value { name: String, text: String },
}

#[derive(Serialize)]
pub(super) struct Item {
    title: String,
    text: String,
}

/// The parts of an overview of which secrets are masked.
pub(super) fn parts(overview: Value) -> Vec<Part> {
    let Value::Object(members) = overview else { return Vec::new() };
    let mut members: Vec<_> = members.into_iter().filter(|(_, value)| !value.is_null()).collect();
    members.sort_by_key(|(name, value)| {
        (!value.is_array(), FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()))
    });
    let part = |(name, value)| match value {
        Value::Array(items) => {
            let item = |(at, item)| Item { title: title(item, at + 1), text: text(item) };
            Part::List { name, items: items.iter().enumerate().map(item).collect() }
        }
        value => Part::Value { name, text: text(&value) },
    };
    members.into_iter().map(part).collect()
}

fn title(item: &Value, number: usize) -> String {
    // `"reset"` or `{"status": {…}}`.
    let fault = match &item["fault"]["fault"] {
        Value::Object(fault) => fault.keys().next().map(String::as_str),
        fault => fault.as_str(),
    };
    let name = |name| match &item[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let names = [
        name("identifier"),
        name("id"),
        fault.map(str::to_owned),
        name("title"),
        name("blueprint"),
        name("status"),
    ];
    let names: Vec<_> = names.into_iter().flatten().collect();
    if names.is_empty() { format!("number {number}") } else { one_line(&names.join(" · ")) }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        value => body::shown(value.to_string().as_bytes()),
    }
}
