//! `fake`: a fake Port on this machine.

use std::error::Error as _;

use clap::Args;
use fake_port::{ServeArguments, ServeError, StartError};

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::signals::Interrupt;

pub(crate) const EXAMPLES: &str = "\
Prints the address, the client id and the client secret, one per line, and runs until Ctrl-C. Routes \
    under /_fake seed it, inject faults, emit events and tell what it received: see the README of \
    fake-port.

Examples:
  port-webhooks fake --port 4010
  port-webhooks fake --profile live --seed webhooks.json --rate-limit 100/60
  port-webhooks fake --faults plan.json --record 1000 --deliver-changes";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    serve: ServeArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    // Before the address is printed: a script may send a signal from then on.
    let interrupt = Interrupt::listen()?;
    let port = arguments.serve.serve().await.map_err(|error| {
        let exit = match &error {
            ServeError::Start(StartError::Listen { .. }) => Exit::Failed,
            _ => Exit::Usage,
        };
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        Failure::new(exit, format!("{error}{cause}"))
    })?;
    let mut lines = Vec::new();
    port.announce(&mut lines).map_err(|error| {
        Failure::new(Exit::Failed, "cannot print the address of the fake").because(&error)
    })?;
    Output::new().write(&String::from_utf8_lossy(&lines))?;
    interrupt.wait().await;
    Ok(())
}
