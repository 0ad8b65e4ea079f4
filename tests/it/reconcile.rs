//! With `reconcile`, a create whose response is lost looks its webhook up.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use fake_port::{Ending, FakePort, Fault, Recording, Route};
use http::StatusCode;
use port_webhooks::{Client, ErrorKind, EventType, NewWebhook, Outcome, Webhook};
use serde_json::json;

use crate::support::{PAGE_URL, StallClock, Stalls, client_of};

async fn fake() -> Arc<FakePort> {
    Arc::new(FakePort::builder().record(Recording::All).serve().await.unwrap())
}

/// A client whose attempts end when the fake stalls them.
fn port(fake: &Arc<FakePort>) -> Client {
    port_with(fake, Stalls::of)
}

fn port_with(fake: &Arc<FakePort>, stalls: fn(&FakePort) -> Stalls) -> Client {
    let (attempt, faulty) = (Duration::from_millis(60), Arc::clone(fake));
    let clock = StallClock::new(attempt, move || stalls(&faulty));
    client_of(fake).clock(clock).attempt_timeout(attempt).build().unwrap()
}

fn new() -> NewWebhook {
    NewWebhook::subscription("a", PAGE_URL)
        .events([EventType::RunCreated, EventType::RunUpdated])
        .title("Runs")
        .header("X-API-Key", "key")
        .secret("s3cret")
}

async fn create(fake: &Arc<FakePort>) -> Result<Webhook, port_webhooks::Error> {
    port(fake).webhooks().create(new()).reconcile(true).await
}

/// Faults that lose the response to a create, and the outcome without reconciliation.
fn losses() -> Vec<(Fault, Outcome)> {
    vec![
        (Fault::dropped(), Outcome::Unknown),
        (Fault::reset(), Outcome::Unknown),
        (Fault::hanging(), Outcome::Unknown),
        (Fault::status(503), Outcome::Unknown),
        (Fault::status(200).text("text/html", "<h1>Log in</h1>"), Outcome::Unknown),
    ]
}

#[tokio::test]
async fn what_was_created_is_the_answer() {
    let mut losses: Vec<_> =
        losses().into_iter().map(|(fault, outcome)| (fault.applied(), outcome)).collect();
    losses.push((Fault::truncated(5), Outcome::Applied));
    losses.push((Fault::broken_body(5, Ending::Reset), Outcome::Applied));
    losses.push((Fault::broken_body(5, Ending::Hang), Outcome::Applied));
    for (fault, outcome) in losses {
        let fake = fake().await;
        fake.inject(fault.clone().on([Route::Create]));
        let hangs = fault == Fault::broken_body(5, Ending::Hang);
        let stalls = if hangs { Stalls::with_bodies } else { Stalls::of };
        let hooks = port_with(&fake, stalls).webhooks();
        let webhook = hooks.create(new()).reconcile(true).await.unwrap();
        assert_eq!((webhook.identifier.as_str(), webhook.title.as_deref()), ("a", Some("Runs")), "{fault:?}");
        fake.requests().assert_order([Route::Token, Route::Create, Route::Get]);
        assert_eq!(fake.ledger().len(), 1);

        let without = self::fake().await;
        without.inject(fault.on([Route::Create]));
        let error = port_with(&without, stalls).webhooks().create(new()).await.unwrap_err();
        assert_eq!((error.outcome(), without.requests().of([Route::Get]).len()), (outcome, 0));
    }
}

#[tokio::test]
async fn what_was_not_is_sent_once_more() {
    for (fault, _) in losses() {
        let fake = fake().await;
        fake.inject(fault.clone().on([Route::Create]));
        assert_eq!(create(&fake).await.unwrap().identifier, "a", "{fault:?}");
        fake.requests().assert_order([Route::Token, Route::Create, Route::Get, Route::Create]);
        assert_eq!(fake.ledger().len(), 1);
    }
}

#[tokio::test]
async fn once_more_is_once() {
    let fake = fake().await;
    fake.inject(Fault::dropped().always().on([Route::Create]));
    let error = create(&fake).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts()),
        (ErrorKind::Transport, Outcome::Unknown, 2)
    );
    fake.requests().of([Route::Create]).assert_count(2);

    // The second one is carried out, and its answer lost as well.
    let fake = self::fake().await;
    fake.inject(Fault::dropped().on([Route::Create]));
    fake.inject(Fault::dropped().applied().on([Route::Create]));
    assert_eq!(create(&fake).await.unwrap().identifier, "a");
    assert_eq!(fake.ledger().len(), 1);
}

#[tokio::test]
async fn other_webhook_with_the_identifier_is_a_conflict_by_field() {
    let fake = fake().await;
    let theirs = json!({ "identifier": "a", "url": "https://theirs.example.com", "events": ["run.created"],
        "headers": { "X-API-Key": "theirs" }, "security": { "secret": "s3cret" }, "title": "Runs" });
    fake.seed(theirs.clone()).unwrap();
    fake.inject(Fault::status(503).header("X-Trace-Id", "of-the-create").on([Route::Create]));
    let error = create(&fake).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Conflict, 1));
    // What Port said of the create is in the cause.
    assert_eq!((error.status(), error.code(), error.message(), error.trace_id()), (None, None, None, None));
    let cause: &port_webhooks::Error = error.source().unwrap().downcast_ref().unwrap();
    assert_eq!(
        (cause.status(), cause.trace_id()),
        (Some(StatusCode::SERVICE_UNAVAILABLE), Some("of-the-create"))
    );
    let text = format!("{error} {error:?}");
    assert!(text.contains("differs in url, events, headers"), "{text}");
    assert!(!text.contains("theirs") && !text.contains("s3cret"), "values may be secret: {text}");
    assert!(fake.ledger().is_empty());
    fake.requests().of([Route::Create]).assert_count(1);
}

