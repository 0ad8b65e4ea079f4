//! `send`: sends an event to a data source, as a third party does.

use std::error::Error as _;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use port_webhooks::connect_error::ConnectError;
use port_webhooks::types::Security;
use port_webhooks::{Error, Ingest};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::{ConnectionArguments, Format, SecretArguments, event_header};
use crate::environment::shown;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::post::{TlsArguments, UNTRUSTED};
use crate::terminal::{BOLD, note, styled};
use crate::{body, input, mask, show};

pub(crate) const EXAMPLES: &str = "\
Port accepts an event with 202, whatever becomes of it: a wrong signature, a disabled data source and a mapping \
    that fails show in Port alone. `port-webhooks map` shows what becomes of an event.

With IDENTIFIER, the URL and the security settings are read from Port. With --url or --url-from-env no credentials are \
    needed. The URL of a data source ends in its key, so it is a secret: only its host is shown.

An event is sent again only if it was certainly not accepted, or if the data source takes a repeated event once: its \
    `requestIdentifierPath` is set, or --repeatable says so.

Examples:
  port-webhooks send github --body push.json --header x-github-event:push
  port-webhooks send --url-from-env GITHUB_URL --body - --secret-from-env GITHUB_SECRET \\
      --signature-header x-hub-signature-256 --prefix sha256=";

#[derive(Args, Debug)]
// The query of the event, and not of requests to Port.
#[command(mut_arg("query", |query| {
    query.help("Parameter of the query of the event; repeatable").help_heading("Event")
}))]
pub(crate) struct Arguments {
    /// Identifier of the webhook, which Port is asked for
    #[arg(required_unless_present_any = ["url", "url_from_env"])]
    identifier: Option<String>,
    /// URL of the data source. Other users of this machine can see it in the list of processes: prefer --url-from-env
    #[arg(long, conflicts_with_all = ["identifier", "url_from_env"])]
    url: Option<String>,
    /// Variable with the URL of the data source
    #[arg(long, value_name = "NAME", conflicts_with = "identifier")]
    url_from_env: Option<String>,
    /// File with the body of the event, which is JSON; it is sent as it is; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = "Event")]
    body: PathBuf,
    /// Header of the event; repeatable
    #[arg(long = "header", value_name = "NAME:VALUE", help_heading = "Event")]
    headers: Vec<String>,
    /// Send the event again even if it may have been accepted already
    #[arg(long)]
    repeatable: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
    #[command(flatten)]
    tls: TlsArguments,
    #[command(flatten)]
    secret: SecretArguments,
    /// How events are signed, if there is a secret; default: as Port says of IDENTIFIER, or sha256
    #[arg(long, value_parser = algorithms(), help_heading = "Signature")]
    algorithm: Option<String>,
    /// Header of the signature; default: as Port says of IDENTIFIER
    #[arg(long, value_name = "NAME", help_heading = "Signature")]
    signature_header: Option<String>,
    /// Text before the signature; default: as Port says of IDENTIFIER, or none
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "Signature")]
    prefix: Option<String>,
    #[command(flatten)]
    connection: ConnectionArguments,
}

/// The values of `signatureAlgorithm` of a data source, and what they mean.
fn algorithms() -> PossibleValuesParser {
    PossibleValuesParser::new([
        PossibleValue::new("sha256").help("HMAC-SHA256 of the body, in hex"),
        PossibleValue::new("sha1").help("HMAC-SHA1 of the body, in hex"),
        PossibleValue::new("plain").help("The secret itself"),
    ])
}

/// What was sent, for programs.
#[derive(Serialize)]
struct Sent<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<&'a str>,
    /// Without the key.
    address: &'a str,
    signed: bool,
    status: u16,
    /// The body of the answer; null if it is empty.
    response: Value,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let body = input::read(&arguments.body)?;
    if let Some(why) = body::not_json(&body) {
        note(format!("the body {why}; Port takes only JSON"));
    }
    let events = sender(arguments).await?;
    let mut event = events.bytes(body);
    for header in &arguments.headers {
        // `=` is in no name of a header, so `NAME=VALUE`, as `trigger` has it, means the same.
        let (name, value) = event_header(header, &[':', '='])?;
        mask::refuse_text("--header", value)?;
        event = event.header(name, value);
    }
    for (name, value) in arguments.connection.query()? {
        event = event.query(name, value);
    }
    if arguments.repeatable {
        event = event.repeatable(true);
    }
    let (address, signed) = (events.address(), events.is_signed());
    let response = event.await.map_err(|error| failure(error).sent_to(address.clone()))?;
    let signature = if signed { "signed" } else { "not signed" };
    let text = || {
        let heading = format!("{} from {address} ({signature})\n", styled(BOLD, response.status));
        if response.body.is_empty() {
            return heading;
        }
        format!("{heading}{}\n", body::shown(&response.body))
    };
    let answer = match &*response.body {
        [] => Value::Null,
        body => serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into()),
    };
    let webhook = arguments.identifier.as_deref();
    let sent =
        Sent { webhook, address: &address, signed, status: response.status.as_u16(), response: answer };
    show::result(&mut Output::new(), arguments.output.of_a_file(), &sent, text)
}

