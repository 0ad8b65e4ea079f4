//! A receiver, and a fake Port that sends deliveries to it: valid, duplicated, tampered with, too late, and to a
//! handler that fails at first.
//!
//! `cargo run -p port-webhooks-receiver --example receive` shows each delivery and its answers, and ends.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fake_port::{Deliveries, FakePort, SigningScheme};
use http::StatusCode;
use port_webhooks_receiver::{Received, ReceiverLayer, ReplayGuard, Verifier};
use serde_json::json;
use tokio::net::TcpListener;

/// Prints a line. A closed pipe, as of `head`, is no error.
macro_rules! say {
    ($($text:tt)*) => {{
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

const SECRET: &str = "your-webhook-secret";

/// The code that acts on deliveries. It is called with what is verified, once for each.
async fn on_delivery(received: Received) -> StatusCode {
    static DATABASE_IS_UP: AtomicBool = AtomicBool::new(false);
    let delivery = received.delivery();
    let text = |kind: &str, name: &str| {
        delivery.data(kind).and_then(|data| data.get(name)?.as_str()).unwrap_or("-").to_owned()
    };
    match delivery.event_name() {
        Some("entity.created" | "entity.updated") => {
            say!("  handler: {} is {}", text("entity", "identifier"), text("entity", "title"));
        }
        Some("run.completed") => {
            say!("  handler: run {} ended {}", text("run", "id"), text("run", "status"));
        }
        Some("blueprint.deleted") if !DATABASE_IS_UP.swap(true, Ordering::SeqCst) => {
            say!("  handler: the database is down");
            return StatusCode::INTERNAL_SERVER_ERROR;
        }
        Some("blueprint.deleted") => {
            say!("  handler: blueprint {} was deleted", text("blueprint", "identifier"));
        }
        // 2xx, or it would be sent again for nothing.
        Some(event) => say!("  handler: {event} is of no interest"),
        None => say!("  handler: no event, {} bytes", received.body().len()),
    }
    StatusCode::NO_CONTENT
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The receiver: verified, each delivery once.
    let verifier = Verifier::timestamped(SECRET).tolerance(Duration::from_secs(300)).build()?;
    let app = ReceiverLayer::new(verifier).replay(ReplayGuard::in_memory()).router("/port", on_delivery);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    say!("receiving at http://{address}/port");

    // Port, played by a fake.
    let deliveries = Deliveries::new().scheme(SigningScheme::Timestamped).attempts(2);
    let port = FakePort::builder().deliveries(deliveries).start().await?;
    port.seed(json!({
        "identifier": "example",
        "url": format!("http://{address}/port"),
        "events": ["entity.created", "entity.updated", "run.completed", "blueprint.deleted", "scorecard.created"],
        "security": { "secret": SECRET },
    }))?;

    let entity =
        json!({ "identifier": "payment-service", "title": "Payment Service", "blueprint": "service" });
    let run = json!({ "id": "r_1", "status": "SUCCESS" });
    let steps = [
        ("an entity was created", fake_port::PortEvent::entity_created(entity.clone())),
        ("a run completed, and it is told twice", fake_port::PortEvent::run_completed(run).duplicated(1)),
        (
            "an event of the future",
            fake_port::PortEvent::named("scorecard.created", json!({ "scorecard": {} })),
        ),
        (
            "an automation's own body",
            fake_port::PortEvent::json(json!({ "action": "restart" })).to("example"),
        ),
        (
            "a handler that fails at first",
            fake_port::PortEvent::blueprint_deleted(json!({ "identifier": "a" })),
        ),
        ("changed on the way", fake_port::PortEvent::entity_updated(entity.clone()).tampered()),
        ("by somebody else", fake_port::PortEvent::entity_updated(entity.clone()).wrong_secret()),
        ("an hour old", fake_port::PortEvent::entity_updated(entity).stale(Duration::from_secs(3600))),
    ];
    for (what, event) in steps {
        say!("{what}");
        for delivery in port.emit(event).await {
            let answers: Vec<String> = delivery
                .attempts
                .iter()
                .map(|attempt| attempt.status.map_or_else(|| "none".to_owned(), |status| status.to_string()))
                .collect();
            say!("  answered {}", answers.join(", then "));
        }
    }
    server.abort();
    Ok(())
}
