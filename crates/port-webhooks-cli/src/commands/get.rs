//! `get`: shows one webhook, or several, with all fields.

use clap::Args;

use crate::arguments::{ConnectionArguments, Format, OutputArguments};
use crate::failure::Result;
use crate::output::Output;
use crate::show;

pub(crate) const EXAMPLES: &str = "\
Examples:
  port-webhooks get entity-created
  port-webhooks get entity-created -o json --show-secrets";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Identifier of the webhook; several give a list in JSON and YAML
    #[arg(required = true, value_name = "IDENTIFIER")]
    identifiers: Vec<String>,
    #[command(flatten)]
    shown: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let port = arguments.connection.open()?;
    let mut webhooks = Vec::new();
    for identifier in &arguments.identifiers {
        webhooks.push(port.ask(port.hooks.get(identifier)).await?);
    }
    let mut output = Output::new();
    let shown = &arguments.shown;
    if webhooks.len() > 1 && shown.output != Format::Table {
        return show::webhooks(&mut output, shown, &webhooks);
    }
    webhooks.iter().try_for_each(|webhook| show::webhook(&mut output, shown, webhook))
}
