//! A service that owns the webhooks whose identifiers begin with a prefix: at its start it creates and changes those
//! that it wants, and deletes the others of that prefix. Traces show every call.
//!
//! `cargo run -p port-webhooks --example reconcile` uses a fake Port in this process; with `PORT_CLIENT_ID` and
//! `PORT_CLIENT_SECRET` set, the real one.

use fake_port::FakePort;
use port_webhooks::{Client, ErrorKind, EventType, NewWebhook, Webhook, Webhooks, types::Ensured};
use tracing::{Instrument as _, info, info_span};
use tracing_subscriber::fmt::format::FmtSpan;

/// Why a start was not completed.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

const PREFIX: &str = "orders-service.";

/// What this version of the service wants.
fn wanted() -> Vec<NewWebhook> {
    let webhook = |name, events: &[EventType]| {
        let url = format!("https://orders.example.com/port/{name}");
        NewWebhook::subscription(format!("{PREFIX}{name}"), url).events(events.iter().cloned())
    };
    vec![
        webhook("entities", &[EventType::EntityCreated, EventType::EntityUpdated, EventType::EntityDeleted]),
        webhook("runs", &[EventType::RunCompleted]),
    ]
}

/// What a start has done.
#[derive(Debug, Default, PartialEq)]
pub struct Done {
    /// The identifiers of the webhooks that were created.
    pub created: Vec<String>,
    /// Of those that were changed.
    pub changed: Vec<String>,
    /// Of those that were deleted.
    pub deleted: Vec<String>,
}

/// Makes Port have the wanted webhooks, and no others with this prefix. Deletes nothing before all wanted ones are there.
///
/// # Errors
/// When a wanted identifier has not the prefix, or a call fails. What was done stays, and the next start does the rest.
pub async fn reconcile(hooks: &Webhooks, prefix: &str, wanted: &[NewWebhook]) -> Result<Done, Failure> {
    let is_ours = |name: &str| !prefix.is_empty() && name.starts_with(prefix);
    let names: Vec<&str> = wanted.iter().filter_map(|webhook| webhook.identifier.as_deref()).collect();
    if names.len() < wanted.len() || !names.iter().all(|name| is_ours(name)) {
        return Err(format!("an identifier of {names:?} does not begin with the prefix {prefix:?}").into());
    }
    let mut done = Done::default();
    for webhook in wanted {
        match hooks.ensure(webhook.clone()).await? {
            Ensured::Created(webhook) => done.created.push(webhook.identifier),
            Ensured::Changed(webhook) => done.changed.push(webhook.identifier),
            _ => {}
        }
    }
    for Webhook { identifier, .. } in hooks.list().collect().await? {
        if is_ours(&identifier) && !names.contains(&identifier.as_str()) {
            match hooks.delete(&identifier).await {
                Ok(true) => done.deleted.push(identifier),
                Ok(false) => return Err(format!("Port did not delete {identifier}").into()),
                Err(error) if error.kind() == ErrorKind::NotFound => {} // somebody else has deleted it
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(done)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    tracing_subscriber::fmt().with_span_events(FmtSpan::CLOSE).init(); // a line per call
    let fake = FakePort::builder()
        .webhook(serde_json::json!({ "identifier": "orders-service.old" }))
        .start()
        .await?;
    let port = match std::env::var_os("PORT_CLIENT_ID") {
        Some(_) => Client::from_env()?,
        None => Client::builder()
            .credentials(fake.client_id(), fake.client_secret())
            .base_url(fake.uri())
            .build()?,
    };
    let done = reconcile(&port.webhooks(), PREFIX, &wanted()).instrument(info_span!("reconcile")).await?;
    info!(?done, "reconciled"); // from here on, the service serves
    Ok(())
}
