//! The Rust of `crates/port-webhooks/guides/from-python.md`, which is run here: each fence and each cell of the page is a piece of this
//! file, and no fence has more lines than Python's before it.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use fake_port::wiremock::matchers::path;
use fake_port::wiremock::{Mock, ResponseTemplate};
use fake_port::{FakePort, Fault, Hint, Route};
use port_webhooks::http::Method;
use port_webhooks::{
    Client, ClientBuilder, Error, ErrorKind, EventType, NewWebhook, Retry, WebhookPatch,
    types::{Region, Secret, Strategy},
};
use port_webhooks_receiver::{ConfigError, Signer, Verifier};
use serde_json::json;
use tracing::Level;

use crate::support::{StallClock, Stalls, client_of, markdown};

type Done = Result<(), Box<dyn StdError>>;

async fn fake_with(identifiers: &[&str]) -> FakePort {
    let fake = FakePort::start().await;
    for identifier in identifiers {
        let webhook = json!({
            "identifier": identifier, "title": "T", "description": "D", "url": "https://api.example.com/webhooks/port",
            "events": ["entity.created"], "headers": { "X-API-Key": "key" }, "security": { "secret": "s" },
        });
        fake.seed(webhook).unwrap();
    }
    fake
}

#[test]
fn a_client() -> Done {
    use port_webhooks::Client;

    let client = Client::builder().credentials("your-client-id", "your-client-secret").build()?;
    let webhooks_service = client.webhooks();
    assert_eq!(client.base_url(), "https://api.port.io");
    drop(webhooks_service);
    Ok(())
}

#[tokio::test]
async fn options() -> Done {
    let us = Client::builder().credentials("id", "secret").region(Region::Us);
    assert_eq!(us.build()?.base_url(), "https://api.us.port.io");

    let patient = Retry::new()
        .attempts(6)
        .base(Duration::from_millis(500))
        .cap(Duration::from_secs(60))
        .strategy(Strategy::Constant)
        .jitter(false);
    assert_ne!(patient, Retry::new());
    let linear = Retry::new().strategy(Strategy::custom(|attempt| Duration::from_secs(1) * attempt));
    assert_ne!(linear, Retry::new());

    let fake = fake_with(&["audit"]).await;
    let client = client_of(&fake).retry(Retry::none()).build()?;
    fake.inject(Fault::status(503).on([Route::Get]));
    let error = client.webhooks().get("audit").await.unwrap_err();
    assert_eq!(error.attempts(), 1);

    // A policy for one call.
    fake.inject(Fault::status(503).on([Route::Get]).times(2));
    client.webhooks().get("audit").retry(Retry::new().attempts(4)).await?;
    client.webhooks().get("audit").deadline(Duration::from_secs(10)).await?;

    // A token, and no request for one.
    fake.clear_requests();
    let client = Client::builder().base_url(fake.uri()).access_token(fake.issue_token()).build()?;
    client.webhooks().get("audit").await?;
    assert_eq!(fake.requests().len(), 1);

    let client = client_of(&fake).header("X-Tenant", "platform").build()?;
    client.webhooks().get("audit").await?;
    assert_eq!(fake.requests().last().unwrap().header("x-tenant"), Some("platform"));

    // A route that the fake does not have.
    let blueprints = ResponseTemplate::new(200).set_body_json(json!({ "ok": true, "blueprints": [] }));
    fake.mount(Mock::given(path("/v1/blueprints")).respond_with(blueprints)).await;
    let response = client.request(Method::GET, "/v1/blueprints").await?;
    assert_eq!(response.status, 200);

    let subscriber =
        tracing_subscriber::fmt().with_max_level(Level::DEBUG).with_writer(std::io::sink).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    client.webhooks().get("audit").await?;
    Ok(())
}

