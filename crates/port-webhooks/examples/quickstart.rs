//! Everything on the page of Port's webhooks service, one step after another.
//!
//! `cargo run -p port-webhooks --example quickstart` starts a fake Port in this process and uses
//! that. With `PORT_CLIENT_ID` and `PORT_CLIENT_SECRET` set, and `PORT_BASE_URL` if wanted, it does
//! the same against that server, under an identifier of its own, and removes what it made.

use std::env;
use std::process::ExitCode;

use fake_port::FakePort;
use port_webhooks::{Client, Error, ErrorKind, EventType, NewWebhook, Outcome, WebhookPatch, Webhooks};

/// What says that a real server is meant.
const SETTINGS: [&str; 4] = [
    "PORT_CLIENT_ID",
    "PORT_CLIENT_SECRET",
    "PORT_ACCESS_TOKEN",
    "PORT_BASE_URL",
];

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = std::error::Error::source(&*error);
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    if SETTINGS.iter().any(|name| env::var_os(name).is_some()) {
        let port = Client::from_env()?;
        println!("Using Port at {}", port.base_url());
        return Ok(walk_and_clean_up(&port.webhooks(), &own_identifier()).await?);
    }
    let fake = FakePort::start().await;
    let port = Client::builder()
        .credentials(fake.client_id(), fake.client_secret())
        .base_url(fake.uri())
        .build()?;
    println!("Using a fake Port at {}", fake.uri());
    Ok(walk_and_clean_up(&port.webhooks(), "entity-updated-webhook").await?)
}

/// Takes the walk, and removes the webhook when a step fails or Ctrl-C ends it.
async fn walk_and_clean_up(hooks: &Webhooks, identifier: &str) -> Result<(), Error> {
    if let Err(error) = create(hooks, identifier).await {
        // It may have been created all the same, unless the error says that it was not.
        if matches!(error.outcome(), Outcome::Unknown | Outcome::Applied) {
            clean_up(hooks, identifier).await;
        }
        return Err(error);
    }
    let walked = tokio::select! {
        walked = walk(hooks, identifier) => walked.map(|()| true),
        _ = tokio::signal::ctrl_c() => Ok(false),
    };
    if !matches!(walked, Ok(true)) {
        clean_up(hooks, identifier).await;
    }
    walked.map(|_| ())
}

async fn clean_up(hooks: &Webhooks, identifier: &str) {
    match hooks.delete(identifier).await {
        Ok(_) => eprintln!("removed {identifier}"),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => eprintln!("could not remove {identifier}: {error}"),
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
    println!("\ncreated {identifier}");
    println!("  url      {}", webhook.url.as_deref().unwrap_or("-"));
    println!("  events   {}", names(webhook.events.as_deref()));
    println!(
        "  secret   {:?}",
        webhook.security.and_then(|security| security.secret)
    );
    Ok(())
}

async fn walk(hooks: &Webhooks, identifier: &str) -> Result<(), Error> {
    let all = hooks.list().await?;
    println!(
        "\nlisted, {} with ours",
        if all.iter().count() == 1 {
            "one webhook"
        } else {
            "all webhooks"
        }
    );
    for webhook in all.iter().filter(|webhook| webhook.identifier == identifier) {
        println!(
            "  {} -> {}",
            webhook.identifier,
            webhook.url.as_deref().unwrap_or("-")
        );
    }

    let page = hooks.list().page(1).per_page(10).await?;
    println!(
        "listed by page, 10 at most: {}",
        if page.iter().count() <= 10 { "yes" } else { "no" }
    );

    let mut all = hooks.list().stream();
    let mut found = false;
    while let Some(webhook) = all.try_next().await? {
        found |= webhook.identifier == identifier;
    }
    println!(
        "streamed every page, ours among them: {}",
        if found { "yes" } else { "no" }
    );

    let webhook = hooks.get(identifier).await?;
    println!(
        "\ngot {}: {}",
        webhook.identifier,
        webhook.title.as_deref().unwrap_or("no title")
    );

    let changed = WebhookPatch::new()
        .url("https://api.example.com/webhooks/port/v2")
        .events([
            EventType::EntityCreated,
            EventType::EntityUpdated,
            EventType::EntityDeleted,
        ]);
    let webhook = hooks.update(identifier, changed).await?;
    println!("\nupdated {}", webhook.identifier);
    println!("  url      {}", webhook.url.as_deref().unwrap_or("-"));
    println!("  events   {}", names(webhook.events.as_deref()));

    println!("\nan update with a URL that is none");
    show(
        hooks
            .update(identifier, WebhookPatch::new().url("not a url"))
            .await
            .map(|_| ()),
        ErrorKind::Validation,
    )?;

    println!("\ndeleted {identifier}: {}", hooks.delete(identifier).await?);

    println!("\nand deleted again");
    show(hooks.delete(identifier).await.map(|_| ()), ErrorKind::NotFound)
}

/// Shows the error that was meant to come, and passes on any other.
fn show(result: Result<(), Error>, expected: ErrorKind) -> Result<(), Error> {
    match result {
        Err(error) if error.kind() == expected => {
            println!("  kind     {:?}", error.kind());
            println!("  message  {}", error.message().unwrap_or("-"));
            Ok(())
        }
        Err(error) => Err(error),
        Ok(()) => {
            println!("  nothing was refused; {expected:?} was expected");
            Ok(())
        }
    }
}

fn names(events: Option<&[EventType]>) -> String {
    events
        .unwrap_or_default()
        .iter()
        .map(EventType::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Short enough for Port, and nobody else's.
#[allow(clippy::disallowed_methods)] // not a time to be tested: a number that is new each time
fn own_identifier() -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    format!("quickstart-{:x}-{:x}", std::process::id(), now.as_millis())
}
