//! `replace`: a webhook as a whole.

use clap::Args;
use serde_json::Value;

use super::write::Write;
use crate::arguments::{ConnectionArguments, FieldArguments, OutputArguments};
use crate::failure::{Failure, Result};

pub(crate) const EXAMPLES: &str = "\
Examples:
  port-webhooks replace audit -f audit.yaml
  port-webhooks get audit -o json --show-secrets |
      jq '.events += [\"run.created\"]' | port-webhooks replace -f -";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Identifier of the webhook; may be in the file instead
    #[arg(required_unless_present = "file")]
    identifier: Option<String>,
    /// New identifier. Whether Port can rename a webhook is not verified
    #[arg(long, value_name = "IDENTIFIER")]
    rename: Option<String>,
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
    if document.fields.keys().all(|name| name == "identifier") {
        return Err(
            Failure::usage("no fields to replace it with").advice("give fields by flags or in a file (-f)")
        );
    }
    // The documented contract wants it in the body, too.
    document.fields.entry("identifier").or_insert_with(|| Value::from(target.as_str()));
    document.check()?;
    document.tell_left_out();
    let request = port.ask(port.hooks.replace(&target, document.to_replacement()?));
    let names = [Some(target.as_str()), arguments.rename.as_deref()].into_iter().flatten().collect();
    Write { verb: "replace", done: "replaced", names }.send(request, &arguments.shown).await
}
