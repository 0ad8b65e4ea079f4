//! `send`: sends an event to a data source, as a third party does.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use port_webhooks::{Ingest, types::Security};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::{ConnectionArguments, Format, SecretArguments, name_and_value};
use crate::failure::{Failure, Result};
use crate::output::Output;
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
    secret: SecretArguments,
    /// How events are signed, if there is a secret; default: as Port says of IDENTIFIER, or sha256
    #[arg(long, value_enum, help_heading = "Signature")]
    algorithm: Option<Algorithm>,
    /// Header of the signature; default: as Port says of IDENTIFIER
    #[arg(long, value_name = "NAME", help_heading = "Signature")]
    signature_header: Option<String>,
    /// Text before the signature; default: as Port says of IDENTIFIER, or none
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "Signature")]
    prefix: Option<String>,
    #[command(flatten)]
    connection: ConnectionArguments,
}

/// `signatureAlgorithm` of a data source.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Algorithm {
    /// HMAC-SHA256 of the body, in hex
    Sha256,
    /// HMAC-SHA1 of the body, in hex
    Sha1,
    /// The secret itself
    Plain,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha1 => "sha1",
            Self::Plain => "plain",
        }
    }
}

/// What was sent, for programs.
#[derive(Serialize)]
struct Sent {
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<String>,
    /// Without the key.
    address: String,
    signed: bool,
    status: u16,
    /// The body of the answer; null if it is empty.
    response: Value,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let body = input::read(&arguments.body)?;
    if body::json(&body).is_none() {
        note("the body is not JSON, which is all that Port takes");
    }
    let events = sender(arguments).await?;
    let mut event = events.bytes(body);
    for header in &arguments.headers {
        // `=` is in no name of a header, so `NAME=VALUE`, as `trigger` has it, means the same.
        let (name, value) = header
            .split_once([':', '='])
            .filter(|(name, _)| !name.trim().is_empty())
            .ok_or_else(|| Failure::usage("--header: expected NAME:VALUE"))?;
        mask::refuse_text("--header", value)?;
        event = event.header(name.trim(), value.trim());
    }
    for text in &arguments.connection.query {
        let (name, value) = name_and_value("--query", text)?;
        event = event.query(name, value);
    }
    let response = if arguments.repeatable { event.repeatable(true).await? } else { event.await? };
    let (address, signed) = (events.address(), events.is_signed());
    let mut output = Output::new();
    if let Some(format) = arguments.output.of_a_file() {
        let text = || Value::from(String::from_utf8_lossy(&response.body));
        let answer = match &*response.body {
            [] => Value::Null,
            body => serde_json::from_slice(body).unwrap_or_else(|_| text()),
        };
        let status = response.status.as_u16();
        let sent = Sent { webhook: arguments.identifier.clone(), address, signed, status, response: answer };
        return show::structured(&mut output, format, &sent);
    }
    let signed = if signed { "signed" } else { "not signed" };
    output.line(format!("{} from {address} ({signed})", styled(BOLD, response.status)))?;
    if !response.body.is_empty() {
        output.line(body::shown(&response.body))?;
    }
    Ok(())
}

async fn sender(arguments: &Arguments) -> Result<Ingest> {
    let environment = arguments.connection.environment.read()?;
    let url = match (&arguments.url, &arguments.url_from_env) {
        (Some(url), _) => Some(url.clone()),
        (None, name) => name.as_ref().map(|name| environment.needed(name)).transpose()?,
    };
    let Some(url) = url else {
        let mut connection = arguments.connection.clone();
        connection.query.clear();
        let port = connection.open()?;
        let identifier = arguments.identifier.as_deref().unwrap_or_default();
        let mut webhook = port.ask(port.hooks.get(identifier)).await?;
        // Withholds variables from an address that a found file decides.
        let secret = arguments.secret.read(&port.environment)?;
        let security = webhook.security.get_or_insert_default();
        change(arguments, security, secret);
        return Ok(port.client.ingest(&webhook)?);
    };
    let mut security = Security::default();
    let secret = arguments.secret.read(&environment)?;
    if secret.is_some() {
        security.signature_algorithm = Some(Algorithm::Sha256.name().into());
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
    Ok(arguments.connection.without_credentials(&environment)?.build_ingest(url, &security)?)
}

/// Sets what flags say.
fn change(arguments: &Arguments, security: &mut Security, secret: Option<port_webhooks::types::Secret>) {
    if secret.is_some() {
        security.secret = secret;
    }
    if let Some(algorithm) = arguments.algorithm {
        security.signature_algorithm = Some(algorithm.name().into());
    }
    if arguments.signature_header.is_some() {
        security.signature_header_name.clone_from(&arguments.signature_header);
    }
    if arguments.prefix.is_some() {
        security.signature_prefix.clone_from(&arguments.prefix);
    }
}
