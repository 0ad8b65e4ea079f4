//! What is posted: payload, headers, signature.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake_port::{Builder, Deliveries, FakePort, PortEvent, SigningScheme};
use serde_json::{Value, json};

use super::receiver::{Receiver, header, mac, signature};
use crate::contract;

/// 2024-01-15T10:30:00.9Z.
fn frozen() -> Builder {
    FakePort::builder().clock(|| UNIX_EPOCH + Duration::from_millis(1_705_314_600_900))
}

#[tokio::test]
async fn the_payload_is_the_documented_one() {
    let receiver = Receiver::start().await;
    let port = frozen().organization("your-org-id").webhook(receiver.webhook("a")).start().await.unwrap();
    let entity = json!({
        "identifier": "payment-service",
        "title": "Payment Service",
        "blueprint": "service",
        "properties": { "language": "Python" },
    });
    let deliveries = port.emit(PortEvent::entity_created(entity)).await;
    let posted = receiver.received().await;
    assert_eq!((posted.len(), deliveries.len()), (1, 1));
    // The example of Port's documentation.
    let documented = json!({
        "event": "entity.created",
        "timestamp": "2024-01-15T10:30:00Z",
        "data": {
            "entity": {
                "identifier": "payment-service",
                "title": "Payment Service",
                "blueprint": "service",
                "properties": { "language": "Python" },
            },
        },
        "organization": "your-org-id",
        "source": "port",
    });
    assert_eq!(posted[0].body_json::<Value>().unwrap(), documented);
    assert_eq!((posted[0].method.as_str(), posted[0].url.path()), ("POST", "/a"));
    assert_eq!(header(&posted[0], "content-type"), Some("application/json"));

    let delivery = &deliveries[0];
    assert!(delivery.is_delivered());
    assert_eq!(delivery.body, posted[0].body);
    assert_eq!(
        (delivery.webhook.as_deref().unwrap(), delivery.event.as_deref()),
        ("a", Some("entity.created"))
    );
    assert_eq!((delivery.attempts.len(), delivery.attempts[0].status), (1, Some(200)));
    assert_eq!(delivery.attempts[0].body, "answered 200");
}

type Make = fn(Value) -> PortEvent;

#[tokio::test]
async fn each_documented_event_has_its_constructor() {
    let receiver = Receiver::start().await;
    let port = FakePort::builder().webhook(json!({ "identifier": "a", "url": receiver.uri() })).start();
    let port = port.await.unwrap();
    let events: [(&str, Make); 12] = [
        ("entity.created", PortEvent::entity_created),
        ("entity.updated", PortEvent::entity_updated),
        ("entity.deleted", PortEvent::entity_deleted),
        ("action.created", PortEvent::action_created),
        ("action.updated", PortEvent::action_updated),
        ("action.deleted", PortEvent::action_deleted),
        ("run.created", PortEvent::run_created),
        ("run.updated", PortEvent::run_updated),
        ("run.completed", PortEvent::run_completed),
        ("blueprint.created", PortEvent::blueprint_created),
        ("blueprint.updated", PortEvent::blueprint_updated),
        ("blueprint.deleted", PortEvent::blueprint_deleted),
    ];
    let data = |name: &str| {
        let (kind, _) = name.split_once('.').unwrap();
        json!({ kind: { "identifier": name } })
    };
    for (name, make) in events {
        assert_eq!(make(json!({ "identifier": name })), PortEvent::named(name, data(name)));
    }
    for name in contract::events().iter().map(String::as_str) {
        let deliveries = port.emit(PortEvent::named(name, data(name)).to("a")).await;
        let payload = deliveries[0].json().unwrap();
        assert_eq!(payload["event"], name);
        assert_eq!(payload["data"], data(name));
        assert_eq!((&payload["organization"], &payload["source"]), (&json!("fake-org-id"), &json!("port")));
    }
    assert_eq!(receiver.received().await.len(), contract::events().len());
}

#[tokio::test]
async fn any_json_is_posted_as_it_is() {
    let receiver = Receiver::start().await;
    let port = FakePort::builder().webhook(receiver.webhook("a")).start().await.unwrap();
    for body in [
        json!([1, null]),
        json!("text"),
        json!({ "event": 7 }),
        json!({ "event": "entity.created", "x": 1.5 }),
    ] {
        let deliveries = port.emit(PortEvent::json(body.clone()).to("a")).await;
        assert_eq!(deliveries[0].json(), Some(body));
    }
    assert_eq!(receiver.received().await.len(), 4);
}

