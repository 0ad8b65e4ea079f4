//! Webhooks and their values, for people and for programs.

mod table;

use std::fmt::Write as _;

use port_webhooks::Webhook;
use serde::Serialize;
use serde_json::{Map, Value};

pub(crate) use table::{Column, table};

use crate::arguments::{FileFormat, OutputArguments};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::terminal::{BOLD, DIM, one_line, styled};
use crate::tree::{to_json, to_yaml};
use crate::webhook_fields::{Exact, in_order};

pub(crate) fn webhook(output: &mut Output, shown: &OutputArguments, webhook: &Webhook) -> Result<()> {
    let webhook = visible(shown, webhook)?;
    result(output, shown.output.of_a_file(), &webhook, || details(&webhook.fields))
}

pub(crate) fn webhooks(output: &mut Output, shown: &OutputArguments, webhooks: &[Webhook]) -> Result<()> {
    let webhooks = webhooks.iter().map(|webhook| visible(shown, webhook)).collect::<Result<Vec<_>>>()?;
    let rows = || webhooks.iter().map(|webhook| webhook.fields.clone()).collect::<Vec<_>>();
    result(output, shown.output.of_a_file(), &webhooks, || table(&COLUMNS, &rows()))
}

const COLUMNS: [Column; 6] = [
    Column::new(0, "IDENTIFIER", "identifier"),
    Column::new(3, "URL", "url"),
    Column::new(4, "EVENTS", "events"),
    Column::new(2, "ENABLED", "enabled"),
    Column::new(1, "TITLE", "title"),
    Column::new(5, "UPDATED", "updatedAt"),
];

fn visible(shown: &OutputArguments, webhook: &Webhook) -> Result<Exact> {
    if shown.show_secrets { Exact::of(webhook) } else { Exact::of(&webhook.redacted()) }
}

/// Shows a result: as a file for programs, or else as text for people.
pub(crate) fn result(
    output: &mut Output,
    format: Option<FileFormat>,
    value: &impl Serialize,
    text: impl FnOnce() -> String,
) -> Result<()> {
    output.write(&format.map_or_else(|| Ok(text()), |format| to_text(format, value))?)
}

pub(crate) fn structured(output: &mut Output, format: FileFormat, value: &impl Serialize) -> Result<()> {
    output.write(&to_text(format, value)?)
}

/// A value for programs, with a line break at the end.
pub(crate) fn to_text(format: FileFormat, value: &impl Serialize) -> Result<String> {
    let text = match format {
        FileFormat::Yaml => to_yaml(value),
        FileFormat::Json => to_json(value),
    };
    text.map_err(|error| Failure::new(Exit::Failed, format!("cannot be written: {error}")))
}

/// A webhook for a person, a line for each field. Mappings take several.
pub(crate) fn details(webhook: &Map<String, Value>) -> String {
    let mut lines = Vec::new();
    for (name, value) in in_order(webhook) {
        match value {
            Value::Object(members) if name == "headers" || name == "security" => {
                for (member, value) in members.iter().filter(|(_, value)| !value.is_null()) {
                    lines.push((format!("{name}.{}", one_line(member)), plain(value)));
                }
            }
            Value::Array(items) if name == "mappings" && !items.is_empty() => {
                let block: Vec<_> = yaml(value).lines().map(|line| format!("\n    {line}")).collect();
                lines.push((name.to_owned(), block.concat()));
            }
            _ => lines.push((one_line(name), plain(value))),
        }
    }
    let widest = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, value) in lines {
        if name == "identifier" {
            text.push_str(&styled(BOLD, value));
        } else {
            let gap = " ".repeat(widest.saturating_sub(name.chars().count()));
            let _ = write!(text, "  {}", styled(DIM, name));
            if !value.starts_with('\n') {
                // A block begins in the next line.
                text.push_str(&gap);
                text.push_str("  ");
            }
            text.push_str(&value);
        }
        text.push('\n');
    }
    text
}

/// A value in one line, as a person reads it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => one_line(text),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        Value::Array(_) | Value::Object(_) => one_line(&value.to_string()),
    }
}

/// A value in one line, with quotes around a string.
pub(crate) fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", one_line(text).replace('"', "\\\"")),
        Value::Object(_) => one_line(&value.to_string()),
        other => plain(other),
    }
}

pub(crate) fn yaml(value: &Value) -> String {
    to_yaml(value).unwrap_or_else(|_| one_line(&value.to_string()))
}
