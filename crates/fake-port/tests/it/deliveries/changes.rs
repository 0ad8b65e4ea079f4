//! Changes made through the API that are delivered too.

use std::sync::Arc;

use fake_port::{Deliveries, FakePort, Recording};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::receiver::Receiver;
use crate::client::Client;

#[tokio::test]
async fn changes_of_webhooks_are_delivered() {
    for own_server in [false, true] {
        let receiver = Receiver::start().await;
        let builder = FakePort::builder().deliveries(Deliveries::new().of_changes()).record(Recording::All);
        let port = if own_server { builder.serve().await } else { builder.start().await }.unwrap();
        let client = Client::of(&port);
        let mut audit = receiver.webhook("audit");
        audit["events"] = json!(["webhook.created", "webhook.updated", "webhook.deleted"]);
        assert_eq!(client.post(audit).await.status, 201);
        let other = json!({
            "identifier": "other", "url": "https://example.com", "events": ["run.created"],
            "headers": { "X-Key": "hush" }, "security": { "secret": "hush" },
        });
        client.post(other).await;
        client.patch("other", json!({ "title": "New" })).await;
        client.patch("other", json!({ "title": 7 })).await;
        client
            .put(
                "other",
                json!({ "identifier": "o", "url": "https://example.com", "events": ["run.created"] }),
            )
            .await;
        client.delete("/v1/webhooks/o").await;
        client.delete("/v1/webhooks/o").await;
        port.settled().await;

        let mut found: Vec<_> = port
            .deliveries()
            .iter()
            .map(|delivery| {
                let payload = delivery.json().unwrap();
                let identifier = payload["data"]["webhook"]["identifier"].as_str().unwrap().to_owned();
                (delivery.number, delivery.event.clone().unwrap(), identifier)
            })
            .collect();
        found.sort_unstable();
        let found: Vec<_> = found.iter().map(|(_, event, who)| (event.as_str(), who.as_str())).collect();
        assert_eq!(
            found,
            [
                ("webhook.created", "audit"),
                ("webhook.created", "other"),
                ("webhook.updated", "other"),
                ("webhook.updated", "o"),
                ("webhook.deleted", "o"),
            ]
        );
        let posted = receiver.received().await;
        assert_eq!(posted.len(), 5);
        for request in posted {
            let text = String::from_utf8(request.body.clone()).unwrap();
            assert!(!text.contains("hush"), "{text}");
            assert_eq!(request.body_json::<Value>().unwrap()["source"], "port");
        }
    }
}

#[tokio::test]
async fn changes_come_in_their_order_whatever_fails() {
    let failing = (0..60).map(|number| if number % 3 == 0 { 500 } else { 200 });
    let receiver = Receiver::answering(failing).await;
    let mut audit = receiver.webhook("audit");
    audit["events"] = json!(["webhook.updated"]);
    let builder = FakePort::builder().webhook(audit).deliveries(Deliveries::new().of_changes().attempts(5));
    let port = builder.serve().await.unwrap();
    let client = Client::of(&port);
    for number in 0..30 {
        client.patch("audit", json!({ "title": number.to_string() })).await;
    }
    port.settled().await;
    let mut titles: Vec<u32> = Vec::new();
    for request in receiver.received().await {
        let title = request.body_json::<Value>().unwrap()["data"]["webhook"]["title"].clone();
        titles.push(title.as_str().unwrap().parse().unwrap());
    }
    assert!(titles.is_sorted(), "{titles:?}");
    titles.dedup();
    assert!(titles.into_iter().eq(0..30));
}

#[tokio::test]
async fn a_reset_gives_up_what_is_on_its_way() {
    let receiver = Receiver::answering([500; 9]).await;
    let hour = std::time::Duration::from_secs(3600);
    let settings = Deliveries::new().attempts(3).waits(fake_port::Waits::Real).backoff(hour / 200_000, hour);
    let builder = FakePort::builder().webhook(receiver.webhook("a")).deliveries(settings);
    let port = builder.record(Recording::All).serve().await.unwrap();
    let emitted = port.emit(fake_port::PortEvent::entity_created(json!({})));
    tokio::pin!(emitted);
    // Until the first attempt has been made.
    while receiver.received().await.is_empty() {
        assert!(futures_util::poll!(&mut emitted).is_pending());
        tokio::task::yield_now().await;
    }
    port.reset();
    assert!(emitted.await.is_empty());
    assert_eq!((port.deliveries().len(), port.counts().deliveries), (0, 0));
    assert!(receiver.received().await.len() < 3);
}

#[tokio::test]
async fn delivery_that_ends_after_a_reset_is_not_logged() {
    let port = Arc::new(FakePort::builder().record(Recording::All).serve().await.unwrap());
    let (receiver, resetting) = (MockServer::start().await, Arc::clone(&port));
    let reset = move |_: &Request| {
        resetting.reset();
        ResponseTemplate::new(200)
    };
    Mock::given(any()).respond_with(reset).expect(1).mount(&receiver).await;
    let event = fake_port::PortEvent::entity_created(json!({})).to_url(receiver.uri());
    assert!(port.emit(event).await.is_empty());
    assert!(port.deliveries().is_empty());
}

#[tokio::test]
async fn nobody_who_leaves_ends_a_delivery() {
    let receiver = Receiver::answering([500]).await;
    let port = FakePort::builder().webhook(receiver.webhook("a")).start().await.unwrap();
    {
        let emitted = port.emit(fake_port::PortEvent::entity_created(json!({})));
        tokio::pin!(emitted);
        assert!(futures_util::poll!(emitted.as_mut()).is_pending());
    }
    port.settled().await;
    assert!(port.deliveries()[0].is_delivered());
    assert_eq!(receiver.received().await.len(), 2);
}

#[tokio::test]
async fn by_default_no_change_is_delivered() {
    let receiver = Receiver::start().await;
    let mut audit = receiver.webhook("audit");
    audit["events"] = json!(["webhook.deleted"]);
    let port = FakePort::builder().webhook(audit.clone()).start().await.unwrap();
    let client = Client::of(&port);
    client.patch("audit", json!({ "title": "New" })).await;
    client.delete("/v1/webhooks/audit").await;
    port.settled().await;
    assert_eq!((port.counts().deliveries, receiver.received().await.len()), (0, 0));
    client.post(audit).await.refused(422, "validation_error");
}
