//! `render`: what Port would send for a template of an action or automation.

use std::path::PathBuf;

use clap::Args;
use port_webhooks_mapping::{Settings, Template};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::arguments::FileFormat;
use crate::failure::{Failure, Result};
use crate::input;
use crate::output::Output;
use crate::show::structured;
use crate::terminal::{note, printable};

pub(crate) const EXAMPLES: &str = "\
Prints the JSON that Port would send for the data of a trigger, without Port; nothing, if there is no result. An expression \
    that fails is null, and is named on standard error. The exit status is 2 for a template that Port cannot render.

Examples:
  port-webhooks render -f template.json --data trigger-data.json
  echo '{\"run\": \"{{ .run.id }}\"}' | port-webhooks render -f - --data trigger-data.json";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// JSON file with the template: a body, headers, or a URL as a JSON text; `-` is standard input
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// JSON file with the data of the trigger; `-` is standard input
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let template: Value = input::read_json(&arguments.file)?;
    // The data as they are written, since the order of keys shows in texts.
    let data: Box<RawValue> = input::read_json(&arguments.data)?;
    let rendered = Template::compile(&template)
        .and_then(|template| template.render_with(data.get(), &Settings::default()))
        .map_err(|error| Failure::usage(format!("{}: {error}", input::name(&arguments.file))))?;
    for error in &rendered.errors {
        // The field of a template that is one text is empty.
        let place = if error.field.is_empty() { String::new() } else { format!("{}: ", error.field) };
        note(format!("warning: {}", printable(&format!("{place}null: {}", error.message))));
    }
    match rendered.value {
        Some(value) => structured(&mut Output::new(), FileFormat::Json, &value),
        None => Ok(()),
    }
}
