//! `update`: some fields of a webhook.

use clap::Args;

use super::write::Write;
use crate::arguments::{CLEARABLE, ConnectionArguments, FieldArguments, OutputArguments, clear};
use crate::failure::{Failure, Result};

pub(crate) const EXAMPLES: &str = "\
--header replaces all headers: those that are not given are removed.

Examples:
  port-webhooks update audit --url https://audit.example.com/v2 --enabled=false
  port-webhooks update audit --clear description,headers
  port-webhooks update audit --rename audit-log
  echo '{\"title\": \"Audit\", \"icon\": null}' | port-webhooks update audit -f -";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Identifier of the webhook; may be in the file instead
    #[arg(required_unless_present = "file")]
    identifier: Option<String>,
    /// New identifier. Whether Port can rename a webhook is not verified
    #[arg(long, value_name = "IDENTIFIER")]
    rename: Option<String>,
    /// Field to clear; comma-separated or repeated. In a file, use null
    #[arg(long, value_parser = CLEARABLE, value_name = "FIELD", value_delimiter = ',')]
    clear: Vec<String>,
    #[command(flatten)]
    fields: FieldArguments,
    #[command(flatten)]
    shown: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let port = arguments.connection.open()?;
    let mut document = arguments.fields.read(&port.environment)?;
    let target = document.target(arguments.identifier.as_deref(), arguments.rename.as_deref())?;
    if arguments.rename.is_none() {
        document.fields.remove("identifier");
    }
    clear(&mut document, &arguments.clear)?;
    if document.fields.is_empty() {
        return Err(
            Failure::usage("nothing to change").advice("give fields by flags, by --clear or in a file (-f)")
        );
    }
    document.check()?;
    document.tell_left_out();
    let request = port.ask(port.hooks.update(&target, document.to_patch()?));
    let names = [Some(target.as_str()), arguments.rename.as_deref()].into_iter().flatten().collect();
    Write { verb: "update", done: "updated", names }.send(request, &arguments.shown).await
}
