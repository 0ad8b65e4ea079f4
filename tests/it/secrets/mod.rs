//! Secrets reach the server, and nothing else: no Debug, no error, no span.

use std::io;
use std::sync::{Arc, Mutex};

use fake_port::FakePort;
use port_webhooks::{Client, Error, NewWebhook, Secret, WebhookPatch, WebhookReplacement};
use serde_json::json;
use tracing::instrument::WithSubscriber as _;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{PAGE_URL, always, client_of};

const CLIENT_SECRET: &str = "canary-client-secret";
const TOKEN: &str = "canary-access-token";
const WEBHOOK_SECRET: &str = "canary-webhook-secret";
const HEADER: &str = "canary-header-value";
const CANARIES: [&str; 4] = [CLIENT_SECRET, TOKEN, WEBHOOK_SECRET, HEADER];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Everything that is traced while a future runs, at every level.
    async fn record<T>(&self, future: impl Future<Output = T>) -> T {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        future.with_subscriber(subscriber).await
    }
}

fn assert_hidden(text: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary} is in: {text}");
    }
}

fn assert_hidden_in(error: &Error) {
    assert_hidden(&format!("{error} {error:?} {error:#?}"));
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        assert_hidden(&format!("{error} {error:?}"));
        cause = error.source();
    }
}

fn new() -> NewWebhook {
    NewWebhook::subscription("a", PAGE_URL)
        .events(["run.created"])
        .header("Authorization", HEADER)
        .secret(WEBHOOK_SECRET)
        .field("note", WEBHOOK_SECRET)
}

fn patch() -> WebhookPatch {
    WebhookPatch::new().headers([("Authorization", HEADER)]).secret(WEBHOOK_SECRET).field("note", HEADER)
}

#[test]
fn debug_hides() {
    assert_hidden(&format!("{:?} {:?} {:?}", new(), patch(), Secret::from(TOKEN)));
    let read = json!({
        "identifier": "a", "headers": { "Authorization": HEADER },
        "security": { "secret": WEBHOOK_SECRET, "next": WEBHOOK_SECRET }, "vault": TOKEN,
    });
    let read: port_webhooks::Webhook = serde_json::from_value(read).unwrap();
    assert_hidden(&format!("{read:?} {:?}", read.clone().into_replacement()));
    let builder = Client::builder().credentials("id", CLIENT_SECRET);
    assert_hidden(&format!("{builder:?} {builder:#?}"));
    let port = Client::builder().access_token(TOKEN).build().unwrap();
    assert_hidden(&format!("{port:?} {:?} {:?}", port.webhooks(), port.webhooks().create(new())));
}

#[tokio::test]
async fn traces_of_calls_that_succeed_and_fail_hide_everything() {
    let fake = FakePort::builder().credentials("id", CLIENT_SECRET).start().await.unwrap();
    let hooks = client_of(&fake).build().unwrap().webhooks();
    let log = Log::default();
    log.record(async {
        hooks.create(new()).await.unwrap_err(); // it has a field that the fake does not know
        let webhook = NewWebhook::subscription("a", PAGE_URL).events(["run.created"]).secret(WEBHOOK_SECRET);
        hooks.create(webhook.header("Authorization", HEADER)).await.unwrap();
        hooks.list().await.unwrap();
        fake.revoke_tokens();
        hooks.get("a").await.unwrap();
        hooks.get("b").await.unwrap_err();
    })
    .await;
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
        "sending again",
    ] {
        assert!(text.contains(part), "{part} is not in the trace:\n{text}");
    }
}

/// Says back everything that it was told, as a proxy's error page may.
async fn parrot(status: u16) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(move |request: &Request| {
            let told = format!("{:?} {}", request.headers, String::from_utf8_lossy(&request.body));
            ResponseTemplate::new(status)
                .insert_header(
                    "x-trace-id",
                    request.headers.get("authorization").map_or("none", |v| v.to_str().unwrap()),
                )
                .set_body_json(json!({ "ok": false, "error": told, "message": { "said": told.clone() } }))
        })
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_server_that_repeats_what_it_is_told_shows_no_secret() {
    for status in [200, 400, 401, 403, 404, 409, 422, 429, 500, 502] {
        let server = parrot(status).await;
        let hooks = Client::builder().access_token(TOKEN).base_url(server.uri()).build().unwrap().webhooks();
        let log = Log::default();
        let replacement =
            WebhookReplacement::data_source("A").header("Authorization", HEADER).secret(WEBHOOK_SECRET);
        let errors = log
            .record(async {
                [
                    hooks.get("a").await.unwrap_err(),
                    hooks.create(new()).await.unwrap_err(),
                    hooks.update("a", patch()).await.unwrap_err(),
                    hooks.replace("a", replacement).await.unwrap_err(),
                ]
            })
            .await;
        errors.iter().for_each(assert_hidden_in);
        assert_hidden(&log.text());

        let port = Client::builder().credentials("id", CLIENT_SECRET).base_url(server.uri()).build().unwrap();
        assert_hidden_in(&port.webhooks().list().await.unwrap_err());
    }
}

#[tokio::test]
async fn an_answer_of_the_wrong_shape_shows_none_of_its_values() {
    let wrong = json!({ "ok": true, "webhook": { "identifier": "a", "security": WEBHOOK_SECRET, "headers": [HEADER] } });
    let server = always(ResponseTemplate::new(200).set_body_json(wrong)).await;
    let hooks = Client::builder().access_token(TOKEN).base_url(server.uri()).build().unwrap().webhooks();
    assert_hidden_in(&hooks.get("a").await.unwrap_err());
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
