//! The example `show`: webhooks as JSON, without secrets.

use fake_port::FakePort;
use serde_json::{Value, json};

use crate::support::hooks_of;

#[allow(dead_code)] // its `main`
#[path = "../../crates/port-webhooks/examples/show.rs"]
mod example;

async fn read(url: String) -> (u16, String) {
    let response = reqwest::get(url).await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn service_shows_webhooks_without_secrets() {
    let fake = FakePort::start().await;
    fake.seed(json!({
        "identifier": "audit",
        "title": "Audit",
        "url": "https://me:hidden@audit.example.com/port?key=hidden",
        "events": ["run.created"],
        "headers": { "X-API-Key": "hidden" },
        "security": { "secret": "hidden", "signatureHeaderName": "x-signature" },
        "unknown": { "password": "hidden" },
    }))
    .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let service = axum::serve(listener, example::routes(hooks_of(&fake)));
    let service = tokio::spawn(async move { service.await });

    let (status, text) = read(format!("{uri}/webhooks/audit")).await;
    assert!(status == 200 && !text.contains("hidden"), "{text}");
    let one: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&one["title"], &one["headers"]), (&json!("Audit"), &json!({ "X-API-Key": "********" })));
    assert_eq!(one["security"]["signatureHeaderName"], "x-signature");
    let (status, text) = read(format!("{uri}/webhooks")).await;
    assert_eq!((status, serde_json::from_str::<Value>(&text).unwrap()), (200, json!([one])));
    assert_eq!(read(format!("{uri}/webhooks/none")).await.0, 404);
    service.abort();
}
