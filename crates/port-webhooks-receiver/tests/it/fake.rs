//! Deliveries of the fake Port, over a socket: as they should be, and gone wrong on the way.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::Router;
use fake_port::{Deliveries, FakePort, Order, PortEvent, SentDelivery, SigningScheme};
use port_webhooks_receiver::{EventType, Received, ReceiverLayer, ReplayGuard, Verifier};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::TestClock;

const SECRET: &str = "your-webhook-secret";
const NOW: u64 = 1_700_000_000;

/// A fake that delivers to a receiver, and what the receiver's handler has seen.
struct Scene {
    port: FakePort,
    clock: TestClock,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Scene {
    async fn start(scheme: SigningScheme) -> Self {
        let clock = TestClock::at(NOW);
        let verifier = match scheme {
            SigningScheme::Timestamped => Verifier::timestamped(SECRET).clock(clock.clone()).build(),
            _ => Verifier::body(SECRET).build(),
        };
        let seen = Arc::new(Mutex::new(Vec::new()));
        let app: Router =
            ReceiverLayer::new(verifier.unwrap()).replay(ReplayGuard::in_memory()).router("/port", {
                let seen = Arc::clone(&seen);
                move |delivery: Received| async move {
                    let event = delivery.delivery().event_name().unwrap_or("-");
                    seen.lock().unwrap().push(event.to_owned());
                }
            });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let port = FakePort::builder()
            .deliveries(Deliveries::new().scheme(scheme).attempts(1))
            .clock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(NOW))
            .start()
            .await
            .unwrap();
        port.seed(json!({
            "identifier": "a",
            "url": format!("http://{address}/port"),
            "events": EventType::KNOWN,
            "security": { "secret": SECRET },
        }))
        .unwrap();
        Self { port, clock, seen }
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

fn statuses(deliveries: &[SentDelivery]) -> Vec<u16> {
    deliveries.iter().flat_map(|delivery| &delivery.attempts).map(|attempt| attempt.status.unwrap()).collect()
}

const BOTH: [SigningScheme; 2] = [SigningScheme::Body, SigningScheme::Timestamped];

fn events() -> Vec<PortEvent> {
    EventType::KNOWN.iter().map(|event| PortEvent::named(event.as_str(), json!({}))).collect()
}

#[tokio::test]
async fn every_event_arrives_in_the_order_it_was_sent() {
    for scheme in BOTH {
        let scene = Scene::start(scheme).await;
        for order in [Order::Given, Order::Reversed, Order::Shuffled(7)] {
            let sent = scene.port.emit_all(events(), order).await;
            // What was handled before is a replay in any order.
            assert_eq!(statuses(&sent), vec![200; EventType::KNOWN.len()]);
            let order: Vec<String> = sent.iter().filter_map(|delivery| delivery.event.clone()).collect();
            assert_eq!(
                scene.seen(),
                if matches!(order[0].as_str(), "entity.created") { order } else { Vec::new() }
            );
        }
    }
}

#[tokio::test]
async fn reordered_deliveries_are_each_handled_once() {
    for scheme in BOTH {
        let scene = Scene::start(scheme).await;
        let sent = scene.port.emit_all(events(), Order::Shuffled(3)).await;
        assert_eq!(statuses(&sent), vec![200; EventType::KNOWN.len()]);
        let mut seen = scene.seen();
        seen.sort();
        let mut known: Vec<&str> = EventType::KNOWN.iter().map(EventType::as_str).collect();
        known.sort_unstable();
        assert_eq!(seen, known);
    }
}

#[tokio::test]
async fn duplicates_are_answered_with_success_and_handled_once() {
    for scheme in BOTH {
        let scene = Scene::start(scheme).await;
        let sent = scene.port.emit(PortEvent::run_completed(json!({ "id": "r" })).duplicated(4)).await;
        assert_eq!(statuses(&sent), [200; 5]);
        assert_eq!(scene.seen(), ["run.completed"]);
    }
}

#[tokio::test]
async fn what_was_tampered_with_or_is_not_signed_by_port_is_401() {
    for scheme in BOTH {
        let scene = Scene::start(scheme).await;
        let event = || PortEvent::entity_created(json!({ "identifier": "a" }));
        for wrong in [event().tampered(), event().wrong_secret(), event().unsigned()] {
            assert_eq!(statuses(&scene.port.emit(wrong).await), [401]);
        }
        assert!(scene.seen().is_empty());
        // None of them has used up the place of the true one.
        assert_eq!(statuses(&scene.port.emit(event()).await), [200]);
        assert_eq!(scene.seen(), ["entity.created"]);
    }
}

#[tokio::test]
async fn what_is_stale_is_401_where_the_time_is_signed() {
    let scene = Scene::start(SigningScheme::Timestamped).await;
    let event = |seconds| {
        PortEvent::run_created(json!({ "id": format!("r_{seconds}") })).stale(Duration::from_secs(seconds))
    };
    assert_eq!(statuses(&scene.port.emit(event(300)).await), [200]);
    assert_eq!(statuses(&scene.port.emit(event(301)).await), [401]);
    scene.clock.advance(1);
    assert_eq!(statuses(&scene.port.emit(event(299)).await), [200]);
    assert_eq!(scene.seen(), ["run.created", "run.created"]);
    // A signature of the body alone says nothing of the time.
    let scene = Scene::start(SigningScheme::Body).await;
    assert_eq!(statuses(&scene.port.emit(event(1_000_000)).await), [200]);
}

#[tokio::test]
async fn one_scheme_is_never_taken_for_the_other() {
    let scene = Scene::start(SigningScheme::Timestamped).await;
    let (body, url) = (FakePort::start().await, scene.port.webhook("a").unwrap());
    body.seed(url).unwrap();
    assert_eq!(statuses(&body.emit(PortEvent::run_created(json!({}))).await), [401; 3]);
    assert!(scene.seen().is_empty());
}
