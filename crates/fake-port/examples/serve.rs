//! Serves a fake Port until Ctrl-C.
//!
//! Prints three lines: the address, the client id and the client secret.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fmt, fs};

use clap::{Parser, ValueEnum};
use fake_port::{
    Deliveries, FakePort, FaultPlan, Profile, RateLimit, Recording, Reset, Scheme, Waits, parse_seeds,
};

/// Serves a fake Port on 127.0.0.1 until Ctrl-C.
#[derive(Parser)]
struct Arguments {
    /// The port to listen on; 0 for any that is free.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The contract to follow.
    #[arg(long, value_enum, default_value_t = Contract::Documented)]
    profile: Contract,
    /// The client id that is given a token.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The client secret that is given a token.
    #[arg(long, value_name = "SECRET")]
    client_secret: Option<String>,
    /// A JSON file of webhooks that are there from the start.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// How many requests are answered in as many seconds, such as 100/60.
    #[arg(long, value_name = "REQUESTS/SECONDS")]
    rate_limit: Option<RateLimit>,
    /// What `x-ratelimit-reset` says.
    #[arg(long, value_enum, default_value_t = ResetForm::Epoch, requires = "rate_limit")]
    rate_limit_reset: ResetForm,
    /// A JSON file with a plan of faults.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// How many requests, writes and deliveries to remember.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    record: usize,
    /// How deliveries are signed.
    #[arg(long, value_enum, default_value_t = Signature::Body)]
    scheme: Signature,
    /// Deliver what clients change through the API too.
    #[arg(long)]
    deliver_changes: bool,
    /// Deliver to other machines than this one too.
    #[arg(long)]
    deliver_anywhere: bool,
    /// Do without the routes below /_fake.
    #[arg(long)]
    no_admin: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Contract {
    Documented,
    Live,
}

#[derive(Clone, Copy, ValueEnum)]
enum ResetForm {
    /// Seconds since 1970.
    Epoch,
    /// Milliseconds since 1970.
    EpochMs,
    /// Seconds to wait.
    Wait,
}

#[derive(Clone, Copy, ValueEnum)]
enum Signature {
    /// Of the body.
    Body,
    /// Of a timestamp and the body.
    Timestamped,
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
    let mut deliveries = Deliveries::new().waits(Waits::Real).scheme(match arguments.scheme {
        Signature::Body => Scheme::Body,
        Signature::Timestamped => Scheme::Timestamped,
    });
    if arguments.deliver_changes {
        deliveries = deliveries.of_changes();
    }
    if arguments.deliver_anywhere {
        deliveries = deliveries.anywhere();
    }
    let mut builder = FakePort::builder()
        .port(arguments.port)
        .profile(match arguments.profile {
            Contract::Documented => Profile::Documented,
            Contract::Live => Profile::Live,
        })
        .record(Recording::Last(arguments.record))
        .admin(!arguments.no_admin)
        .deliveries(deliveries);
    if let Some(id) = arguments.client_id {
        builder = builder.client_id(id);
    }
    if let Some(secret) = arguments.client_secret {
        builder = builder.client_secret(secret);
    }
    if let Some(file) = &arguments.seed {
        builder = builder.webhooks(read(file, parse_seeds)?);
    }
    if let Some(limit) = arguments.rate_limit {
        builder = builder.rate_limit(limit.reset(match arguments.rate_limit_reset {
            ResetForm::Epoch => Reset::EpochSeconds,
            ResetForm::EpochMs => Reset::EpochMilliseconds,
            ResetForm::Wait => Reset::SecondsToWait,
        }));
    }
    if let Some(file) = &arguments.faults {
        builder = builder.faults(read(file, str::parse::<FaultPlan>)?);
    }
    let port = builder.serve().await?;
    // Polled in this order, so that Ctrl-C is heard by the time the lines are out.
    tokio::try_join!(biased; tokio::signal::ctrl_c(), async { announce(&port) })?;
    Ok(())
}

/// Reads a file; an error names it.
fn read<T, E: fmt::Display>(file: &Path, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, String> {
    let text =
        fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    parse(&text).map_err(|error| format!("{}: {error}", file.display()))
}

fn announce(port: &FakePort) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{}\n{}\n{}", port.uri(), port.client_id(), port.client_secret())?;
    out.flush()
}
