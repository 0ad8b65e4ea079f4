//! `delete`: deletes webhooks.

use clap::Args;

use crate::arguments::{ConnectionArguments, each_once};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::input::{check_can_ask, confirmed};
use crate::output::Output;
use crate::signals::Interrupt;
use crate::terminal::{note, one_line};

pub(crate) const EXAMPLES: &str = "\
Examples:
  port-webhooks delete audit
  port-webhooks delete audit audit-log --yes";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Identifier of the webhook, or several
    #[arg(required = true, value_name = "IDENTIFIER")]
    identifiers: Vec<String>,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    connection: ConnectionArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let port = arguments.connection.open()?;
    let identifiers = each_once(&arguments.identifiers);
    if !arguments.yes {
        check_can_ask()?;
        if !confirmed(&format!("delete {}?", names(&identifiers)))? {
            return Err(Failure::new(Exit::Failed, "nothing was deleted"));
        }
    }
    let interrupt = Interrupt::listen()?;
    let mut output = Output::new();
    for (at, identifier) in identifiers.iter().enumerate() {
        let deleted = if interrupt.is_set() {
            Err(Failure::new(Exit::Interrupted, "stopped by Ctrl-C"))
        } else {
            let doing = format!("delete {}", one_line(identifier));
            interrupt.finish(&doing, port.delete(identifier)).await.and_then(|deleted| deleted)
        };
        let Err(failure) = deleted else {
            output.line(format!("deleted {}", one_line(identifier)))?;
            continue;
        };
        let left = &identifiers[at + usize::from(failure.in_doubt)..];
        if identifiers.len() > 1 && !left.is_empty() {
            note(format!("not deleted: {}", names(left)));
        }
        return Err(failure);
    }
    Ok(())
}

fn names(identifiers: &[&str]) -> String {
    identifiers.iter().map(|name| one_line(name)).collect::<Vec<_>>().join(", ")
}
