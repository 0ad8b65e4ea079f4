//! Any webhooks, any event: who gets what, and how often.

use std::collections::BTreeMap;

use fake_port::{Deliveries, FakePort, PortEvent};
use proptest::prelude::*;
use serde_json::json;
use tokio::runtime::Runtime;

use super::receiver::{Receiver, header, signature};

const EVENTS: [&str; 4] = ["entity.created", "entity.updated", "run.completed", "blueprint.deleted"];

/// The events of a webhook and whether it is enabled.
type Subscription = (Vec<&'static str>, bool);

fn subscriptions() -> impl Strategy<Value = Vec<Subscription>> {
    let events = proptest::sample::subsequence(EVENTS.to_vec(), 0..=EVENTS.len());
    proptest::collection::vec((events, any::<bool>()), 0..8)
}

/// How many requests came for each webhook, after all were checked for their signature.
async fn counted(receiver: &Receiver) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in receiver.received().await {
        let identifier = request.url.path().trim_start_matches('/').to_owned();
        let expected = signature(&format!("secret of {identifier}"), &request.body);
        assert_eq!(header(&request, "x-port-signature"), Some(expected.as_str()));
        *counts.entry(identifier).or_default() += 1;
    }
    counts
}

async fn emitted(
    receiver: &Receiver,
    subscriptions: &[Subscription],
    settings: Deliveries,
    event: PortEvent,
) -> FakePort {
    let webhooks = subscriptions.iter().enumerate().map(|(at, (events, enabled))| {
        json!({
            "identifier": at.to_string(),
            "url": format!("{}/{at}", receiver.uri()),
            "events": events,
            "enabled": enabled,
            "security": { "secret": format!("secret of {at}") },
        })
    });
    let port = FakePort::builder().webhooks(webhooks).deliveries(settings).start().await.unwrap();
    port.emit(event).await;
    port
}

fn subscribers(subscriptions: &[Subscription], event: &str) -> Vec<String> {
    let gets = |(events, enabled): &Subscription| *enabled && events.contains(&event);
    subscriptions.iter().enumerate().filter(|(_, one)| gets(one)).map(|(at, _)| at.to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn enabled_subscribers_get_it_once_when_nothing_fails(
        subscriptions in subscriptions(),
        event in proptest::sample::select(EVENTS.to_vec()),
        duplicated in 0_usize..3,
    ) {
        Runtime::new().unwrap().block_on(async {
            let receiver = Receiver::start().await;
            let event_sent = PortEvent::named(event, json!({})).duplicated(duplicated);
            emitted(&receiver, &subscriptions, Deliveries::new(), event_sent).await;
            let expected = subscribers(&subscriptions, event).into_iter().map(|who| (who, duplicated + 1));
            assert_eq!(counted(&receiver).await, expected.collect());
        });
    }

    #[test]
    fn enabled_subscribers_get_it_at_least_once_despite_failures(
        subscriptions in subscriptions(),
        event in proptest::sample::select(EVENTS.to_vec()),
        failures in proptest::collection::vec(proptest::sample::select(vec![200_u16, 302, 404, 429, 500, 503]), 0..6),
    ) {
        Runtime::new().unwrap().block_on(async {
            let receiver = Receiver::answering(failures.clone()).await;
            // One more than can fail in a row, so that each is taken in the end.
            let settings = Deliveries::new().attempts(7);
            let port = emitted(&receiver, &subscriptions, settings, PortEvent::named(event, json!({}))).await;
            let counts = counted(&receiver).await;
            assert!(counts.keys().eq(subscribers(&subscriptions, event).iter()), "{counts:?}");
            for delivery in port.deliveries() {
                assert!(delivery.is_delivered());
                assert_eq!(delivery.attempts.len(), counts[delivery.webhook.as_ref().unwrap()], "the log tells what came");
                assert!(delivery.attempts.iter().rev().skip(1).all(|attempt| !attempt.is_success()));
            }
            let failed = failures.iter().take(counts.values().sum()).filter(|status| **status != 200).count();
            assert_eq!(counts.values().sum::<usize>(), counts.len() + failed);
        });
    }
}
