//! The example `reconcile`, a service that owns the webhooks of a prefix, when things go wrong.

use std::time::Duration;

use fake_port::{Ending, FakePort, Fault, FaultPlan, Hint, PagingFault, Route};
use port_webhooks::test_util::ManualClock;
use port_webhooks::{Error, ErrorKind, EventType, NewWebhook, Webhooks};
use serde_json::json;

use self::example::{Done, Failure, reconcile};
use crate::support::client_of;

#[allow(dead_code)] // its `main`, which CI runs
#[path = "../../crates/port-webhooks/examples/reconcile.rs"]
mod example;

fn wanted() -> Vec<NewWebhook> {
    let webhook = |name| {
        NewWebhook::subscription(name, format!("https://a.example/{name}")).events([EventType::RunCreated])
    };
    vec![webhook("svc.a"), webhook("svc.b")]
}

/// A fake with a webhook to change, one to delete, and four of others.
async fn fake_with(clock: &ManualClock) -> FakePort {
    let fake = FakePort::builder().clock(clock.wall_clock()).start().await.unwrap();
    let url = "https://a.example";
    for name in ["svc.b", "svc.old", "svc", "svcs.a", "other", "a.svc.a"] {
        fake.seed(json!({ "identifier": name, "url": url, "events": ["run.created"] })).unwrap();
    }
    fake
}

fn hooks(fake: &FakePort, clock: &ManualClock) -> Webhooks {
    client_of(fake).clock(clock.clone()).build().unwrap().webhooks()
}

async fn start(fake: &FakePort) -> Result<Done, Failure> {
    reconcile(&hooks(fake, &ManualClock::new()), "svc.", &wanted()).await
}

