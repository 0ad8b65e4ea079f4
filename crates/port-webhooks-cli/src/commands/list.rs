//! `list`: shows all webhooks.

use clap::Args;

use crate::arguments::{ConnectionArguments, Format, OutputArguments};
use crate::failure::Result;
use crate::output::Output;
use crate::show;
use crate::terminal::note;

pub(crate) const EXAMPLES: &str = "\
Examples:
  port-webhooks list
  port-webhooks list --page 2 --per-page 20
  port-webhooks list -o json | jq -r '.[] | select(.enabled | not).identifier'";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Show this page only, counted from 1
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    page: Option<u32>,
    /// Webhooks per page, 1 to 100
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100))]
    per_page: Option<u32>,
    #[command(flatten)]
    shown: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let port = arguments.connection.open()?;
    let mut request = port.ask(port.hooks.list());
    if let Some(per_page) = arguments.per_page {
        request = request.per_page(per_page);
    }
    let webhooks = match arguments.page {
        Some(page) => request.page(page).await?.webhooks,
        None => request.collect().await?,
    };
    if webhooks.is_empty() && arguments.shown.output == Format::Table {
        note("no webhooks");
        return Ok(());
    }
    show::webhooks(&mut Output::new(), &arguments.shown, &webhooks)
}
