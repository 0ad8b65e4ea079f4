//! `listen`: shows deliveries as they arrive, and forwards them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::{RwLock, mpsc};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::arguments::{ConnectionArguments, Report, SecretsArguments, VerifyArguments, event, seconds};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::inspect::{InspectArguments, Masker, Source};
use crate::listen::{Forwarder, Message, Receiver, Registration, Resigner, random_secret, serve};
use crate::mask::mask_url;
use crate::output::Output;
use crate::post::{Target, TlsArguments};
use crate::signals::Interrupt;
use crate::terminal::{note, one_line};
use crate::{catalogue, web_url};

/// How long writing the last deliveries may take after Ctrl-C.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(crate) const EXAMPLES: &str = "\
Listens on 127.0.0.1. A delivery with an invalid signature is shown, rejected and not forwarded. A \
    forwarded delivery keeps its body and its headers, and its sender gets the answer to it. Nothing \
    is sent except to --forward-to and, with --register, to Port.

Examples:
  port-webhooks listen --port 8080 --secret-from-env AUDIT_SECRET
  port-webhooks listen --secret-file secret --forward-to http://localhost:3000/port
  port-webhooks listen --inspect --forward-to localhost:3000/port
  port-webhooks listen --port 8080 --register \\
      --public-url https://my-tunnel.example.com --event run.completed";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Port to listen on; 0 chooses a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Address to listen on; 0.0.0.0 in a container
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: String,
    /// URL to forward deliveries to, such as localhost:3000/port
    #[arg(long, value_name = "URL")]
    forward_to: Option<String>,
    /// Time limit of its answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = seconds(), requires = "forward_to")]
    forward_timeout: u64,
    #[command(flatten)]
    tls: TlsArguments,
    /// Output format; JSON is one object per line
    #[arg(short, long, value_enum, default_value_t = Report::Text)]
    output: Report,
    /// Create a webhook for this session and delete it at the end
    #[arg(long, requires = "public_url", help_heading = "Register")]
    register: bool,
    /// URL at which Port reaches this receiver, such as that of a tunnel
    #[arg(long, value_name = "URL", requires = "register", help_heading = "Register")]
    public_url: Option<String>,
    /// Event to deliver; comma-separated or repeated; all events by default
    #[arg(
        long = "event",
        value_name = "EVENT",
        value_delimiter = ',',
        value_parser = event(),
        hide_possible_values = true,
        requires = "register",
        help_heading = "Register"
    )]
    events: Vec<String>,
    #[command(flatten)]
    inspect: InspectArguments,
    #[command(flatten)]
    secrets: SecretsArguments,
    #[command(flatten)]
    verify: VerifyArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    // Check everything before a webhook is created.
    let port = arguments.register.then(|| arguments.connection.open()).transpose()?;
    for event in &arguments.events {
        catalogue::check_event("--event", event)?;
    }
    let mut secrets = match &port {
        // The secret is sent to Port with the webhook.
        Some(port) => arguments.secrets.read(&port.environment)?,
        None => arguments.secrets.read(&arguments.connection.environment.read()?)?,
    };
    if port.is_some() && secrets.is_empty() {
        secrets.push(random_secret()?);
    }
    let timeout = Duration::from_secs(arguments.forward_timeout);
    let forward_to = match &arguments.forward_to {
        Some(url) => Some(Target::new("--forward-to", url, timeout, &arguments.tls).await?),
        None if arguments.tls.is_empty() => None,
        None => return Err(Failure::usage("--ca-file and --accept-self-signed need --forward-to")),
    };
    let masked_url = match &arguments.public_url {
        Some(url) => mask_url(web_url::parse("--public-url", url)?.as_str()),
        None => String::new(),
    };
    let (listener, address) = bind(&arguments.host, arguments.port).await?;
    if forward_to.as_ref().is_some_and(|target| target.is_at(address.port())) {
        let what = format!("--forward-to: at port {} of this machine is `listen` itself", address.port());
        return Err(Failure::usage(what).advice("give another --port, or 0 for a free one"));
    }
    if !address.ip().is_loopback() {
        note(format!("warning: whoever reaches {address} can send here, not only this machine"));
    }
    let (messages, arriving) = mpsc::channel(16);
    let scheme = &arguments.verify.scheme;
    let shows_secrets = arguments.inspect.shows_secrets();
    let masker = Masker::new(shows_secrets, &secrets, scheme.signature_header(), scheme.is_plain());
    let inspector = arguments.inspect.open(masker).await?;
    let signer = secrets.first().map(|secret| Resigner {
        scheme: scheme.clone(),
        secret: secret.clone(),
        agent: arguments.verify.agent,
    });
    let forwarder =
        forward_to.clone().map(|target| Box::new(Forwarder { target, signer, interrupt: interrupt.clone() }));
    let receiver = Receiver {
        verifier: arguments.verify.verifier(&secrets, None)?,
        secrets: secrets.len(),
        max_body: arguments.verify.max_body,
        forward_to,
        inspected: inspector.as_ref().map(|inspector| Arc::clone(&inspector.log)),
        messages: messages.clone(),
        interrupt: interrupt.clone(),
        under_way: RwLock::new(()),
    };
    if secrets.is_empty() {
        note("signatures are not verified: no --secret-from-env, --secret-file or --secret");
    }
    // Serve before announcing and registering.
    let serving = tokio::spawn(serve(listener, receiver));
    let registration = match (&port, &arguments.public_url, secrets.as_slice()) {
        (Some(port), Some(url), [secret, ..]) => {
            let made = Registration::create(port, &interrupt, url, &arguments.events, secret).await?;
            note(format!("registered webhook {} at {}", made.identifier, one_line(&masked_url)));
            Some(made)
        }
        _ => None,
    };
    if let Some(inspector) = inspector {
        inspector.serve(reachable(address), Source::Receiver(forwarder))?;
    }
    note(format!("listening at http://{address}"));
    let shown = show(arguments.output, &interrupt, serving, messages, arriving).await;
    match registration {
        // Remove the webhook before reporting why the output ended.
        Some(registration) => registration.remove(&interrupt).await.and(shown),
        None => shown,
    }
}