fn names(fake: &FakePort) -> Vec<String> {
    let mut names: Vec<_> =
        fake.webhooks().iter().map(|webhook| webhook["identifier"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn kind(result: Result<Done, Failure>) -> ErrorKind {
    result.unwrap_err().downcast_ref::<Error>().unwrap().kind()
}

/// A complete start; and another one changes nothing.
async fn assert_converges(fake: &FakePort) {
    start(fake).await.unwrap();
    assert_eq!(names(fake), ["a.svc.a", "other", "svc", "svc.a", "svc.b", "svcs.a"]);
    assert_eq!(fake.webhook("svc.b").unwrap()["url"], "https://a.example/svc.b");
    let writes = fake.ledger().len();
    assert_eq!(start(fake).await.unwrap(), Done::default());
    assert_eq!(fake.ledger().len(), writes);
}

fn all() -> Done {
    let [created, changed, deleted] = ["svc.a", "svc.b", "svc.old"].map(|name| vec![name.to_owned()]);
    Done { created, changed, deleted }
}

#[tokio::test]
async fn service_without_faults_does_what_is_needed_once() {
    let fake = fake_with(&ManualClock::new()).await;
    assert_eq!(start(&fake).await.unwrap(), all());
    assert_converges(&fake).await;
}

#[tokio::test]
async fn service_with_a_lost_create_creates_once() {
    let fake = fake_with(&ManualClock::new()).await;
    fake.inject(Fault::dropped().on([Route::Create]).applied());
    assert_eq!(start(&fake).await.unwrap(), all());
    assert_eq!(fake.ledger().iter().filter(|write| write.identifier == "svc.a").count(), 1);
    assert_converges(&fake).await;
}

#[tokio::test]
async fn service_with_a_lost_update_does_the_rest() {
    let fake = fake_with(&ManualClock::new()).await;
    fake.inject(Fault::broken_body(5, Ending::Reset).on([Route::Update]).applied());
    assert_eq!(start(&fake).await.unwrap(), all());
    assert_converges(&fake).await;
}

#[tokio::test]
async fn service_with_a_lost_delete_reports_it_as_deleted() {
    let fake = fake_with(&ManualClock::new()).await;
    fake.inject(Fault::dropped().on([Route::Delete]).applied());
    assert_eq!(start(&fake).await.unwrap(), all());
    assert_converges(&fake).await;
}

#[tokio::test]
async fn service_whose_webhook_another_deletes_goes_on() {
    let fake = fake_with(&ManualClock::new()).await;
    fake.inject(Fault::status(404).on([Route::Delete]));
    assert!(start(&fake).await.unwrap().deleted.is_empty());
    assert_converges(&fake).await;
}

#[tokio::test]
async fn service_with_failures_of_port_retries() {
    let fake = fake_with(&ManualClock::new()).await;
    fake.inject(Fault::status(503).on([Route::Get]).times(2));
    fake.inject(Fault::status(502).on([Route::List]));
    assert_eq!(start(&fake).await.unwrap(), all());
}

#[tokio::test]
async fn service_at_its_rate_limit_waits_as_long_as_port_says() {
    let clock = ManualClock::new();
    let fake = fake_with(&clock).await;
    fake.inject(Fault::rate_limited(Hint::Seconds(20)).on([Route::Create]));
    assert_eq!(reconcile(&hooks(&fake, &clock), "svc.", &wanted()).await.unwrap(), all());
    assert!(clock.passed() >= Duration::from_secs(20), "{:?}", clock.waits());
}

#[tokio::test]
async fn service_whose_token_is_revoked_gets_another() {
    let fake = fake_with(&ManualClock::new()).await;
    fake.inject(Fault::revoked_token().on([Route::Update]));
    assert_eq!(start(&fake).await.unwrap(), all());
    assert_eq!(fake.tokens_issued(), 2);
}

#[tokio::test]
async fn service_without_a_list_deletes_nothing() {
    for fault in [Fault::status(500), Fault::status(403), Fault::truncated(20)] {
        let fake = fake_with(&ManualClock::new()).await;
        fake.inject(fault.on([Route::List]).always());
        start(&fake).await.unwrap_err();
        assert_eq!(fake.webhooks().len(), 7);
        fake.clear_faults();
        assert_converges(&fake).await;
    }
}

#[tokio::test]
async fn service_that_may_not_write_deletes_nothing() {
    let fake = fake_with(&ManualClock::new()).await;
    fake.inject(Fault::status(403).on([Route::Update]));
    assert_eq!(kind(start(&fake).await), ErrorKind::Permission);
    assert!(fake.webhook("svc.old").is_some());
    assert_converges(&fake).await;
}

#[tokio::test]
async fn service_of_a_server_with_odd_pages_deletes_its_own_alone() {
    for fault in [PagingFault::Capped(2), PagingFault::Ignored, PagingFault::Repeated, PagingFault::Cyclic] {
        let fake = fake_with(&ManualClock::new()).await;
        fake.inject(Fault::paging(fault).always());
        assert_eq!(start(&fake).await.unwrap(), all());
        assert_converges(&fake).await;
    }
}

#[tokio::test]
async fn service_with_random_faults_converges_when_they_end() {
    for seed in 0..20 {
        let fake = fake_with(&ManualClock::new()).await;
        fake.follow(FaultPlan::seeded(seed).share(0.3));
        let _ = start(&fake).await;
        fake.follow(FaultPlan::random().share(0.0));
        assert_converges(&fake).await;
    }
}

#[tokio::test]
async fn service_without_a_prefix_or_with_a_foreign_one_sends_nothing() {
    let clock = ManualClock::new();
    let fake = fake_with(&clock).await;
    for prefix in ["", "svc.a"] {
        reconcile(&hooks(&fake, &clock), prefix, &wanted()).await.unwrap_err();
    }
    let nameless = NewWebhook::data_source("A");
    reconcile(&hooks(&fake, &clock), "svc.", &[nameless]).await.unwrap_err();
    assert!(fake.requests().is_empty());
    assert_eq!(reconcile(&hooks(&fake, &clock), "", &[]).await.unwrap(), Done::default());
    assert_eq!(fake.webhooks().len(), 6);
}
