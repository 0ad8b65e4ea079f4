//! `list` and `get`: show webhooks.

use clap::{Args, value_parser};

use crate::arguments::{ConnectionArguments, Format, OutputArguments};
use crate::failure::Result;
use crate::output::Output;
use crate::show;
use crate::terminal::note;

pub(crate) const LIST_EXAMPLES: &str = "\
Examples:
  port-webhooks list
  port-webhooks list --page 2 --per-page 20
  port-webhooks list -o json | jq -r '.[] | select(.enabled | not).identifier'";

pub(crate) const GET_EXAMPLES: &str = "\
Examples:
  port-webhooks get entity-created
  port-webhooks get entity-created -o json --show-secrets";

#[derive(Args, Debug)]
pub(crate) struct ListArguments {
    /// Show this page only, counted from 1
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..))]
    page: Option<u32>,
    /// Webhooks per page, 1 to 100
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..=100))]
    per_page: Option<u32>,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Args, Debug)]
pub(crate) struct GetArguments {
    /// Identifier of the webhook; several give a list in JSON and YAML
    #[arg(required = true, value_name = "IDENTIFIER")]
    identifiers: Vec<String>,
    #[command(flatten)]
    read: ReadArguments,
}

#[derive(Args, Debug)]
struct ReadArguments {
    #[command(flatten)]
    shown: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
}

pub(crate) async fn list(arguments: &ListArguments) -> Result<()> {
    let ReadArguments { shown, connection } = &arguments.read;
    let port = connection.open()?;
    let mut request = port.ask(port.hooks.list());
    if let Some(per_page) = arguments.per_page {
        request = request.per_page(per_page);
    }
    let webhooks = match arguments.page {
        Some(page) => request.page(page).await?.webhooks,
        None => request.collect().await?,
    };
    if webhooks.is_empty() && shown.output == Format::Table {
        note("no webhooks");
        return Ok(());
    }
    show::webhooks(&mut Output::new(), shown, &webhooks)
}

pub(crate) async fn get(arguments: &GetArguments) -> Result<()> {
    let ReadArguments { shown, connection } = &arguments.read;
    let webhooks = connection.open()?.get(&arguments.identifiers).await?;
    let mut output = Output::new();
    if webhooks.len() > 1 && shown.output != Format::Table {
        return show::webhooks(&mut output, shown, &webhooks);
    }
    webhooks.iter().try_for_each(|webhook| show::webhook(&mut output, shown, webhook))
}