#[tokio::test]
async fn late_first_create_is_recognized_by_the_second() {
    let fake = fake().await;
    fake.inject(Fault::dropped().applied().on([Route::Create]));
    // The first look comes too early to see it.
    fake.inject(Fault::status(404).on([Route::Get]));
    assert_eq!(create(&fake).await.unwrap().identifier, "a");
    fake.requests().assert_order([Route::Token, Route::Create, Route::Get, Route::Create, Route::Get]);
    assert_eq!(fake.ledger().len(), 1);
}

/// The same, and the second one is refused for another reason.
#[tokio::test]
async fn a_first_request_that_arrives_late_is_found_or_not_denied() {
    for (last_look, found) in [(None, true), (Some(Fault::status(403)), false)] {
        let fake = fake().await;
        fake.inject(Fault::dropped().applied().on([Route::Create]));
        fake.inject(Fault::status(404).on([Route::Get]));
        fake.inject(Fault::status(403).on([Route::Create]));
        if let Some(fault) = last_look {
            fake.inject(fault.on([Route::Get]));
        }
        let result = create(&fake).await;
        fake.requests().of([Route::Create]).assert_count(2);
        match result {
            Ok(webhook) => assert!(found && webhook.identifier == "a"),
            Err(error) => {
                let end = (error.kind(), error.outcome(), error.attempts());
                assert!(!found && end == (ErrorKind::Permission, Outcome::Unknown, 2), "{error:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_was_deleted_since_is_not_brought_back() {
    let fake = fake().await;
    fake.inject(Fault::truncated(5).on([Route::Create]));
    fake.inject(Fault::status(404).on([Route::Get]));
    let error = create(&fake).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Decode, Outcome::Applied));
    fake.requests().of([Route::Create]).assert_count(1);
}

#[tokio::test]
async fn what_can_not_be_found_out_stays_unknown() {
    let fake = fake().await;
    fake.inject(Fault::dropped().applied().on([Route::Create]));
    fake.inject(Fault::status(403).always().on([Route::Get]));
    let error = create(&fake).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts()),
        (ErrorKind::Transport, Outcome::Unknown, 1)
    );
    fake.requests().of([Route::Create]).assert_count(1);

    // A data source gets its name from Port, so it cannot be looked up.
    let live = FakePort::builder().profile(fake_port::Profile::Live).record(Recording::All);
    let live = Arc::new(live.serve().await.unwrap());
    live.inject(Fault::dropped().applied().on([Route::Create]));
    let call = port(&live).webhooks().create(NewWebhook::data_source("Runs")).reconcile(true);
    assert_eq!(call.await.unwrap_err().outcome(), Outcome::Unknown);
    live.requests().assert_order([Route::Token, Route::Create]);
}

#[tokio::test]
async fn what_is_certain_is_not_looked_at() {
    for (status, kind) in
        [(422, ErrorKind::Validation), (409, ErrorKind::Conflict), (403, ErrorKind::Permission)]
    {
        let fake = fake().await;
        fake.inject(Fault::status(status).on([Route::Create]));
        let error = create(&fake).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotApplied));
        fake.requests().assert_order([Route::Token, Route::Create]);
    }
}

#[tokio::test]
async fn it_is_done_within_the_time_of_the_call() {
    let fake = fake().await;
    fake.inject(Fault::dropped().on([Route::Create]));
    fake.inject(Fault::status(503).always().on([Route::Get]));
    let hooks = port(&fake).webhooks();
    let retry = port_webhooks::Retry::new().jitter(false).base(Duration::from_secs(3));
    let call = hooks.create(new()).reconcile(true).retry(retry).deadline(Duration::from_secs(4));
    let error = call.await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Transport, Outcome::Unknown));
    // After three seconds one is left, which is too little for the next wait.
    fake.requests().of([Route::Get]).assert_count(2);
}

#[tokio::test]
async fn it_draws_on_the_budget_when_it_sends_again() {
    let fake = fake().await;
    fake.inject(Fault::status(503).always().on([Route::Create]));
    let port = client_of(&fake).reconcile_creates(true).build().unwrap();
    for _ in 0..100 {
        port.webhooks().create(new()).await.unwrap_err();
    }
    // Twenty, and a tenth for each of the calls and looks of which a create is made.
    let sent = fake.requests().of([Route::Create]).len();
    assert!((120..=160).contains(&sent), "{sent}");
}

#[tokio::test]
async fn a_client_does_it_for_every_create_and_a_call_may_do_without() {
    let fake = fake().await;
    fake.inject(Fault::dropped().applied().times(2).on([Route::Create]));
    let port = client_of(&fake).reconcile_creates(true).build().unwrap();
    assert_eq!(port.webhooks().create(new()).await.unwrap().identifier, "a");
    let other = new().identifier("b");
    assert_eq!(port.webhooks().create(other).reconcile(false).await.unwrap_err().outcome(), Outcome::Unknown);
}