/// The URL at which a program of this machine reaches the address.
fn reachable(mut address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    format!("http://{address}")
}

/// Shows deliveries until Ctrl-C, or until the reader closes standard output. Those that arrived before Ctrl-C are shown
/// as well, unless the reader pauses, as `less` does.
async fn show(
    format: Report,
    interrupt: &Interrupt,
    serving: JoinHandle<Result<()>>,
    messages: mpsc::Sender<Message>,
    arriving: mpsc::Receiver<Message>,
) -> Result<()> {
    let mut showing = spawn_blocking(move || write(format, arriving));
    let shown = tokio::select! {
        biased;
        shown = &mut showing => shown,
        () = interrupt.wait() => {
            // Respond to the deliveries under way first.
            serving.await.unwrap_or(Ok(()))?;
            let ending = async {
                let _ = messages.send(None).await;
                showing.await
            };
            timeout(LAST_WORDS, ending).await.unwrap_or(Ok(Ok(())))
        }
    };
    shown.unwrap_or(Ok(()))
}

/// Writes deliveries until there are no more, or the reader closes standard output.
fn write(format: Report, mut arriving: mpsc::Receiver<Message>) -> Result<()> {
    let mut output = Output::new();
    while let Some(Some(report)) = arriving.blocking_recv() {
        output.write(&report.text(format)?)?;
        if output.is_closed() {
            break;
        }
    }
    Ok(())
}

/// Listens; the returned address has the port that the system chose.
async fn bind(host: &str, port: u16) -> Result<(TcpListener, SocketAddr)> {
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let bound = TcpListener::bind((name, port)).await.and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|error| {
        Failure::new(Exit::Failed, format!("cannot listen on {host}, port {port}")).because(&error)
    })
}
