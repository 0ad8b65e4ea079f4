//! Every operation on the page of Port's webhooks service, one after another.
//!
//! `cargo run -p port-webhooks --example quickstart` starts a fake Port in this process and uses it. With
//! `PORT_CLIENT_ID` and `PORT_CLIENT_SECRET`, or `PORT_ACCESS_TOKEN`, and `PORT_BASE_URL` if it is not Port's own, it
//! uses that server, with its own identifier, and removes what it created.

use std::env;
use std::io::Write as _;
use std::process::ExitCode;

use fake_port::FakePort;
use port_webhooks::{Client, Error, ErrorKind, EventType, NewWebhook, Outcome, WebhookPatch, Webhooks};

/// Prints a line. A closed pipe is ignored, so that the webhook is removed all the same.
macro_rules! say {
    ($($text:tt)*) => {{
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

/// Any of these variables selects a real server.
const SETTINGS: [&str; 4] = ["PORT_CLIENT_ID", "PORT_CLIENT_SECRET", "PORT_ACCESS_TOKEN", "PORT_BASE_URL"];

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error}"));
            let mut cause = std::error::Error::source(&*error);
            while let Some(error) = cause {
                complain(&format!("  because: {error}"));
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    if SETTINGS.iter().any(|name| env::var_os(name).is_some()) {
        let port = Client::from_env()?;
        say!("Using Port at {}", port.base_url());
        return walk_and_clean_up(&port.webhooks(), &own_identifier()).await;
    }
    let fake = FakePort::start().await;
    let port =
        Client::builder().credentials(fake.client_id(), fake.client_secret()).base_url(fake.uri()).build()?;
    say!("Using a fake Port at {}", fake.uri());
    walk_and_clean_up(&port.webhooks(), "entity-updated-webhook").await
}

/// Takes the walk, and removes the webhook when a step fails or Ctrl-C ends it.
async fn walk_and_clean_up(hooks: &Webhooks, identifier: &str) -> Result<(), Box<dyn std::error::Error>> {
    let walked: Result<(), Box<dyn std::error::Error>> = tokio::select! {
        walked = walk(hooks, identifier) => walked.map_err(Into::into),
        _ = tokio::signal::ctrl_c() => Err("stopped by Ctrl-C".into()),
    };
    if let Err(error) = &walked {
        // A rejected create created nothing, and a webhook with that identifier belongs to somebody else.
        let error: Option<&Error> = error.downcast_ref();
        let rejected = error.is_some_and(|error| {
            error.operation() == Some("create_webhook")
                && matches!(error.outcome(), Outcome::NotSent | Outcome::NotApplied)
        });
        if !rejected {
            clean_up(hooks, identifier).await;
        }
    }
    walked
}

fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

async fn clean_up(hooks: &Webhooks, identifier: &str) {
    match hooks.delete(identifier).await {
        Ok(_) => complain(&format!("removed {identifier}")),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => complain(&format!("could not remove {identifier}: {error}")),
    }
}

async fn create(hooks: &Webhooks, identifier: &str) -> Result<(), Error> {
    let webhook = hooks
        .create(
            NewWebhook::subscription(identifier, "https://api.example.com/webhooks/port")
                .title("Entity Updated Notifications")
                .description("Webhook for entity update events")
                .events([EventType::EntityCreated, EventType::EntityUpdated])
                .header("Authorization", "Bearer your-api-token")
                .header("Content-Type", "application/json")
                .secret("your-webhook-secret"),
        )
        .await?;
    say!("\ncreated {identifier}");
    say!("  url      {}", webhook.url.as_deref().unwrap_or("-"));
    say!("  events   {}", names(webhook.events.as_deref()));
    say!("  secret   {:?}", webhook.security.and_then(|security| security.secret));
    Ok(())
}

async fn walk(hooks: &Webhooks, identifier: &str) -> Result<(), Error> {
    create(hooks, identifier).await?;

    let all = hooks.list().await?;
    say!("\nlisted, {} with ours", if all.iter().count() == 1 { "one webhook" } else { "all webhooks" });
    for webhook in all.iter().filter(|webhook| webhook.identifier == identifier) {
        say!("  {} -> {}", webhook.identifier, webhook.url.as_deref().unwrap_or("-"));
    }

    let page = hooks.list().page(1).per_page(10).await?;
    say!("listed by page, 10 at most: {}", if page.iter().count() <= 10 { "yes" } else { "no" });

    let mut all = hooks.list().stream();
    let mut found = false;
    while let Some(webhook) = all.try_next().await? {
        found |= webhook.identifier == identifier;
    }
    say!("streamed every page, ours among them: {}", if found { "yes" } else { "no" });

    let webhook = hooks.get(identifier).await?;
    say!("\ngot {}: {}", webhook.identifier, webhook.title.as_deref().unwrap_or("no title"));

    let changed = WebhookPatch::new().url("https://api.example.com/webhooks/port/v2").events([
        EventType::EntityCreated,
        EventType::EntityUpdated,
        EventType::EntityDeleted,
    ]);
    let webhook = hooks.update(identifier, changed).await?;
    say!("\nupdated {}", webhook.identifier);
    say!("  url      {}", webhook.url.as_deref().unwrap_or("-"));
    say!("  events   {}", names(webhook.events.as_deref()));

    say!("\nan update with an invalid URL");
    show(
        hooks.update(identifier, WebhookPatch::new().url("not a url")).await.map(|_| ()),
        ErrorKind::Validation,
    )?;

    say!("\ndeleted {identifier}: {}", hooks.delete(identifier).await?);

    say!("\nand deleted again");
    show(hooks.delete(identifier).await.map(|_| ()), ErrorKind::NotFound)
}

/// Shows the expected error, and returns any other.
fn show(result: Result<(), Error>, expected: ErrorKind) -> Result<(), Error> {
    match result {
        Err(error) if error.kind() == expected => {
            say!("  kind     {:?}", error.kind());
            say!("  message  {}", error.message().unwrap_or("-"));
            Ok(())
        }
        Err(error) => Err(error),
        Ok(()) => {
            say!("  no error; {expected:?} was expected");
            Ok(())
        }
    }
}

fn names(events: Option<&[EventType]>) -> String {
    events.unwrap_or_default().iter().map(EventType::as_str).collect::<Vec<_>>().join(", ")
}

/// Unique, and short enough for Port.
#[allow(clippy::disallowed_methods)] // used as a unique number, not as a time
fn own_identifier() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("quickstart-{:x}-{:x}", std::process::id(), now.as_millis())
}
