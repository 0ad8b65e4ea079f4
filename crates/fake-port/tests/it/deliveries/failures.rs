//! Receivers that fail, and what is tried then.

use std::time::Duration;

use fake_port::{Deliveries, DeliveryOutcome, FakePort, PortEvent, Script, ScriptedServer, Waits};
use serde_json::json;

use super::receiver::Receiver;

fn webhook(url: &str) -> serde_json::Value {
    json!({ "identifier": "a", "url": url, "events": ["run.created"] })
}

#[tokio::test]
async fn a_failure_is_tried_again_after_a_growing_wait() {
    let receiver = Receiver::answering([500, 404, 302, 204]).await;
    let settings = Deliveries::new().attempts(5).backoff(Duration::from_secs(2), Duration::from_secs(5));
    let port =
        FakePort::builder().webhook(webhook(&receiver.uri())).deliveries(settings).start().await.unwrap();
    let deliveries = port.emit(PortEvent::run_created(json!({}))).await;
    assert_eq!(deliveries[0].outcome, DeliveryOutcome::Delivered);
    let attempts = &deliveries[0].attempts;
    let found: Vec<_> = attempts.iter().map(|one| (one.status.unwrap(), one.waited.as_secs())).collect();
    assert_eq!(found, [(500, 0), (404, 2), (302, 4), (204, 5)]);
    assert_eq!(attempts[1].body, "answered 404");
    assert!(!attempts[0].is_success() && attempts[3].is_success());
    let posted = receiver.received().await;
    assert!(posted.iter().all(|request| request.body == posted[0].body), "the same bytes each time");
    assert_eq!(posted.len(), 4);
}

#[tokio::test]
async fn in_the_end_it_is_given_up() {
    let receiver = Receiver::answering([503; 10]).await;
    let port = FakePort::builder().webhook(webhook(&receiver.uri())).start().await.unwrap();
    let deliveries = port.emit(PortEvent::run_created(json!({}))).await;
    assert_eq!((&deliveries[0].outcome, deliveries[0].attempts.len()), (&DeliveryOutcome::Failed, 3));
    assert_eq!(receiver.received().await.len(), 3);
    assert_eq!(port.deliveries()[0].outcome, DeliveryOutcome::Failed);
}

#[tokio::test]
async fn waits_are_real_where_that_is_asked_for() {
    let hour = Duration::from_secs(3600);
    let (short, receiver) = (Duration::from_millis(5), Receiver::answering([500; 9]).await);
    for (wait, in_time) in [(short, true), (hour, false)] {
        let settings = Deliveries::new().attempts(2).waits(Waits::Real).backoff(wait, wait);
        let builder = FakePort::builder().webhook(webhook(&receiver.uri())).deliveries(settings);
        let port = builder.start().await.unwrap();
        let emitted = port.emit(PortEvent::run_created(json!({})));
        let ended = tokio::time::timeout(Duration::from_millis(500), emitted).await;
        assert_eq!(ended.is_ok(), in_time);
    }
    assert_eq!(receiver.received().await.len(), 3);
}

#[tokio::test]
async fn no_answer_is_a_failure() {
    let timeout = Duration::from_millis(50);
    for (script, reason) in [
        (Script::silence(), "timed out"),
        (Script::stalled_body("{}", 1), "timed out"),
        (Script::new().receive(), "no complete response: "),
        (Script::broken_body("{}", 1), "no complete response: "),
        (Script::not_http(), "no complete response: "),
    ] {
        let receiver = ScriptedServer::start([script.clone()]).await.unwrap();
        let settings = Deliveries::new().attempts(2).timeout(timeout);
        let port =
            FakePort::builder().webhook(webhook(&receiver.uri())).deliveries(settings).start().await.unwrap();
        let deliveries = port.emit(PortEvent::run_created(json!({}))).await;
        assert_eq!(
            (&deliveries[0].outcome, receiver.connections()),
            (&DeliveryOutcome::Failed, 2),
            "{script:?}"
        );
        for attempt in &deliveries[0].attempts {
            assert!(attempt.error.as_ref().unwrap().starts_with(reason), "{attempt:?}");
        }
    }
    let gone = ScriptedServer::start([]).await.unwrap().uri();
    let port = FakePort::builder().webhook(webhook(&gone)).start().await.unwrap();
    let deliveries = port.emit(PortEvent::run_created(json!({}))).await;
    assert!(
        deliveries[0].attempts[2].error.as_ref().unwrap().starts_with("cannot connect: "),
        "{deliveries:?}"
    );
}

#[tokio::test]
async fn a_long_answer_is_cut() {
    let receiver = ScriptedServer::start([Script::endless_body()]).await.unwrap();
    let port = FakePort::builder().webhook(webhook(&receiver.uri())).start().await.unwrap();
    let deliveries = port.emit(PortEvent::run_created(json!({}))).await;
    assert!(deliveries[0].is_delivered());
    assert_eq!(deliveries[0].attempts[0].body.len(), 64 * 1024);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let other = ScriptedServer::start([]).await.unwrap();
    let receiver = ScriptedServer::start([Script::redirect(&other.uri())]).await.unwrap();
    let port = FakePort::builder().webhook(webhook(&receiver.uri())).start().await.unwrap();
    let deliveries = port.emit(PortEvent::run_created(json!({}))).await;
    assert_eq!(deliveries[0].attempts[0].status, Some(307));
    assert_eq!((receiver.connections(), other.connections()), (3, 0));
}
