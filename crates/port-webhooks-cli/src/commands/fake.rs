//! `fake`: a fake Port on this machine.

use std::error::Error as _;
use std::sync::Arc;

use clap::Args;
use fake_port::{Builder, ServeArguments, ServeError, StartError};

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::inspect::{InspectArguments, Masker, Source};
use crate::output::Output;
use crate::signals::Interrupt;

pub(crate) const EXAMPLES: &str = "\
Prints the address, the client id and the client secret, one per line, and runs until Ctrl-C. Routes \
    under /_fake seed it, inject faults, emit events and tell what it received: see the README of \
    fake-port.

Examples:
  port-webhooks fake --port 4010
  port-webhooks fake --profile live --seed webhooks.json --rate-limit 100/60
  port-webhooks fake --inspect --deliver-changes
  port-webhooks fake --faults plan.json --record 1000 --deliver-changes";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    serve: ServeArguments,
    #[command(flatten)]
    inspect: InspectArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    // Before the address is printed: a script may send a signal from then on.
    let interrupt = Interrupt::listen()?;
    let masker = Masker::new(arguments.inspect.shows_secrets(), &[], "x-port-signature", false);
    let inspector = arguments.inspect.open(masker).await?;
    let log = inspector.as_ref().map(|inspector| Arc::clone(&inspector.log));
    let observed = |builder: Builder| match log {
        Some(log) => builder.on_activity(move |activity| log.observed(activity)),
        None => builder,
    };
    let port = arguments.serve.serve_with(observed).await.map_err(|error| {
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
    // The fake ends when it is dropped, and the page has it then.
    let _port = match inspector {
        Some(inspector) => {
            inspector.serve(port.uri(), Source::Fake(Box::new(port)))?;
            None
        }
        None => Some(port),
    };
    interrupt.wait().await;
    Ok(())
}