/// Which variable is which is tested with the client; this is that they are all there is to set.
#[tokio::test]
async fn variables() -> Done {
    // What the process has is not the test's to set, so it is not known whether this finds credentials.
    let found = || -> Result<Client, Error> {
        let client = Client::from_env()?;
        Ok(client)
    };
    assert!(found().map_or_else(|error| error.kind() == ErrorKind::Configuration, |_| true));

    let fake = fake_with(&["audit"]).await;
    let from = |variables: &[(&str, String)]| -> Result<Client, Error> {
        let variables: BTreeMap<&str, String> = variables.iter().cloned().collect();
        ClientBuilder::from_variables(|name| variables.get(name).map(OsString::from))?.build()
    };
    let base_url = ("PORT_BASE_URL", fake.uri());
    let id = ("PORT_CLIENT_ID", fake.client_id().to_owned());
    let secret = ("PORT_CLIENT_SECRET", fake.client_secret().to_owned());
    from(&[id, secret, base_url.clone()])?.webhooks().get("audit").await?;
    from(&[("PORT_ACCESS_TOKEN", fake.issue_token()), base_url])?.webhooks().get("audit").await?;
    let us = from(&[("PORT_ACCESS_TOKEN", "t".to_owned()), ("PORT_REGION", "us".to_owned())])?;
    assert_eq!(us.base_url(), "https://api.us.port.io");
    let token = || ("PORT_ACCESS_TOKEN", "t".to_owned());
    let container = || ("PORT_BASE_URL", "http://fake-port:4010".to_owned());
    from(&[token(), container(), ("PORT_ALLOW_PLAIN_HTTP", "true".to_owned())])?;
    assert_eq!(from(&[token(), container()]).unwrap_err().kind(), ErrorKind::Configuration);
    Ok(())
}

#[tokio::test]
async fn lists() -> Done {
    let fake = fake_with(&["a", "b"]).await;
    let client = client_of(&fake).build()?;

    for webhook in client.webhooks().list().await? {
        println!("Webhook: {} - URL: {:?}", webhook.identifier, webhook.url);
    }

    let webhooks_page1 = client.webhooks().list().page(1).per_page(10).await?;
    assert_eq!(webhooks_page1.webhooks.len(), 2);

    let webhooks = client.webhooks().list().collect().await?;
    assert_eq!(webhooks.len(), 2);

    let webhooks = client.webhooks().list().query("include", "stats").await?;
    assert_eq!(webhooks.webhooks.len(), 2);
    assert_eq!(fake.requests().last().unwrap().query("include"), Some("stats"));
    Ok(())
}

#[tokio::test]
async fn one_webhook() -> Done {
    let fake = fake_with(&["entity-created-webhook"]).await;
    let client = client_of(&fake).build()?;

    let webhook = client.webhooks().get("entity-created-webhook").await?;
    println!("Webhook URL: {:?}", webhook.url);
    println!("Events: {:?}", webhook.events);

    let webhook = client.webhooks().get("entity-created-webhook").query("include", "stats").await?;
    assert_eq!(fake.requests().last().unwrap().query("include"), Some("stats"));

    assert_eq!(webhook.identifier, "entity-created-webhook");
    assert_eq!(webhook.title.as_deref(), Some("T"));
    assert_eq!(webhook.description.as_deref(), Some("D"));
    assert_eq!(webhook.url.as_deref(), Some("https://api.example.com/webhooks/port"));
    assert_eq!(webhook.events, Some(vec![EventType::EntityCreated]));
    assert_eq!(webhook.enabled, Some(true));
    assert!(webhook.created_at.is_some() && webhook.updated_at.is_some());
    assert!(webhook.extra.is_empty());
    let key = webhook.headers.as_ref().and_then(|headers| headers.get("X-API-Key"));
    assert_eq!(key.map(Secret::expose), Some("key"));
    let secret = webhook.security.and_then(|security| security.secret);
    assert_eq!(secret.as_ref().map(Secret::expose), Some("s"));
    Ok(())
}

