//! `trigger`: sends a signed delivery to a receiver; needs no account.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use port_webhooks_receiver::Delivery;

use crate::arguments::{SignArguments, USER_AGENT, delivery, header_and_value, seconds};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::post::{MAX_BODY, ResponseBody, Target, TlsArguments};
use crate::terminal::{BOLD, note, one_line, styled};
use crate::{agent, body, catalogue, clock, input, mask};

pub(crate) const EXAMPLES: &str = "\
The body is the example that `port-webhooks events EVENT` shows, with the current time, or a file as \
    it is. With --method GET or DELETE it may be empty: then no event and no file is needed. Live Port \
    signs in the scheme `timestamped`. The exit status is 0 if the answer is a success (2xx).

Examples:
  port-webhooks trigger entity.created --to http://localhost:3000/port \\
      --secret-from-env AUDIT_SECRET
  port-webhooks trigger --file body.json --to http://localhost:3000/port \\
      --scheme timestamped --secret-file secret
  port-webhooks trigger change.updated --to localhost:3000/port --scheme timestamped \\
      --milliseconds --agent --secret-from-env PORT_CLIENT_SECRET
  port-webhooks events run.completed | jq '.data.run.status = \"FAILURE\"' |
      port-webhooks trigger --file - --to http://localhost:3000/port";

const METHODS: [&str; 5] = ["POST", "PUT", "PATCH", "DELETE", "GET"];

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Event or delivery, such as entity.created or invocation. With --file, what the file must be
    #[arg(value_parser = delivery(), hide_possible_values = true)]
    event: Option<String>,
    /// URL to send to, such as localhost:3000/port
    #[arg(long, value_name = "URL")]
    to: String,
    /// File to send as it is; `-` is standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Method to send with
    #[arg(long, value_name = "METHOD", default_value = "POST", ignore_case = true, value_parser = METHODS)]
    method: String,
    /// Send as the Port agent does: compact JSON is signed, and sent with spaces; in the timestamped scheme
    #[arg(long)]
    agent: bool,
    /// Header to send; repeatable
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    header: Vec<String>,
    /// Time limit of the answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = seconds())]
    timeout: u64,
    #[command(flatten)]
    tls: TlsArguments,
    #[command(flatten)]
    sign: SignArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let timeout = Duration::from_secs(arguments.timeout);
    let target = Target::new("--to", &arguments.to, timeout, &arguments.tls).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    for header in &arguments.header {
        let (name, value) = parse_header(header)?;
        headers.insert(name, value);
    }
    let method = Method::from_bytes(arguments.method.to_ascii_uppercase().as_bytes())
        .map_err(|_| Failure::usage("--method: not a method"))?;
    let mut body = body_of(arguments, &method)?;
    arguments.sign.scheme.needs_timestamps("--agent", arguments.agent)?;
    let content = if arguments.agent { agent::signed(&body) } else { body.clone() };
    if arguments.agent {
        body = agent::sent(&body);
    }
    match arguments.sign.signer()? {
        // The signature replaces a header of the same name, as with Port.
        Some(signer) => headers.extend(signer.sign(&content)),
        None => note("not signed: no --secret-from-env, --secret-file or --secret"),
    }
    let response = target.send(method, headers, Bytes::from(body)).await?;
    let mut output = Output::new();
    output.line(format!("{} in {} ms", styled(BOLD, response.status), response.milliseconds))?;
    match &response.body {
        ResponseBody::Whole(body) if body.is_empty() => {}
        ResponseBody::Whole(body) => output.line(body::shown(body))?,
        ResponseBody::TooLarge => note(format!("the body is larger than {MAX_BODY} bytes: not shown")),
        ResponseBody::Stream(start, _) => {
            output.line(body::shown(start))?;
            note("the body is a stream: its rest is not shown");
        }
    }
    if response.status.is_success() {
        return Ok(());
    }
    let what = format!("{} answered {}", target.name(), response.status);
    Err(Failure::new(Exit::Failed, what))
}

fn body_of(arguments: &Arguments, method: &Method) -> Result<Vec<u8>> {
    match (&arguments.event, &arguments.file) {
        (event, Some(file)) => {
            let body = input::read(file)?;
            event.as_deref().map_or(Ok(()), |event| check_event(event, &body))?;
            Ok(body)
        }
        (Some(event), None) => {
            let entry = catalogue::find(event)?;
            let body = entry.example_at(&clock::timestamp()).into_bytes();
            // Live Port sends compact JSON.
            Ok(if entry.is_live() { agent::signed(&body) } else { body })
        }
        (None, None) if matches!(*method, Method::GET | Method::DELETE) => Ok(Vec::new()),
        (None, None) => Err(Failure::usage("nothing to send: name an event, or a file with --file")
            .advice("`port-webhooks events` lists the events")),
    }
}

/// Fails if a file is for another event than the named one. A body need not name any event.
fn check_event(event: &str, body: &[u8]) -> Result<()> {
    let delivery = Delivery::new(Bytes::copy_from_slice(body));
    let live = catalogue::find(event).ok().filter(|entry| entry.is_live());
    let other = match live {
        Some(entry) => Some(catalogue::shape(&delivery)).filter(|shape| *shape != entry.shape),
        None => delivery.event_name().filter(|name| *name != event),
    };
    match other {
        Some(other) => Err(Failure::usage(format!("the file is for {}, not {event}", one_line(other)))),
        None => Ok(()),
    }
}

/// A header of the request. An error repeats no value.
fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue)> {
    let (name, value) = header_and_value("--header", text)?;
    mask::refuse_text("--header", value)?;
    let wrong = |what: &str| Failure::usage(format!("--header: {what}"));
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("the name cannot be sent"))?;
    let mut value =
        HeaderValue::from_str(value).map_err(|_| wrong(&format!("the value of {name} cannot be sent")))?;
    value.set_sensitive(true);
    Ok((name, value))
}
