//! What goes wrong with deliveries on purpose.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake_port::{Deliveries, FakePort, Order, PortEvent, SigningScheme};
use serde_json::{Value, json};

use super::receiver::{Receiver, header, mac, signature};

async fn one(receiver: &Receiver, scheme: SigningScheme, event: PortEvent) -> Vec<wiremock::Request> {
    let port = FakePort::builder()
        .clock(|| UNIX_EPOCH + Duration::from_secs(1_700_000_000))
        .webhook(receiver.webhook("a"))
        .deliveries(Deliveries::new().scheme(scheme))
        .start()
        .await
        .unwrap();
    assert!(port.emit(event).await.iter().all(fake_port::SentDelivery::is_delivered));
    receiver.received().await
}

fn event() -> PortEvent {
    PortEvent::entity_created(json!({ "identifier": "a" }))
}

#[tokio::test]
async fn duplicates_are_the_same_byte_by_byte() {
    let receiver = Receiver::start().await;
    let posted = one(&receiver, SigningScheme::Timestamped, event().duplicated(2)).await;
    assert_eq!(posted.len(), 3);
    for request in &posted {
        assert_eq!(request.body, posted[0].body);
        assert_eq!(request.headers, posted[0].headers);
    }
}

#[tokio::test]
async fn a_tampered_body_does_not_fit_its_signature() {
    for event in [event(), PortEvent::json(json!({ "event": "entity.created", "tampered": true }))] {
        let receiver = Receiver::start().await;
        let posted = one(&receiver, SigningScheme::Body, event.clone().tampered()).await;
        let sent = header(&posted[0], "x-port-signature").unwrap();
        assert_ne!(sent, signature("s3cret", &posted[0].body));
        assert!(posted[0].body_json::<Value>().unwrap().is_object());

        let receiver = Receiver::start().await;
        let whole = one(&receiver, SigningScheme::Body, event).await;
        assert_eq!(sent, signature("s3cret", &whole[0].body), "it was signed before it was changed");
    }
}

#[tokio::test]
async fn a_stale_delivery_is_signed_for_its_own_time() {
    let receiver = Receiver::start().await;
    let posted = one(&receiver, SigningScheme::Timestamped, event().stale(Duration::from_secs(600))).await;
    assert_eq!(header(&posted[0], "x-port-timestamp"), Some("1699999400"));
    assert_eq!(posted[0].body_json::<Value>().unwrap()["timestamp"], "2023-11-14T22:03:20Z");
    let sent = header(&posted[0], "x-port-signature").unwrap().strip_prefix("v1,").unwrap();
    assert_eq!(STANDARD.decode(sent).unwrap(), mac("s3cret", &[b"1699999400.", &posted[0].body]));

    let receiver = Receiver::start().await;
    let posted = one(&receiver, SigningScheme::Timestamped, event().stale(Duration::MAX)).await;
    assert_eq!(header(&posted[0], "x-port-timestamp"), Some("0"), "no time is too long ago");
}

#[tokio::test]
async fn a_signature_is_wrong_or_missing() {
    let receiver = Receiver::start().await;
    let posted = one(&receiver, SigningScheme::Body, event().wrong_secret()).await;
    let sent = header(&posted[0], "x-port-signature").unwrap();
    assert_ne!(sent, signature("s3cret", &posted[0].body));
    assert_eq!(sent.len(), "sha256=".len() + 64);

    for scheme in [SigningScheme::Body, SigningScheme::Timestamped] {
        let receiver = Receiver::start().await;
        let posted = one(&receiver, scheme, event().unsigned()).await;
        assert_eq!(header(&posted[0], "x-port-signature"), None);
        assert_eq!(header(&posted[0], "x-port-timestamp"), None);
    }
}

/// The order in which eight events reach a webhook.
async fn order(order: Order) -> Vec<u64> {
    let receiver = Receiver::start().await;
    let port = FakePort::builder().webhook(receiver.webhook("a")).start().await.unwrap();
    let events = (0..8).map(|number| PortEvent::entity_created(json!({ "number": number })));
    port.emit_all(events, order).await;
    let number = |request: &wiremock::Request| {
        request.body_json::<Value>().unwrap()["data"]["entity"]["number"].as_u64().unwrap()
    };
    receiver.received().await.iter().map(number).collect()
}

#[tokio::test]
async fn events_come_in_another_order() {
    assert_eq!(order(Order::Given).await, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(order(Order::Reversed).await, [7, 6, 5, 4, 3, 2, 1, 0]);
    let shuffled = order(Order::Shuffled(7)).await;
    assert_eq!(order(Order::Shuffled(7)).await, shuffled);
    assert_ne!(order(Order::Shuffled(8)).await, shuffled);
    let mut sorted = shuffled.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6, 7], "{shuffled:?}");
    assert_ne!(shuffled, sorted);
}

#[test]
fn events_are_read_from_json() {
    let read = |value: Value| serde_json::from_value::<PortEvent>(value);
    let event = read(json!({ "event": "run.created", "data": { "run": { "id": 1 } } })).unwrap();
    assert_eq!(event, PortEvent::run_created(json!({ "id": 1 })));
    let event = read(json!({ "json": [1], "to": ["a"], "duplicated": 2, "tampered": true, "staleSeconds": 3,
        "wrongSecret": true }));
    let expected = PortEvent::json(json!([1])).to("a").duplicated(2).tampered().stale(Duration::from_secs(3));
    assert_eq!(event.unwrap(), expected.wrong_secret());
    assert_eq!(read(json!({ "json": 1, "unsigned": true })).unwrap(), PortEvent::json(json!(1)).unsigned());
    for bad in [
        json!({}),
        json!({ "event": "a" }),
        json!({ "data": 1 }),
        json!({ "event": "a", "data": 1, "json": 1 }),
        json!({ "json": 1, "wrongSecret": true, "unsigned": true }),
        json!({ "json": 1, "more": true }),
        json!({ "json": 1, "duplicated": -1 }),
        json!({ "json": 1, "duplicated": 1001 }),
    ] {
        assert!(read(bad.clone()).is_err(), "{bad}");
    }
}
