//! `sign`: the signature headers of a body.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::arguments::{SignArguments, since_1970};
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::{clock, input};

pub(crate) const EXAMPLES: &str = "\
Prints one header per line, as `curl -H @FILE` and `port-webhooks verify --headers FILE` read them.

Examples:
  port-webhooks sign body.json --secret-from-env AUDIT_SECRET
  port-webhooks sign body.json --scheme timestamped --secret-file secret > headers
  curl -H @headers --data-binary @body.json http://localhost:3000/port";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// File with the body; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Time to sign with in the timestamped scheme, in seconds or (13 digits) milliseconds since 1970; now by default
    #[arg(long, value_name = "TIME", value_parser = since_1970, help_heading = "Signature")]
    at: Option<Duration>,
    #[command(flatten)]
    sign: SignArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let signer = arguments.sign.signer()?.ok_or_else(|| {
        Failure::usage("no secret to sign with").advice("give --secret-from-env, --secret-file or --secret")
    })?;
    let body = input::read(&arguments.file)?;
    let headers = signer.sign_at(arguments.at.unwrap_or_else(clock::now), &body);
    let mut text = String::new();
    for (name, value) in &headers {
        let _ = writeln!(text, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    Output::new().write(&text)
}
