//! `delete`: webhooks that are not wanted any more.

use std::io::{self, IsTerminal as _, Write as _};

use clap::Args;

use crate::arguments::ConnectionArguments;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::signals::Interrupt;
use crate::terminal::{note, one_line};

pub(crate) const EXAMPLES: &str = "\
Examples:
  port-webhooks delete audit
  port-webhooks delete audit audit-log --yes";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The webhook, or several
    #[arg(required = true, value_name = "IDENTIFIER")]
    identifiers: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    connection: ConnectionArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let port = arguments.connection.open()?;
    let names = arguments.identifiers.iter().map(|name| one_line(name)).collect::<Vec<_>>().join(", ");
    if !arguments.yes && !confirmed(&format!("delete {names}?"))? {
        return Err(Failure::new(Exit::Failed, "nothing was deleted"));
    }
    let interrupt = Interrupt::listen()?;
    let mut output = Output::new();
    for (at, identifier) in arguments.identifiers.iter().enumerate() {
        let left =
            || arguments.identifiers[at..].iter().map(|name| one_line(name)).collect::<Vec<_>>().join(", ");
        if interrupt.is_set() {
            note(format!("not deleted: {}", left()));
            return Err(Failure::new(Exit::Interrupted, "stopped by Ctrl-C"));
        }
        let name = one_line(identifier);
        let request = port.ask(port.hooks.delete(identifier));
        let deleted = interrupt.finish(&format!("delete {name}"), request.into_future()).await?;
        let failure = match deleted {
            Ok(true) => {
                output.line(format!("deleted {name}"))?;
                continue;
            }
            Ok(false) => Failure::new(Exit::Port, format!("Port answers that it did not delete {name}")),
            Err(error) => error.into(),
        };
        if arguments.identifiers.len() > 1 {
            note(format!("not deleted: {}", left()));
        }
        return Err(failure);
    }
    Ok(())
}

/// Asks, where there is somebody to ask.
fn confirmed(question: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("there is no terminal to ask at, and nothing was deleted")
            .advice("--yes deletes without asking"));
    }
    let failed = |error: std::io::Error| Failure::new(Exit::Failed, "cannot ask").because(&error);
    write!(anstream::stderr(), "{question} [y/N] ").map_err(failed)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
