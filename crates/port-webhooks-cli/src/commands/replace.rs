//! `replace`: a webhook as a whole.

use clap::Args;
use serde_json::Value;

use crate::arguments::{ConnectionArguments, FieldArguments, OutputArguments};
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::show;
use crate::signals::Interrupt;
use crate::terminal::{note, one_line};

pub(crate) const EXAMPLES: &str = "\
Examples:
  port-webhooks replace audit -f audit.yaml
  port-webhooks get audit -o json --show-secrets |
      jq '.events += [\"run.created\"]' | port-webhooks replace -f -";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The webhook; a file with an identifier says it as well
    #[arg(required_unless_present = "file")]
    identifier: Option<String>,
    /// A new name for the webhook. That Port lets one be renamed is not verified
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
        return Err(Failure::usage("there is nothing to replace it with")
            .advice("name fields by flags, or in a file: -f"));
    }
    // The documented contract wants it in the body, too.
    document.fields.entry("identifier").or_insert_with(|| Value::from(target.as_str()));
    document.check()?;
    document.tell_left_out();
    let request = port.ask(port.hooks.replace(&target, document.to_replacement()?));
    let doing = format!("replace {}", one_line(&target));
    let webhook = Interrupt::listen()?.finish(&doing, request.into_future()).await??;
    note(format!("replaced {}", one_line(&webhook.identifier)));
    show::webhook(&mut Output::new(), &arguments.shown, &webhook)
}
