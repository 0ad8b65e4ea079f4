//! `trigger`: a signed delivery to a receiver, without any account.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use port_webhooks_receiver::DeliveryRef;

use crate::arguments::{EnvironmentArguments, SchemeArguments, SecretArguments, header_and_value, seconds};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::post::{AnswerBody, MAX_BODY, Target, TlsArguments};
use crate::terminal::{BOLD, note, one_line, styled};
use crate::{body, catalogue, clock, input, mask};

pub(crate) const EXAMPLES: &str = "\
The body is the example that `port-webhooks events EVENT` shows, with the current time, or a file as \
    it is. The exit status is 0 if the answer is a success (2xx).

Examples:
  port-webhooks trigger entity.created --to http://localhost:3000/port \\
      --secret-from-env AUDIT_SECRET
  port-webhooks trigger --file body.json --to http://localhost:3000/port \\
      --scheme timestamped --secret-file secret
  port-webhooks events run.completed | jq '.data.run.status = \"FAILURE\"' |
      port-webhooks trigger --file - --to http://localhost:3000/port";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Event, such as entity.created. With --file, the event that the file must have
    #[arg(required_unless_present = "file")]
    event: Option<String>,
    /// URL to send to
    #[arg(long, value_name = "URL")]
    to: String,
    /// File to send as it is; `-` is standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Header to send; repeatable
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    header: Vec<String>,
    /// Time limit of the answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = seconds())]
    timeout: u64,
    #[command(flatten)]
    tls: TlsArguments,
    #[command(flatten)]
    secret: SecretArguments,
    #[command(flatten)]
    scheme: SchemeArguments,
    #[command(flatten)]
    environment: EnvironmentArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let timeout = Duration::from_secs(arguments.timeout);
    let target = Target::new("--to", &arguments.to, timeout, &arguments.tls).await?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("port-webhooks-cli/", env!("CARGO_PKG_VERSION"))),
    );
    for header in &arguments.header {
        let (name, value) = self::header(header)?;
        headers.insert(name, value);
    }
    let body = match (&arguments.event, &arguments.file) {
        (event, Some(file)) => {
            let body = input::read(file)?;
            event.as_deref().map_or(Ok(()), |event| check_event(event, &body))?;
            body
        }
        (Some(event), None) => catalogue::find(event)?.example_at(&clock::timestamp()).into_bytes(),
        (None, None) => return Err(Failure::usage("no event given")),
    };
    match arguments.secret.read(&arguments.environment.read()?)? {
        // As Port does, the signature stands above a header of the same name.
        Some(secret) => headers.extend(arguments.scheme.signer(&secret)?.sign(&body)),
        None => note("not signed: no --secret-from-env, --secret-file or --secret"),
    }
    let answer = target.send(Method::POST, headers, Bytes::from(body)).await?;
    let mut output = Output::new();
    output.line(format!("{} in {} ms", styled(BOLD, answer.status), answer.milliseconds))?;
    match &answer.body {
        AnswerBody::Whole(body) if body.is_empty() => {}
        AnswerBody::Whole(body) => output.line(body::shown(body))?,
        AnswerBody::TooLarge => note(format!("the body is larger than {MAX_BODY} bytes: not shown")),
        AnswerBody::Stream(start, _) => {
            output.line(body::shown(start))?;
            note("the body is a stream: its rest is not shown");
        }
    }
    if answer.status.is_success() {
        return Ok(());
    }
    let what = format!("{} answered {}", target.name(), answer.status);
    Err(Failure::new(Exit::Failed, what))
}

/// That a file names another event than the one that was named is a mistake. A body need not name any.
fn check_event(event: &str, body: &[u8]) -> Result<()> {
    let named = DeliveryRef::from_slice(body).ok();
    match named.as_ref().and_then(DeliveryRef::event) {
        Some(other) if other != event => {
            Err(Failure::usage(format!("the file is for event {}, not {event}", one_line(other))))
        }
        _ => Ok(()),
    }
}

/// A header of the request. An error repeats no value.
fn header(text: &str) -> Result<(HeaderName, HeaderValue)> {
    let (name, value) = header_and_value("--header", text)?;
    mask::refuse_text("--header", value)?;
    let wrong = |what: &str| Failure::usage(format!("--header: {what}"));
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("the name cannot be sent"))?;
    let mut value =
        HeaderValue::from_str(value).map_err(|_| wrong(&format!("the value of {name} cannot be sent")))?;
    value.set_sensitive(true);
    Ok((name, value))
}