/// A sender to the webhook, or to the URL that a flag or a variable names.
async fn sender(arguments: &Arguments) -> Result<Ingest> {
    let environment = arguments.connection.environment.read()?;
    let (flag, url) = match (&arguments.url, &arguments.url_from_env) {
        (Some(url), _) => ("--url".to_owned(), url.clone()),
        (None, Some(name)) => (format!("--url-from-env {}", shown(name)), environment.needed(name)?),
        (None, None) => return sender_to_webhook(arguments).await,
    };
    let mut security = Security::default();
    let secret = arguments.secret.read(&environment)?;
    if secret.is_some() {
        security.signature_algorithm = Some("sha256".into());
        if arguments.signature_header.is_none() {
            return Err(Failure::usage("--signature-header: needed to sign")
                .advice("`signatureHeaderName` of the data source has its name"));
        }
    } else if arguments.algorithm.is_none() && arguments.signature_header.is_none() {
        note("not signed: no --secret-from-env, --secret-file or --secret");
    } else {
        return Err(Failure::usage("no secret to sign with")
            .advice("--secret-from-env NAME or --secret-file FILE has it"));
    }
    change(arguments, &mut security, secret);
    let mut builder = arguments.connection.without_credentials(&environment)?;
    if let Some(http) = arguments.tls.http_of(&flag, &url).await? {
        builder = builder.http(http);
    }
    builder.build_ingest(url, &security).map_err(|error| {
        let failure = Failure::from(error);
        match failure.what().strip_prefix("url: ") {
            Some(why) => Failure::usage(format!("{flag}: {why}")),
            None => failure,
        }
    })
}

/// A sender to the webhook with this identifier, as Port describes it.
async fn sender_to_webhook(arguments: &Arguments) -> Result<Ingest> {
    let mut connection = arguments.connection.clone();
    connection.query.clear();
    let port = connection.open()?;
    let identifier = arguments.identifier.as_deref().unwrap_or_default();
    let mut webhook = port.ask(port.hooks.get(identifier)).await?;
    if webhook.enabled == Some(false) {
        note("the data source is disabled, so Port drops the event");
    }
    // Withholds variables from an address that a found file decides.
    let secret = arguments.secret.read(&port.environment)?;
    let security = webhook.security.get_or_insert_default();
    change(arguments, security, secret);
    let events = port.client.ingest(&webhook)?;
    let url = webhook.url.as_deref().unwrap_or_default();
    let Some(http) = arguments.tls.http_of("the webhook", url).await? else { return Ok(events) };
    let builder = arguments.connection.without_credentials(&port.environment)?.http(http);
    Ok(builder.build_ingest(url, &webhook.security.unwrap_or_default())?)
}

/// Why an event was not accepted, and what to do where a flag helps.
fn failure(error: Error) -> Failure {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<reqwest::Error>());
    let why = cause.map(ConnectError::of);
    let failure = Failure::from(error);
    match why {
        Some(ConnectError::Certificate(_)) => failure.advice(UNTRUSTED),
        _ => failure,
    }
}

/// Sets what flags say.
fn change(arguments: &Arguments, security: &mut Security, secret: Option<port_webhooks::types::Secret>) {
    if secret.is_some() {
        security.secret = secret;
    }
    if let Some(algorithm) = &arguments.algorithm {
        security.signature_algorithm = Some(algorithm.as_str().into());
    }
    if arguments.signature_header.is_some() {
        security.signature_header_name.clone_from(&arguments.signature_header);
    }
    if arguments.prefix.is_some() {
        security.signature_prefix.clone_from(&arguments.prefix);
    }
}
