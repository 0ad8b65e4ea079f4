//! Webhooks as they are shown.

mod details;
mod table;
pub(crate) mod text;

use port_webhooks::Webhook;
use serde::Serialize;

pub(crate) use details::details;
pub(crate) use table::{Column, table};

use crate::arguments::{FileFormat, OutputArguments};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::tree::{to_json, to_yaml};
use crate::webhook_fields::Exact;

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
