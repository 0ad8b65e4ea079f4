//! Secrets reach the server, and nothing else: no Debug, no error, no span, no panic, however they are written.

mod canary;
mod drive;
mod encodings;
mod faults;
mod hosts;
mod parrot;
mod providers;
mod types;
mod watch;
mod withheld;

use fake_port::FakePort;
use port_webhooks::Client;
use serde_json::json;
use tracing::instrument::WithSubscriber as _;
use wiremock::ResponseTemplate;

use crate::support::{Log, always, client_of};
use canary::{CLIENT_SECRET, FIELD, HEADER, TOKEN, WEBHOOK_SECRET, assert_hidden, printed};
use drive::new;

#[tokio::test]
async fn traces_of_calls_that_succeed_and_fail_hide_everything() {
    let fake = FakePort::builder().credentials("id", CLIENT_SECRET).start().await.unwrap();
    let hooks = client_of(&fake).build().unwrap().webhooks();
    let log = Log::default();
    let recording = log.record();
    hooks.create(new().field("note", FIELD)).await.unwrap_err(); // it has a field that the fake does not know
    hooks.create(new()).await.unwrap();
    hooks.list().await.unwrap();
    fake.revoke_tokens();
    hooks.get("a").await.unwrap();
    hooks.get("b").await.unwrap_err();
    drop(recording);
    let text = log.text();
    assert_hidden(&text);
    assert!(!text.contains("Bearer"), "{text}");
    for part in [
        "port_webhooks.call",
        "http.request.method=POST",
        "port.operation=\"create_webhook\"",
        "http.response.status_code=404",
        "error.type=NotFound",
        "port.trace_id",
        "token rejected",
    ] {
        assert!(text.contains(part), "{part} is not in the trace:\n{text}");
    }
}

#[tokio::test]
async fn an_answer_of_the_wrong_shape_shows_none_of_its_values() {
    let wrong = json!({ "ok": true, "webhook": { "identifier": "a", "security": WEBHOOK_SECRET, "headers": [HEADER] } });
    let server = always(ResponseTemplate::new(200).set_body_json(wrong)).await;
    let hooks = Client::builder().access_token(TOKEN).base_url(server.uri()).build().unwrap().webhooks();
    assert_hidden(&printed(&hooks.get("a").await));
}

#[tokio::test]
async fn a_span_of_the_callers_is_left_alone() {
    let fake = FakePort::start().await;
    let hooks = client_of(&fake).build().unwrap().webhooks();
    let log = Log::default();
    let writer = log.clone();
    // Ours are filtered out, so the current span is the caller's.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::ERROR)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let call = async {
        let span = tracing::error_span!(
            "theirs",
            http.response.status_code = tracing::field::Empty,
            error.r#type = tracing::field::Empty
        );
        tracing::Instrument::instrument(async { hooks.get("a").await.unwrap_err() }, span).await
    };
    call.with_subscriber(subscriber).await;
    let text = log.text();
    assert!(text.contains("theirs") && !text.contains("404") && !text.contains("NotFound"), "{text}");
}