#[tokio::test]
async fn writes() -> Done {
    let fake = FakePort::start().await;
    let client = client_of(&fake).build()?;

    let data = NewWebhook::subscription("entity-updated-webhook", "https://api.example.com/webhooks/port")
        .title("Entity Updated Notifications")
        .description("Webhook for entity update events")
        .events([EventType::EntityCreated, EventType::EntityUpdated])
        .headers([("Authorization", "Bearer your-api-token"), ("Content-Type", "application/json")])
        .secret("your-webhook-secret");
    let new_webhook = client.webhooks().create(data).await?;
    assert_eq!(new_webhook.events.unwrap().len(), 2);

    let events = ["entity.created", "entity.updated", "entity.deleted"];
    let patch = WebhookPatch::new().url("https://api.example.com/webhooks/port/v2").events(events);
    let updated_webhook = client.webhooks().update("entity-updated-webhook", patch).await?;
    assert_eq!(updated_webhook.events.unwrap().len(), 3);

    let patch = WebhookPatch::new().clear_description();
    client.webhooks().update("entity-updated-webhook", patch).query("include", "stats").await?;
    assert!(fake.webhook("entity-updated-webhook").unwrap().get("description").is_none());

    if client.webhooks().delete("entity-updated-webhook").await? {
        println!("Webhook deleted successfully");
    }
    assert!(fake.webhook("entity-updated-webhook").is_none());

    let data = NewWebhook::subscription("a", "https://a.example").events(EventType::KNOWN);
    client.webhooks().create(data).query("include", "stats").await?;
    client.webhooks().delete("a").query("include", "stats").await?;
    assert_eq!(fake.requests().last().unwrap().query("include"), Some("stats"));

    let data = NewWebhook::subscription("a", "https://a.example").events([EventType::RunCreated]);
    let data = data.headers([
        ("Authorization", "Bearer your-api-token"),
        ("X-API-Key", "your-api-key"),
        ("Content-Type", "application/json"),
    ]);
    client.webhooks().create(data).await?;
    assert_eq!(fake.webhook("a").unwrap()["headers"].as_object().unwrap().len(), 3);
    Ok(())
}

#[test]
fn events() {
    let events = [
        ("entity.created", EventType::EntityCreated),
        ("entity.updated", EventType::EntityUpdated),
        ("entity.deleted", EventType::EntityDeleted),
        ("action.created", EventType::ActionCreated),
        ("action.updated", EventType::ActionUpdated),
        ("action.deleted", EventType::ActionDeleted),
        ("run.created", EventType::RunCreated),
        ("run.updated", EventType::RunUpdated),
        ("run.completed", EventType::RunCompleted),
        ("blueprint.created", EventType::BlueprintCreated),
        ("blueprint.updated", EventType::BlueprintUpdated),
        ("blueprint.deleted", EventType::BlueprintDeleted),
    ];
    for (python, rust) in &events {
        assert_eq!(&EventType::from(*python), rust);
    }
}

fn verify_webhook_signature(payload: &[u8], signature: &str, secret: &str) -> Result<bool, ConfigError> {
    let verifier = Verifier::body(secret).build()?;
    Ok(verifier.verify_pairs(&[("x-port-signature", signature)], payload).is_ok())
}

#[test]
fn deliveries() -> Done {
    let body = br#"{"event":"entity.created","data":{"entity":{"identifier":"payment-service"}}}"#;
    let headers = Signer::body("your-webhook-secret").build()?.sign(body);
    let signature = headers["x-port-signature"].to_str()?;
    assert!(verify_webhook_signature(body, signature, "your-webhook-secret")?);
    assert!(!verify_webhook_signature(body, signature, "another")?);

    let verifier = Verifier::body("your-webhook-secret").build()?;
    let delivery = verifier.verify(&headers, body)?.delivery();
    if delivery.event_name() == Some("entity.created") {
        println!("{:?}", delivery.data("entity").and_then(|entity| entity.get("identifier")));
    }
    assert_eq!(delivery.data("entity").unwrap()["identifier"], "payment-service");
    Ok(())
}

