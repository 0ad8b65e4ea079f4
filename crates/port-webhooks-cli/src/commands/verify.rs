//! `verify`: checks the signature of a body.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use port_webhooks_receiver::Verified;

use crate::arguments::{EnvironmentArguments, SecretsArguments, VerifyArguments, since_1970};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::input;
use crate::output::Output;
use crate::summary::title;
use crate::terminal::{GREEN, styled};

pub(crate) const EXAMPLES: &str = "\
The exit status is 0 if the signature is valid, 1 if it is not, and 2 if a flag or a file is wrong.

Examples:
  port-webhooks verify body.json --signature sha256=… --secret-from-env AUDIT_SECRET
  port-webhooks verify body.json --headers headers --secret-file old --secret-file new
  port-webhooks verify body.json --scheme timestamped --at 1700000000 \\
      --signature v1,… --timestamp 1700000000 --secret-from-env PORT_CLIENT_SECRET";

#[derive(Args, Debug)]
#[group(id = "shown", required = true, multiple = true, args = ["header", "headers", "signature"])]
pub(crate) struct Arguments {
    /// File with the body; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Header of the delivery; repeatable
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// File with the headers of the delivery, one per line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    headers: Option<PathBuf>,
    /// Value of the signature header
    #[arg(long, value_name = "VALUE")]
    signature: Option<String>,
    /// Value of the timestamp header
    #[arg(long, value_name = "VALUE")]
    timestamp: Option<String>,
    /// Time to take for the current one, in seconds or (13 digits) milliseconds since 1970
    #[arg(long, value_name = "TIME", value_parser = since_1970, help_heading = "Signature")]
    at: Option<Duration>,
    #[command(flatten)]
    secrets: SecretsArguments,
    #[command(flatten)]
    verify: VerifyArguments,
    #[command(flatten)]
    environment: EnvironmentArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let secrets = arguments.secrets.read(&arguments.environment.read()?)?;
    let verifier = arguments.verify.verifier(&secrets, arguments.at)?.ok_or_else(|| {
        Failure::usage("no secret to verify with").advice("give --secret-from-env, --secret-file or --secret")
    })?;
    let headers = headers(arguments)?;
    let body = input::read(&arguments.file)?;
    match verifier.verify_pairs(&headers, &body) {
        Ok(proven) => {
            Output::new().line(format!("{}: {}", styled(GREEN, "verified"), about(&proven, secrets.len())))
        }
        Err(error) => Err(Failure::new(Exit::Failed, format!("not verified: {error}"))),
    }
}

/// The headers of the delivery, as pairs: the verifier rejects a repeated one.
fn headers(arguments: &Arguments) -> Result<Vec<(String, String)>> {
    let mut lines = arguments.header.clone();
    if let Some(path) = &arguments.headers {
        let text = String::from_utf8_lossy(&input::read(path)?).into_owned();
        // It would be part of the name of the first header.
        if text.contains('\u{feff}') {
            return Err(Failure::usage(format!("{}: contains a byte order mark", input::name(path)))
                .advice("save the file as UTF-8 without one"));
        }
        // The first line of what `curl -D` writes is no header.
        let wanted = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("HTTP/"));
        lines.extend(wanted.map(str::to_owned));
    }
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| Failure::usage("--header and --headers: expected NAME: VALUE"))?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let scheme = &arguments.verify.scheme;
    let named = [
        (scheme.signature_header(), &arguments.signature),
        (scheme.timestamp_header(), &arguments.timestamp),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
    headers.extend(named);
    Ok(headers)
}

fn about(verified: &Verified<'_>, secrets: usize) -> String {
    let mut about = title(&verified.delivery());
    if secrets > 1 {
        let _ = write!(about, ", by secret {} of {secrets}", verified.secret_index() + 1);
    }
    about
}
