//! Verify, act, report: a receiver for the invocations of an action, and a fake Port that invokes it.
//!
//! `cargo run -p port-webhooks --example action` shows a handler that succeeds, one that fails and one that panics. Each
//! run ends with what became of it.

use std::io::Write as _;
use std::time::Duration;

use axum::http::StatusCode;
use fake_port::{FakePort, Profile};
use port_webhooks::{Client, Runs, types::RunLogger};
use port_webhooks_receiver::{Live, Received, ReceiverLayer, ReplayGuard, Verifier};
use serde_json::json;
use tokio::net::TcpListener;

/// Prints a line. A closed pipe, as of `head`, is no error.
macro_rules! say {
    ($($text:tt)*) => {{
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

/// Called with invocations whose signature was verified, once for each. It answers at once, and acts in the background.
fn on_delivery(received: &Received, runs: &Runs) -> StatusCode {
    let delivery = received.delivery();
    let Live::Invocation(invocation) = delivery.live() else { return StatusCode::NO_CONTENT };
    let Some(run_id) = delivery.run_id() else { return StatusCode::NO_CONTENT };
    say!("  verified: action {}, run {run_id}", invocation.action.as_deref().unwrap_or("-"));

    let replicas = invocation.inputs().and_then(|inputs| inputs.get("replicas")?.as_u64());
    let report = runs.reporter(run_id);
    let log = report.logger();
    tokio::spawn(report.run(async move { scale(replicas, &log).await }));
    StatusCode::ACCEPTED
}

/// The work. What it returns, or that it panics, becomes the end of the run.
async fn scale(replicas: Option<u64>, log: &RunLogger) -> Result<(), String> {
    let replicas = replicas.ok_or("The input replicas is missing.")?;
    log.log(format!("Scaling to {replicas} replicas"));
    tokio::task::yield_now().await;
    if replicas > 10 {
        return Err(format!("The quota is 10 replicas, not {replicas}."));
    }
    log.log(format!("{} requests for each replica", 1000 / replicas));
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    std::panic::set_hook(Box::new(|panic| say!("  {panic}")));

    // Port, played by a fake. For the real one: `Client::from_env()`, and its client secret.
    let fake = FakePort::builder().profile(Profile::Live).start().await?;
    let port =
        Client::builder().credentials(fake.client_id(), fake.client_secret()).base_url(fake.uri()).build()?;

    // The receiver. Port signs invocations with the client secret of the organization.
    let verifier = Verifier::timestamped(fake.client_secret()).build()?;
    let runs = port.runs();
    let handler = move |received: Received| std::future::ready(on_delivery(&received, &runs));
    let app = ReceiverLayer::new(verifier).replay(ReplayGuard::in_memory()).router("/port", handler);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/port", listener.local_addr()?);
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    // The action, as Port has it, and somebody who runs it in the portal.
    let action = json!({
        "identifier": "scale",
        "trigger": { "type": "self-service", "operation": "CREATE" },
        "invocationMethod": { "type": "WEBHOOK", "url": url },
    });
    let invocations =
        [("it succeeds", 3, "SUCCESS"), ("it fails", 50, "FAILURE"), ("it panics", 0, "FAILURE")];
    for (what, replicas, expected) in invocations {
        say!("scale to {replicas}: {what}");
        let invoked = fake.invoke(action.clone(), json!({ "replicas": replicas })).await?;

        // As at shutdown: wait until Port knows.
        for report in port.runs().drain(Duration::from_secs(60)).await.incomplete {
            say!("  not all was reported: {report}");
        }
        let run = fake.run(&invoked.run_id).ok_or("there is no run")?;
        for line in run.messages().iter().flat_map(|message| message.lines()) {
            say!("  log: {line}");
        }
        say!("  ended: {} {}", run.status(), run.summary().unwrap_or_default());
        if run.status() != expected || run.endings() != 1 {
            return Err(format!("expected to end once, as {expected}").into());
        }
    }
    server.abort();
    Ok(())
}
