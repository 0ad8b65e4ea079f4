//! Who gets a delivery, and where it may go.

use fake_port::{Deliveries, DeliveryOutcome, FakePort, PortEvent};
use serde_json::{Value, json};

use super::receiver::Receiver;

fn paths(posted: &[wiremock::Request]) -> Vec<&str> {
    let mut paths: Vec<_> = posted.iter().map(|request| request.url.path()).collect();
    paths.sort_unstable();
    paths
}

#[tokio::test]
async fn enabled_subscribers_get_it_once_and_nobody_else() {
    let receiver = Receiver::start().await;
    let with = |identifier: &str, name: &str, value: Value| {
        let mut webhook = receiver.webhook(identifier);
        webhook[name] = value;
        webhook
    };
    let port = FakePort::builder()
        .webhooks([
            receiver.webhook("a"),
            with("disabled", "enabled", json!(false)),
            with("other", "events", json!(["entity.updated"])),
            with("none", "events", json!([])),
            with("many", "events", json!(["run.created", "entity.created", "entity.created"])),
            json!({ "identifier": "no-events", "url": receiver.uri() }),
        ])
        .start()
        .await
        .unwrap();
    let deliveries = port.emit(PortEvent::entity_created(json!({}))).await;
    assert_eq!(paths(&receiver.received().await), ["/a", "/many"]);
    let found: Vec<_> =
        deliveries.iter().map(|delivery| (delivery.number, delivery.webhook.as_deref().unwrap())).collect();
    assert_eq!(found, [(1, "a"), (2, "many")]);
    assert_eq!((port.deliveries().len(), port.counts().deliveries), (2, 2));
    port.clear_deliveries();
    assert_eq!((port.deliveries().len(), port.counts().deliveries), (0, 2));
}

#[tokio::test]
async fn it_can_be_sent_to_some_alone() {
    let receiver = Receiver::start().await;
    let mut disabled = receiver.webhook("c");
    disabled["enabled"] = json!(false);
    let port = FakePort::builder()
        .webhooks([receiver.webhook("a"), receiver.webhook("b"), disabled])
        .start()
        .await
        .unwrap();
    port.emit(PortEvent::run_created(json!({})).to("b").to("c").to("missing")).await;
    assert_eq!(paths(&receiver.received().await), ["/b"], "subscribed or not, but not when disabled");
    assert_eq!(port.emit(PortEvent::json(json!({ "no": "event" }))).await.len(), 0);
    assert_eq!(port.emit(PortEvent::json(json!({ "event": "entity.created" }))).await.len(), 2);
    assert_eq!(port.emit(PortEvent::named("moon.risen", json!({}))).await.len(), 0);
}

#[tokio::test]
async fn it_goes_to_this_machine_only() {
    let receiver = Receiver::start().await;
    let by_name = receiver.uri().replace("127.0.0.1", "receiver.localhost");
    let port = FakePort::start().await;
    let secret = "http://me:hush@api.example.invalid/hook";
    for (identifier, url) in [
        ("name", json!(by_name)),
        ("elsewhere", json!(secret)),
        ("address", json!("http://192.0.2.1/")),
        ("tls", json!("https://localhost/")),
        ("odd", json!("nowhere")),
        ("null", json!(null)),
    ] {
        port.seed(json!({ "identifier": identifier, "url": url, "events": ["run.created"] })).unwrap();
    }
    let deliveries = port.emit(PortEvent::run_created(json!({}))).await;
    let here = "the url is not on this machine: see Deliveries::anywhere, --deliver-anywhere";
    let found: Vec<_> =
        deliveries.iter().map(|delivery| (delivery.webhook.as_deref().unwrap(), &delivery.outcome)).collect();
    assert_eq!(found[0], ("name", &DeliveryOutcome::Delivered));
    assert_eq!(
        found[1..3],
        [("elsewhere", &DeliveryOutcome::Refused(here)), ("address", &DeliveryOutcome::Refused(here))]
    );
    if cfg!(not(feature = "https")) {
        let reason = "calling an https URL needs the feature `https` of the crate fake-port";
        assert_eq!(found[3], ("tls", &DeliveryOutcome::Refused(reason)));
    }
    assert_eq!(found[4], ("odd", &DeliveryOutcome::Refused("the url is not a URL")));
    assert_eq!(found[5], ("null", &DeliveryOutcome::Refused("the webhook has no url")));
    assert!(deliveries[1..3].iter().all(|delivery| delivery.attempts.is_empty()));
    assert!(!format!("{deliveries:?}{}", json!(deliveries)).contains("hush"));

    let anywhere = Deliveries::new().anywhere().attempts(1);
    let port = FakePort::builder()
        .webhook(json!({ "identifier": "a", "url": secret, "events": ["run.created"] }))
        .deliveries(anywhere)
        .start()
        .await
        .unwrap();
    let deliveries = port.emit(PortEvent::run_created(json!({}))).await;
    assert_eq!(deliveries[0].outcome, DeliveryOutcome::Failed, "it was tried: {deliveries:?}");
    assert!(deliveries[0].attempts[0].error.as_ref().unwrap().starts_with("cannot connect: "));
}

#[tokio::test]
async fn what_a_webhook_may_not_send_is_refused() {
    let receiver = Receiver::start().await;
    for (headers, reason) in [
        (json!({ "a b": "hush" }), "a header's name is not valid"),
        (json!({ "a": "hush\n" }), "a header's value is not valid"),
        (json!({ "a": ["hush"] }), "a header's value is not a string"),
    ] {
        let mut webhook = receiver.webhook("a");
        webhook["headers"] = headers;
        let port = FakePort::builder().webhook(webhook).start().await.unwrap();
        let deliveries = port.emit(PortEvent::entity_created(json!({}))).await;
        assert_eq!(deliveries[0].outcome, DeliveryOutcome::Refused(reason));
    }
    assert!(receiver.received().await.is_empty());
}
