//! A service that shows webhooks as JSON, with `********` in place of their secrets.
//!
//! `cargo run -p port-webhooks --example show` starts a fake Port in this process with one webhook, and prints the URL to
//! open.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use fake_port::FakePort;
use port_webhooks::{Client, Error, Webhook, Webhooks};

/// The routes of the service.
pub fn routes(hooks: Webhooks) -> Router {
    Router::new().route("/webhooks", get(all)).route("/webhooks/{identifier}", get(one)).with_state(hooks)
}

async fn all(State(hooks): State<Webhooks>) -> Result<Json<Vec<Webhook>>, Failure> {
    let webhooks = hooks.list().collect().await?;
    Ok(Json(webhooks.iter().map(Webhook::redacted).collect()))
}

async fn one(
    State(hooks): State<Webhooks>,
    Path(identifier): Path<String>,
) -> Result<Json<Webhook>, Failure> {
    let webhook = hooks.get(identifier).await?;
    // `Json(webhook)` would show the secrets: `Serialize` writes them.
    Ok(Json(webhook.redacted()))
}

struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = if self.0.is_not_found() { StatusCode::NOT_FOUND } else { StatusCode::BAD_GATEWAY };
        // An error contains no secret.
        (status, self.0.to_string()).into_response()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fake = FakePort::start().await;
    fake.seed(serde_json::json!({
        "identifier": "audit",
        "url": "https://user:password@audit.example.com/port",
        "events": ["run.created"],
        "headers": { "X-API-Key": "k-123" },
    }))?;
    let builder = Client::builder().credentials(fake.client_id(), fake.client_secret());
    let port = builder.base_url(fake.uri()).build()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/webhooks", listener.local_addr()?);
    Ok(axum::serve(listener, routes(port.webhooks())).await?)
}
