//! `create`: a new webhook.

use clap::Args;

use super::write::Write;
use crate::arguments::{ConnectionArguments, FieldArguments, OutputArguments};
use crate::failure::{Failure, Result};

pub(crate) const EXAMPLES: &str = "\
Examples:
  port-webhooks create audit --url https://audit.example.com/port \\
      --event entity.created,run.completed \\
      --secret-from-env AUDIT_SECRET --header-from-env X-API-Key=AUDIT_KEY
  port-webhooks create -f audit.yaml
  # A data source has no --url and no --event:
  port-webhooks create github --title GitHub -f mappings.json";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Identifier of the new webhook. If neither this nor the file has one, Port may choose it
    identifier: Option<String>,
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
    if let Some(identifier) = &arguments.identifier {
        document.set("identifier", identifier.as_str());
    }
    if document.fields.is_empty() {
        return Err(
            Failure::usage("nothing to create").advice("give an identifier and fields, or a file (-f)")
        );
    }
    document.check()?;
    document.tell_left_out();
    // When the answer is lost, it is looked up whether it was created.
    let request = port.ask(port.hooks.create(document.to_new()?).reconcile(true));
    let names = document.identifier().into_iter().collect();
    Write { verb: "create", done: "created", names }.send(request, &arguments.shown).await
}