#[tokio::test]
async fn a_body_is_signed_with_the_secret_of_its_webhook() {
    let receiver = Receiver::start().await;
    let mut other = receiver.webhook("b");
    other["security"]["secret"] = json!("another");
    let mut none = receiver.webhook("c");
    none.as_object_mut().unwrap().remove("security");
    let port = FakePort::builder().webhooks([receiver.webhook("a"), other, none]).start().await.unwrap();
    let deliveries = port.emit(PortEvent::entity_created(json!({ "identifier": "é" }))).await;
    let posted = receiver.received().await;
    assert_eq!(posted.len(), 3);
    for request in &posted {
        let secret = match request.url.path() {
            "/a" => Some("s3cret"),
            "/b" => Some("another"),
            _ => None,
        };
        let expected = secret.map(|secret| signature(secret, &request.body));
        assert_eq!(header(request, "x-port-signature"), expected.as_deref());
        assert_eq!(header(request, "x-port-timestamp"), None);
    }
    let found: Vec<_> =
        deliveries.iter().map(|delivery| delivery.header("x-port-signature").is_some()).collect();
    assert_eq!(found, [true, true, false]);
}

#[tokio::test]
async fn the_timestamped_scheme_signs_the_time_too() {
    let receiver = Receiver::start().await;
    let mut none = receiver.webhook("b");
    none.as_object_mut().unwrap().remove("security");
    let settings = Deliveries::new().scheme(SigningScheme::Timestamped).signature_header("X-Other");
    let port = frozen()
        .credentials("id", "the-client-secret")
        .webhooks([receiver.webhook("a"), none])
        .deliveries(settings)
        .start()
        .await
        .unwrap();
    port.emit(PortEvent::entity_created(json!({}))).await;
    for request in receiver.received().await {
        let secret = if request.url.path() == "/a" { "s3cret" } else { "the-client-secret" };
        assert_eq!(header(&request, "x-port-timestamp"), Some("1705314600"));
        let signature = header(&request, "x-other").unwrap().strip_prefix("v1,").unwrap();
        assert_eq!(STANDARD.decode(signature).unwrap(), mac(secret, &[b"1705314600.", &request.body]));
        assert_eq!(header(&request, "x-port-signature"), None);
    }
}

#[tokio::test]
async fn a_webhook_sends_its_own_headers() {
    let receiver = Receiver::start().await;
    let mut webhook = receiver.webhook("a");
    webhook["headers"] = json!({
        "Authorization": "Bearer your-api-token",
        "X-API-Key": "your-api-key",
        "Content-Type": "application/vnd.port+json",
        "X-Port-Signature": "sha256=forged",
        "X-Port-Timestamp": "1",
        "Host": "elsewhere.example.com",
        "Content-Length": "3",
        "Transfer-Encoding": "chunked",
    });
    let port = FakePort::builder().webhook(webhook).start().await.unwrap();
    let deliveries = port.emit(PortEvent::entity_created(json!({}))).await;
    let posted = receiver.received().await;
    let request = &posted[0];
    assert_eq!(header(request, "authorization"), Some("Bearer your-api-token"));
    assert_eq!(header(request, "x-api-key"), Some("your-api-key"));
    assert_eq!(header(request, "content-type"), Some("application/vnd.port+json"));
    assert_eq!(header(request, "x-port-signature"), Some(signature("s3cret", &request.body).as_str()));
    assert_eq!(header(request, "x-port-timestamp"), None);
    assert!(receiver.uri().ends_with(header(request, "host").unwrap()));
    assert_eq!(header(request, "transfer-encoding"), None);

    port.emit(PortEvent::entity_created(json!({})).unsigned()).await;
    let unsigned = &receiver.received().await[1];
    assert_eq!(header(unsigned, "x-port-signature"), None, "no webhook signs for itself");

    let shown = format!("{deliveries:?} {}", json!(deliveries));
    for secret in ["your-api-token", "your-api-key", "s3cret", "sha256="] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("vnd.port") && shown.contains("[masked]"), "{shown}");
}
