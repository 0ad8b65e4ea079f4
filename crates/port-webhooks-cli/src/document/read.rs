//! Files of webhooks: JSON or YAML, one webhook, several, or several files.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_json::Value;
use serde_norway::Value as Yaml;

use super::value;
use crate::failure::{Failure, Result};
use crate::input;

/// More than any organization's webhooks; a file that is larger is another file.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// Brackets within brackets take YAML a time that grows with their square. Wherever they stand, there are not more than
/// these. JSON has no such trouble.
const MAX_BRACKETS: usize = 10_000;

/// A webhook as it stands in a file.
#[derive(Debug)]
pub(crate) struct Raw {
    /// Where it stands, such as `hooks.yaml` or `hooks.yaml[2]`.
    pub(crate) origin: String,
    pub(crate) value: Value,
}

/// The one webhook in a file.
pub(crate) fn read_one(path: &Path) -> Result<Raw> {
    let mut webhooks = read_file(path)?;
    match (webhooks.pop(), webhooks.len()) {
        (Some(webhook), 0) => Ok(Raw { origin: input::name(path), ..webhook }),
        (_, before) => {
            let count = if before == 0 { 0 } else { before + 1 };
            let what = format!("{}: expected one webhook, found {count}", input::name(path));
            Err(Failure::usage(what).advice("`port-webhooks apply -f` accepts several"))
        }
    }
}

/// Every webhook in files, and in the files of directories.
pub(crate) fn read_all(paths: &[PathBuf]) -> Result<Vec<Raw>> {
    let mut webhooks = Vec::new();
    for path in paths {
        if path.is_dir() {
            for file in files_in(path)? {
                webhooks.extend(read_file(&file)?);
            }
        } else {
            webhooks.extend(read_file(path)?);
        }
    }
    Ok(webhooks)
}

/// The files of a directory that can hold webhooks, by name. Without any, the wrong directory was named, and an empty
/// set of webhooks must not come of that.
fn files_in(directory: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| {
        Failure::usage(format!("cannot read {}", directory.display())).because(&error)
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let known = path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json");
        if known && !hidden && path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        let what = format!("{}: no .yaml, .yml or .json file", directory.display());
        return Err(Failure::usage(what));
    }
    files.sort();
    Ok(files)
}

fn read_file(path: &Path) -> Result<Vec<Raw>> {
    let name = input::name(path);
    let text = read_text(path)?;
    let is_json = path.extension().is_some_and(|end| end == "json");
    let values = parse(&text, is_json).map_err(|problem| Failure::usage(format!("{name}: {problem}")))?;
    // What a command that failed wrote into a pipe, and no set of webhooks.
    if values.is_empty() {
        return Err(Failure::usage(format!("{name} is empty")).advice("write `[]` for no webhooks"));
    }
    let mut webhooks = Vec::new();
    for value in values {
        match several(value) {
            Ok(list) => webhooks.extend(list),
            Err(one) => webhooks.push(one),
        }
    }
    let count = webhooks.len();
    let origin = |at: usize| if count == 1 { name.clone() } else { format!("{name}[{at}]") };
    Ok(webhooks.into_iter().enumerate().map(|(at, value)| Raw { origin: origin(at), value }).collect())
}

fn read_text(path: &Path) -> Result<String> {
    let name = input::name(path);
    let bytes = input::read_at_most(path, MAX_BYTES + 1)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::usage(format!("{name}: larger than 16 MiB")));
    }
    let text = String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{name}: not UTF-8")))?;
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}

/// The documents of a text. What begins like JSON is read as such first: YAML is stricter in some things, such as tabs.
fn parse(text: &str, is_json: bool) -> Result<Vec<Value>, String> {
    if !is_json && !text.trim_start().starts_with(['{', '[']) {
        return parse_yaml(text);
    }
    match serde_json::from_str::<Yaml>(text) {
        Ok(json) => Ok(vec![value::from_yaml(json)?]),
        Err(error) => {
            let problem = not_a_value("JSON", &error);
            // A list or a mapping of YAML may begin like this as well.
            if is_json { Err(problem) } else { parse_yaml(text).map_err(|_| problem) }
        }
    }
}

fn parse_yaml(text: &str) -> Result<Vec<Value>, String> {
    if text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() > MAX_BRACKETS {
        return Err("too many brackets for YAML; write it as JSON".to_owned());
    }
    let mut values = Vec::new();
    for document in serde_norway::Deserializer::from_str(text) {
        let yaml = Yaml::deserialize(document).map_err(|error| not_a_value("YAML", &error))?;
        let value = value::from_yaml(yaml)?;
        // Nothing between two `---`, or after the last.
        if !value.is_null() {
            values.push(value);
        }
    }
    Ok(values)
}

/// What is wrong with a text, without what it says: parsers repeat it in some of their errors.
fn not_a_value(kind: &str, error: &dyn std::fmt::Display) -> String {
    let error = error.to_string();
    let place = error.rfind(" at line ").map_or("", |at| &error[at..]);
    let twice = if error.contains("duplicate entry") { ": a name occurs twice" } else { "" };
    format!("not valid {kind}{place}{twice}")
}

/// A list of webhooks, or the one webhook that it is.
fn several(value: Value) -> Result<Vec<Value>, Value> {
    match value {
        Value::Array(list) => Ok(list),
        Value::Object(mut object) if !object.contains_key("identifier") => match object.remove("webhooks") {
            Some(Value::Array(list)) => Ok(list),
            Some(other) => {
                object.insert("webhooks".to_owned(), other);
                Err(Value::Object(object))
            }
            None => Err(Value::Object(object)),
        },
        other => Err(other),
    }
}
