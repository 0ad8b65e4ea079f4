//! A program without an async runtime: it pauses every webhook that calls a host.
//!
//! `cargo run -p port-webhooks --features blocking --example blocking` uses a fake Port in this process; with
//! `PORT_CLIENT_ID` and `PORT_CLIENT_SECRET` set, it shows the webhooks of the real one that call `old.example.com`.

use std::env;

use fake_port::FakePort;
use port_webhooks::{Client, ClientBuilder, Error, EventType, NewWebhook, WebhookPatch, Webhooks};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if env::var_os("PORT_CLIENT_ID").is_some() {
        let port = ClientBuilder::from_env()?.build_blocking()?;
        println!("{:#?}", calling(&port.webhooks(), "old.example.com")?);
        return Ok(());
    }
    let fake = FakePort::builder().start_blocking()?;
    let port = Client::builder()
        .credentials(fake.client_id(), fake.client_secret())
        .base_url(fake.uri())
        .build_blocking()?;
    let hooks = port.webhooks();
    for (name, host) in [("audit", "old"), ("billing", "new"), ("search", "old")] {
        let url = format!("https://{host}.example.com/{name}");
        hooks.create(NewWebhook::subscription(name, url).events([EventType::RunCreated])).wait()?;
    }
    for identifier in calling(&hooks, "old.example.com")? {
        let webhook = hooks.update(identifier, WebhookPatch::new().enabled(false)).wait()?;
        println!("paused {}", webhook.identifier);
    }
    Ok(())
}

/// The identifiers of the webhooks that call a host. The iterator requests page after page.
fn calling(hooks: &Webhooks, host: &str) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for webhook in hooks.list().iter() {
        let webhook = webhook?;
        if webhook.url.is_some_and(|url| url.contains(host)) {
            found.push(webhook.identifier);
        }
    }
    Ok(found)
}
