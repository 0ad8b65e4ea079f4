//! What `map` and `map test` read: the mappings of a webhook, and events.

use std::path::{Path, PathBuf};

use port_webhooks_mapping::{Event, EventError, Mappings, Warning};
use serde_json::{Map, Value};

use crate::document::{Document, declared};
use crate::environment::Environment;
use crate::failure::{Failure, Result};
use crate::input;
use crate::terminal::{note, one_line, printable};

/// Shows warnings on standard error, each after the same beginning.
pub(super) fn tell(beginning: &str, warnings: &[Warning]) {
    for warning in warnings {
        note(format!("warning: {}", printable(&format!("{beginning}{warning}"))));
    }
}

/// The mappings of the one webhook in files, or of the one with this identifier, and how many they are.
pub(super) fn of_files(files: &[PathBuf], identifier: Option<&str>) -> Result<(Mappings, usize)> {
    let (mut documents, failures) = declared(files, true, &Environment::default());
    Failure::check(failures, "nothing was evaluated")?;
    let count = documents.len();
    let names: Vec<_> = documents.iter().filter_map(Document::identifier).map(one_line).collect();
    let advice = format!("choose one with --identifier: {}", names.join(", "));
    if let Some(identifier) = identifier {
        documents.retain(|document| document.identifier() == Some(identifier));
    }
    let [document] = documents.as_slice() else {
        let failure = match identifier {
            _ if count == 0 => return Err(Failure::usage("the files declare no webhook")),
            Some(identifier) => {
                Failure::usage(format!("no file declares webhook \"{}\"", one_line(identifier)))
            }
            None => Failure::usage(format!("the files declare {count} webhooks")),
        };
        return Err(if names.is_empty() {
            failure.advice("give each webhook an `identifier`, with `mappings` beside it")
        } else {
            failure.advice(advice)
        });
    };
    compile(&document.fields, &|path, error| Failure::usage(error).at(document.place_of(path)))
}

/// Compiles the mappings of a webhook. `failure` takes the path of a mistake, and the mistake.
pub(super) fn compile(
    fields: &Map<String, Value>,
    failure: &dyn Fn(&str, String) -> Failure,
) -> Result<(Mappings, usize)> {
    let Some(mappings) = fields.get("mappings").filter(|mappings| !mappings.is_null()) else {
        let advice = "mappings stand in a list under `mappings`, beside the identifier of the webhook";
        return Err(failure("mappings", "the webhook has no mappings".to_owned()).advice(advice));
    };
    let compiled = Mappings::compile(mappings).map_err(|errors| {
        let failures = errors.0.iter().map(|error| failure(&error.path(), error.to_string()));
        Failure::joined(failures.collect(), "nothing was evaluated")
    })?;
    Ok((compiled, mappings.as_array().map_or(0, Vec::len)))
}

pub(super) fn unreadable(path: &Path, error: &EventError) -> Failure {
    Failure::usage(format!("{}: {error}", input::name(path)))
}

/// The event of a file. What can only be a slip is a warning, since Port's jq would take it as null.
pub(super) fn read_event(path: &Path) -> Result<Event> {
    const KEYS: [&str; 3] = ["body", "headers", "queryParams"];
    let text = input::read_text(path)?;
    let warn = |what: String| note(format!("warning: {}: {what}", one_line(&input::name(path))));
    if let Ok(Value::Object(event)) = serde_json::from_str(&text) {
        for key in event.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let key = one_line(key);
            warn(format!("`{key}` is no part of an event, which has `body`, `headers` and `queryParams`"));
        }
        if !event.contains_key("body") {
            warn("the event has no `body`; --body takes a file with the body alone".to_owned());
        }
        let headers = event.get("headers").and_then(Value::as_object);
        for name in headers.into_iter().flat_map(Map::keys) {
            let lower = name.to_lowercase();
            if lower != *name {
                let (name, lower) = (one_line(name), one_line(&lower));
                warn(format!("Port passes on header `{name}` in lower case: write `{lower}`"));
            }
        }
    }
    Event::from_json(text).map_err(|error| unreadable(path, &error))
}
