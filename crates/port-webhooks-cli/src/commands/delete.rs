//! `delete`: webhooks that are not wanted any more.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use clap::Args;

use crate::arguments::{ConnectionArguments, each_once};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::port::{Deleted, Undone};
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
    if !arguments.yes && !confirmed(&format!("delete {}?", names(&identifiers)))? {
        return Err(Failure::new(Exit::Failed, "nothing was deleted"));
    }
    let interrupt = Interrupt::listen()?;
    let mut output = Output::new();
    for (at, identifier) in identifiers.iter().enumerate() {
        let (failure, in_doubt) = if interrupt.is_set() {
            (Failure::new(Exit::Interrupted, "stopped by Ctrl-C"), false)
        } else {
            let name = one_line(identifier);
            match interrupt.finish(&format!("delete {name}"), port.delete(identifier)).await {
                Ok(Ok(Deleted::Now)) => {
                    output.line(format!("deleted {name}"))?;
                    continue;
                }
                Ok(Ok(Deleted::NotFound(failure))) => (failure, false),
                Ok(Err(Undone { failure, in_doubt })) => (failure, in_doubt),
                Err(given_up) => (given_up, true),
            }
        };
        let left = &identifiers[at + usize::from(in_doubt)..];
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

/// Asks, where there is somebody to ask.
fn confirmed(question: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("no terminal to ask for confirmation; nothing was deleted")
            .advice("--yes deletes without confirmation"));
    }
    let failed =
        |error: std::io::Error| Failure::new(Exit::Failed, "cannot ask for confirmation").because(&error);
    write!(anstream::stderr(), "{question} [y/N] ").map_err(failed)?;
    let mut answer = String::new();
    io::stdin().lock().take(1024).read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
