//! Serves a fake Port until Ctrl-C.
//!
//! Prints three lines: the address, the client id and the client secret.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use fake_port::{FakePort, Profile};

/// Serves a fake Port on 127.0.0.1 until Ctrl-C.
#[derive(Parser)]
struct Arguments {
    /// The port to listen on; 0 for any that is free.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The contract to follow.
    #[arg(long, value_enum, default_value_t = Contract::Documented)]
    profile: Contract,
}

#[derive(Clone, Copy, ValueEnum)]
enum Contract {
    Documented,
    Live,
}

impl From<Contract> for Profile {
    fn from(contract: Contract) -> Self {
        match contract {
            Contract::Documented => Self::Documented,
            Contract::Live => Self::Live,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            // The first line says what is wrong; the rest is help, which `--help` gives.
            let message = error.to_string();
            eprintln!("{}", message.lines().next().unwrap_or_default());
            return ExitCode::from(2);
        }
        Err(help) => help.exit(),
    };
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            eprintln!("error: {error}{cause}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let port = FakePort::builder().profile(arguments.profile.into()).port(arguments.port).start().await?;
    // Polled in this order, so that Ctrl-C is heard by the time the lines are out.
    tokio::try_join!(biased; tokio::signal::ctrl_c(), async { announce(&port) })?;
    Ok(())
}

fn announce(port: &FakePort) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{}\n{}\n{}", port.uri(), port.client_id(), port.client_secret())?;
    out.flush()
}
