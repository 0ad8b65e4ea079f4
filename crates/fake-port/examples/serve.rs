//! Serves a fake Port until Ctrl-C.
//!
//! Prints three lines: the address, the client id and the client secret.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use clap::Parser;
use fake_port::ServeArguments;

/// Serves a fake Port on 127.0.0.1 until Ctrl-C.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    serve: ServeArguments,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            // The first paragraph says what is wrong; the rest is help, which `--help` gives.
            let message = error.to_string();
            let what = message.lines().take_while(|line| !line.is_empty()).map(str::trim);
            eprintln!("{}", what.collect::<Vec<_>>().join(" "));
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
    let port = arguments.serve.serve().await?;
    // Polled in this order, so that Ctrl-C works once the lines are printed.
    tokio::try_join!(biased; tokio::signal::ctrl_c(), async { port.announce(io::stdout()) })?;
    Ok(())
}
