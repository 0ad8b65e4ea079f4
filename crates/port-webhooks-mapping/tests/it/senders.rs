//! Mappings for many kinds of third parties, written for this project, with the entities that their events become.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use port_webhooks_mapping::{Event, Mappings, Settings};
use serde_json::{Value, json};

use crate::port_jq::{as_doubles, ask, evaluate, library};

fn senders() -> Vec<(String, Value)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/senders");
    let mut senders: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            (path.display().to_string(), serde_json::from_str(&text).unwrap())
        })
        .collect();
    senders.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(senders.len() >= 12);
    senders
}

/// With `PORT_WEBHOOKS_UPDATE=yes` the entities are written to the files: read the difference before you keep it.
#[test]
fn events_of_each_sender_become_its_entities() {
    let mut settings = Settings::default();
    settings.now = Some(UNIX_EPOCH + Duration::from_secs(1_775_000_000));
    for (path, mut sender) in senders() {
        let mappings =
            Mappings::compile(&sender["mappings"]).unwrap_or_else(|errors| panic!("{path}: {errors}"));
        assert_eq!(mappings.warnings(), [], "{path}");
        let event = Event::from_value(&sender["event"]).unwrap();
        let evaluation = mappings.evaluate_with(&event, &settings);
        let evaluation = json!({"entities": evaluation.entities, "skipped": evaluation.skipped});
        if std::env::var_os("PORT_WEBHOOKS_UPDATE").is_some() {
            sender["expected"] = evaluation;
            std::fs::write(&path, format!("{sender:#}\n")).unwrap();
        } else {
            assert_eq!(evaluation, sender["expected"], "{path}");
        }
    }
}

/// Every expression in every context that it is evaluated in.
fn questions(sender: &Value) -> Vec<(String, Value)> {
    fn leaves(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::String(expression) => into.push(expression.clone()),
            Value::Array(items) => items.iter().for_each(|item| leaves(item, into)),
            Value::Object(map) => map.values().for_each(|value| leaves(value, into)),
            _ => {}
        }
    }
    let event = &sender["event"];
    let mut questions = Vec::new();
    for mapping in sender["mappings"].as_array().unwrap() {
        let mut contexts = vec![event.clone()];
        if let Some(items) = mapping["itemsToParse"].as_str() {
            questions.push((items.to_owned(), event.clone()));
            let items = evaluate(items, &Event::from_value(event).unwrap()).unwrap();
            let with = |item: &Value| {
                let mut context = event.clone();
                context["item"] = item.clone();
                context
            };
            contexts = items.as_array().map(|items| items.iter().map(with).collect()).unwrap_or_default();
        }
        let mut expressions = Vec::new();
        leaves(&mapping["filter"], &mut expressions);
        leaves(&mapping["entity"], &mut expressions);
        for context in &contexts {
            questions.extend(expressions.iter().map(|expression| (expression.clone(), context.clone())));
        }
    }
    // Two clocks differ.
    questions.retain(|(expression, _)| !expression.contains("now"));
    questions
}

#[test]
fn expressions_of_senders_give_what_ports_library_gives() {
    let Some(library) = library() else { return };
    let questions: Vec<_> = senders().iter().flat_map(|(_, sender)| questions(sender)).collect();
    for ((expression, context), answer) in questions.iter().zip(ask(&library, &questions)) {
        let here = evaluate(expression, &Event::from_value(context).unwrap());
        assert_eq!(
            here.as_ref().map(as_doubles),
            answer.unwrap().as_ref().map(as_doubles),
            "{expression}\n{context}"
        );
    }
}