#[tokio::test]
async fn errors() -> Done {
    let fake = FakePort::start().await;
    let client = client_of(&fake).build()?;

    match client.webhooks().get("no-such-webhook").await {
        Ok(webhook) => println!("{:?}", webhook.url),
        Err(error) if error.kind() == ErrorKind::NotFound => println!("not there: {error}"),
        Err(error) => println!("failed: {error}"),
    }

    let data = NewWebhook::subscription("audit", "https://a.example").events([EventType::RunCreated]);
    let webhook = match client.webhooks().get("audit").await {
        Err(error) if error.kind() == ErrorKind::NotFound => client.webhooks().create(data).await?,
        found => found?,
    };
    assert_eq!(webhook.identifier, "audit");

    fake.inject(Fault::rate_limited(Hint::Seconds(600)));
    let error = client.webhooks().get("audit").await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
    assert_eq!(error.path(), Some("/v1/webhooks/audit"));
    assert_eq!(error.method(), Some(&http::Method::GET));
    assert_eq!(error.operation(), Some("get_webhook"));
    assert_eq!(error.identifier(), Some("audit"));
    assert!(error.message().is_some() && error.code().is_some());
    assert!(error.trace_id().is_some());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(600)));
    assert!(error.is_retryable());
    assert!(error.status().is_some_and(|status| status.is_client_error()));
    assert!(!error.status().is_some_and(|status| status.is_server_error()));
    Ok(())
}

#[tokio::test]
async fn kinds() -> Done {
    let fake = Arc::new(fake_with(&["audit"]).await);
    let once = || client_of(&fake).retry(Retry::none());
    let (attempt, faulty) = (Duration::from_millis(200), Arc::clone(&fake));
    let clock = StallClock::new(attempt, move || Stalls::of(&faulty));
    let client = once().clock(clock).attempt_timeout(attempt).build()?;
    for (fault, kind) in [
        (Fault::status(401).times(2), ErrorKind::Authentication),
        (Fault::status(403), ErrorKind::Permission),
        (Fault::status(404), ErrorKind::NotFound),
        (Fault::status(400), ErrorKind::Validation),
        (Fault::status(422), ErrorKind::Validation),
        (Fault::status(409), ErrorKind::Conflict),
        (Fault::status(413), ErrorKind::PayloadTooLarge),
        (Fault::rate_limited(Hint::None), ErrorKind::RateLimited),
        (Fault::status(503), ErrorKind::Server),
        (Fault::hanging(), ErrorKind::Timeout),
        (Fault::dropped(), ErrorKind::Transport),
        (Fault::truncated(3), ErrorKind::Decode),
        (Fault::redirect("https://elsewhere.example"), ErrorKind::Redirect),
        (Fault::not_ok("quota", "no more"), ErrorKind::NotOk),
        (Fault::status(418), ErrorKind::Other),
    ] {
        let name = format!("{fault:?}");
        fake.inject(fault.on([Route::Get]));
        let error: Error = client.webhooks().get("audit").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}");
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let client = once().base_url(format!("http://{nobody}")).build()?;
    assert_eq!(client.webhooks().get("audit").await.unwrap_err().kind(), ErrorKind::Connect);
    assert_eq!(Client::builder().build().unwrap_err().kind(), ErrorKind::Configuration);
    Ok(())
}

/// Lines without their indentation, and without those that are empty.
fn lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

#[test]
fn everything_on_the_page_is_run_here() {
    let page = markdown::read("crates/port-webhooks/guides/from-python.md");
    let run = lines(include_str!("from_python.rs"));
    let mut python = 0;
    let mut fences = 0;
    for fence in markdown::fences(&page) {
        match fence.language.as_str() {
            "python" => python = lines(&fence.text).lines().count(),
            "rust" => {
                let rust = lines(&fence.text);
                assert!(run.contains(&rust), "nothing runs this:\n{rust}");
                assert!(rust.lines().count() <= python, "longer than Python's {python} lines:\n{rust}");
                fences += 1;
            }
            _ => {}
        }
    }
    let mut cells = 0;
    for row in markdown::rows(&page, ["PyPort", "Rust"]) {
        for code in &row[1].code {
            assert!(run.contains(code.as_str()), "nothing runs this: {code}");
            cells += 1;
        }
    }
    assert!(fences > 10 && cells > 60, "the page was not read: {fences} fences, {cells} cells");
}
