//! What is sent again, how often, and after which waits: one fault, each method.

use std::time::Duration;

use fake_port::{Ending, FakePort, Fault, Hint, Operation, Recording};
use port_webhooks::{
    Error, ErrorKind, EventType, NewWebhook, Outcome, Retry, Strategy, WebhookPatch, WebhookReplacement,
    Webhooks,
};
use serde_json::json;

use crate::support::{ManualClock, PAGE_URL, client_of};

const METHODS: [Operation; 6] = [
    Operation::Get,
    Operation::List,
    Operation::Create,
    Operation::Update,
    Operation::Replace,
    Operation::Delete,
];

async fn fake() -> FakePort {
    let webhook = json!({ "identifier": "a", "url": PAGE_URL, "events": ["run.created"] });
    FakePort::builder().webhook(webhook).record(Recording::All).serve().await.unwrap()
}

fn hooks(fake: &FakePort, clock: &ManualClock) -> Webhooks {
    let builder = client_of(fake).attempt_timeout(Duration::from_millis(50)).clock(clock.clone());
    builder.build().unwrap().webhooks()
}

/// Calls, and tells how it ended: what a delete says, or `true`.
async fn call(hooks: &Webhooks, method: Operation) -> Result<bool, Error> {
    match method {
        Operation::Get => hooks.get("a").await.map(|_| true),
        Operation::List => hooks.list().await.map(|_| true),
        Operation::Create => {
            let webhook = NewWebhook::subscription("b", PAGE_URL).events([EventType::RunCreated]);
            hooks.create(webhook).await.map(|_| true)
        }
        Operation::Update => hooks.update("a", WebhookPatch::new().title("New")).await.map(|_| true),
        Operation::Replace => {
            let whole = WebhookReplacement::subscription("a", PAGE_URL).events([EventType::RunCreated]);
            hooks.replace("a", whole).await.map(|_| true)
        }
        _ => hooks.delete("a").await,
    }
}

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Ok(bool),
    Fails(ErrorKind, Outcome),
}

use End::{Fails, Ok as Is};
use ErrorKind::{
    Api, Conflict, Decode, Permission, RateLimited, Redirect, Server, Timeout, Transport, Validation,
};
use Outcome::{Applied, Refused, Unknown};

/// How often a call is sent, and how it ends: for reads, for a create, and for the other writes.
type Row = [(usize, End); 3];

const OK_AGAIN: Row = [(2, Is(true)); 3];

fn once_each(kind: ErrorKind) -> Row {
    [(1, Fails(kind, Refused)); 3]
}

fn passes(kind: ErrorKind) -> Row {
    [(2, Is(true)), (1, Fails(kind, Unknown)), (2, Is(true))]
}

fn stays(kind: ErrorKind) -> Row {
    [(3, Fails(kind, Refused)), (1, Fails(kind, Unknown)), (3, Fails(kind, Unknown))]
}

fn lost_answer(attempts: usize, kind: ErrorKind) -> Row {
    [(attempts, Fails(kind, Refused)), (1, Fails(kind, Applied)), (1, Fails(kind, Applied))]
}

fn rows() -> Vec<(&'static str, Fault, Row)> {
    let mut rows = vec![
        ("3 reset once", Fault::reset(), passes(Transport)),
        ("3 reset for ever", Fault::reset().always(), stays(Transport)),
        ("3 closed", Fault::dropped().always(), stays(Transport)),
        ("5 body breaks", Fault::broken_body(5, Ending::Close).always(), lost_answer(3, Transport)),
        ("6 no headers", Fault::hanging().always(), stays(Timeout)),
        ("6 no headers once", Fault::hanging(), passes(Timeout)),
        ("7 body stalls", Fault::broken_body(5, Ending::Hang).always(), lost_answer(3, Timeout)),
        ("8 JSON ends early", Fault::truncated(5).always(), lost_answer(2, Decode)),
        (
            "9 something else answers",
            Fault::status(200).text("text/html", "<h1>Hello</h1>").always(),
            [(1, Fails(Decode, Refused)), (1, Fails(Decode, Unknown)), (1, Fails(Decode, Unknown))],
        ),
        ("12 forbidden", Fault::status(403).always(), once_each(Permission)),
        ("14 conflict", Fault::status(409).always(), once_each(Conflict)),
        ("16 bad request", Fault::status(400).always(), once_each(Validation)),
        ("16 unprocessable", Fault::status(422).always(), once_each(Validation)),
        ("17 seconds", Fault::rate_limited(Hint::Seconds(3)), OK_AGAIN),
        ("18 date", Fault::rate_limited(Hint::Date(3)), OK_AGAIN),
        ("19 epoch", Fault::rate_limited(Hint::ResetEpoch(3)), OK_AGAIN),
        ("19 milliseconds", Fault::rate_limited(Hint::ResetEpochMilliseconds(3)), OK_AGAIN),
        ("19 seconds to wait", Fault::rate_limited(Hint::ResetWait(3)), OK_AGAIN),
        ("20 bare", Fault::rate_limited(Hint::None), OK_AGAIN),
        ("20 bare for ever", Fault::rate_limited(Hint::None).always(), [(3, Fails(RateLimited, Refused)); 3]),
        ("21 too long", Fault::rate_limited(Hint::Seconds(61)).always(), once_each(RateLimited)),
        (
            "23a another 5xx",
            Fault::status(501).always(),
            [(1, Fails(Server, Refused)), (1, Fails(Server, Unknown)), (1, Fails(Server, Unknown))],
        ),
        ("24 for ever", Fault::status(503).always(), stays(Server)),
        ("31 redirect", Fault::redirect("https://elsewhere.example.com").always(), once_each(Redirect)),
        ("42 a proxy's page", Fault::status(502).text("text/html", "<h1>Bad</h1>").always(), stays(Server)),
    ];
    for status in [408, 500, 502, 503, 504] {
        rows.push(("23 once", Fault::status(status), passes(Server)));
    }
    for malformed in ["-1", "+5", "1e9", ""] {
        let hint = Hint::Header("retry-after".into(), malformed.into());
        rows.push(("22 malformed", Fault::rate_limited(hint), OK_AGAIN));
    }
    let huge = Hint::Header("retry-after".into(), "100000000000000000000".into());
    rows.push(("22 overflow", Fault::rate_limited(huge).always(), once_each(RateLimited)));
    rows
}

#[tokio::test]
async fn each_fault_with_each_method() {
    for (name, fault, row) in rows() {
        for method in METHODS {
            let (fake, clock) = (fake().await, ManualClock::new());
            fake.inject(fault.clone().on([method]));
            let result = call(&hooks(&fake, &clock), method).await;
            let attempts = result.as_ref().err().map(Error::attempts);
            let end = match result {
                Ok(done) => Is(done),
                Err(error) => Fails(error.kind(), error.outcome()),
            };
            let sent = fake.requests().of([method]).len();
            let expected = match method {
                Operation::Get | Operation::List => row[0],
                Operation::Create => row[1],
                _ => row[2],
            };
            assert_eq!((sent, end), expected, "{name}, {method}");
            assert!(
                attempts.is_none_or(|attempts| attempts as usize == sent),
                "{name}, {method}: {attempts:?}"
            );
        }
    }
}

#[tokio::test]
async fn ok_false_is_not_tried_again() {
    for method in METHODS {
        let (fake, clock) = (fake().await, ManualClock::new());
        fake.inject(Fault::not_ok("quota", "too many").always().on([method]));
        let result = call(&hooks(&fake, &clock), method).await;
        match (method, result) {
            (Operation::Delete, result) => assert!(!result.unwrap()),
            (_, result) => assert_eq!(result.unwrap_err().kind(), Api, "{method}"),
        }
        fake.requests().of([method]).assert_count(1);
    }
}

#[tokio::test]
async fn a_delete_that_finds_nothing_after_an_attempt_of_its_own_has_deleted() {
    for lost in [Fault::dropped().applied(), Fault::status(503).applied(), Fault::hanging().applied()] {
        let (fake, clock) = (fake().await, ManualClock::new());
        fake.inject(lost.on([Operation::Delete]));
        assert!(hooks(&fake, &clock).delete("a").await.unwrap());
        fake.requests().of([Operation::Delete]).assert_count(2);
        assert_eq!(fake.ledger().len(), 1);
        let error = hooks(&fake, &clock).delete("a").await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotFound, Refused), "without one it has not");
    }
}

#[tokio::test]
async fn a_delete_that_is_denied_after_an_attempt_of_its_own_is_not_known() {
    for lost in [Fault::dropped().applied(), Fault::status(503)] {
        let (fake, clock) = (fake().await, ManualClock::new());
        fake.inject(lost.on([Operation::Delete]));
        fake.inject(Fault::not_ok("quota", "too many").on([Operation::Delete]));
        let error = hooks(&fake, &clock).delete("a").await.unwrap_err();
        assert_eq!((error.kind(), error.outcome(), error.code()), (Api, Unknown, Some("quota")));
    }
}

/// A Port behind a slow proxy: the first create arrives after the webhook was looked for.
#[tokio::test]
async fn a_create_that_arrives_after_the_look_is_found_or_not_denied() {
    for (last_look, found) in [(None, true), (Some(Fault::status(403)), false)] {
        let (fake, clock) = (fake().await, ManualClock::new());
        fake.inject(Fault::dropped().on([Operation::Create]));
        // What the first look and the second create are told; between them the first create arrives.
        fake.inject(Fault::status(404).on([Operation::Get]));
        fake.inject(Fault::status(403).on([Operation::Create]));
        if let Some(fault) = last_look {
            fake.inject(fault.on([Operation::Get]));
        }
        fake.seed(json!({ "identifier": "b", "url": PAGE_URL, "events": ["run.created"] })).unwrap();
        let webhook = NewWebhook::subscription("b", PAGE_URL).events([EventType::RunCreated]);
        let result = hooks(&fake, &clock).create(webhook).reconcile(true).await;
        fake.requests().of([Operation::Create]).assert_count(2);
        match result {
            Ok(webhook) => assert!(found && webhook.identifier == "b"),
            Err(error) => {
                assert!(!found && error.outcome() == Unknown && error.kind() == Permission, "{error:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_an_earlier_attempt_may_have_done_is_not_forgotten() {
    let (fake, clock) = (fake().await, ManualClock::new());
    fake.inject(Fault::dropped().applied().on([Operation::Update]));
    fake.inject(Fault::status(409).on([Operation::Update]));
    let error = hooks(&fake, &clock).update("a", WebhookPatch::new().title("New")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (Conflict, Unknown, 2));
}

#[tokio::test]
async fn a_hint_is_waited_for_and_no_shorter() {
    for hint in [Hint::Seconds(3), Hint::Date(3), Hint::ResetEpoch(3), Hint::ResetWait(3)] {
        let (fake, clock) = (fake().await, ManualClock::new());
        fake.inject(Fault::rate_limited(hint.clone()).times(2).on([Operation::Get]));
        hooks(&fake, &clock).get("a").await.unwrap();
        let waits = clock.waits();
        assert_eq!(waits.len(), 2, "{hint:?}");
        // An epoch is told in whole seconds, so part of one is gone when it arrives.
        let least = if matches!(hint, Hint::ResetEpoch(_)) { 2.0 } else { 3.0 };
        for wait in waits {
            assert!((least..=3.3).contains(&wait.as_secs_f64()), "{hint:?}: {wait:?}");
        }
    }
}

#[tokio::test]
async fn a_wait_that_would_outlast_the_call_ends_it_with_the_hint() {
    let (fake, clock) = (fake().await, ManualClock::new());
    fake.inject(Fault::rate_limited(Hint::Seconds(10)).always().on([Operation::Get]));
    let error = hooks(&fake, &clock).get("a").timeout(Duration::from_secs(10)).await.unwrap_err();
    assert_eq!((error.attempts(), error.retry_after()), (1, Some(Duration::from_secs(10))));
    assert_eq!(clock.waits(), []);
}

#[tokio::test]
async fn policies_of_the_client_and_of_a_call() {
    let (fake, clock) = (fake().await, ManualClock::new());
    fake.inject(Fault::status(503).always().on([Operation::Get]));
    let constant =
        Retry::new().attempts(4).base(Duration::from_secs(2)).jitter(false).strategy(Strategy::Constant);
    let port = client_of(&fake).clock(clock.clone()).retry(constant).build().unwrap();
    assert_eq!(port.webhooks().get("a").await.unwrap_err().attempts(), 4);
    assert_eq!(clock.waits(), [Duration::from_secs(2); 3]);
    assert_eq!(port.webhooks().get("a").retry(Retry::none()).await.unwrap_err().attempts(), 1);
    let custom = Retry::new()
        .jitter(false)
        .strategy(Strategy::custom(|attempts| Duration::from_millis(attempts.into())));
    assert_eq!(port.webhooks().get("a").retry(custom).await.unwrap_err().attempts(), 3);
    assert_eq!(clock.waits()[3..], [Duration::from_millis(1), Duration::from_millis(2)]);
}

#[tokio::test]
async fn many_failing_calls_send_a_tenth_more_and_twenty() {
    let (fake, clock) = (fake().await, ManualClock::new());
    fake.inject(Fault::status(503).always().on([Operation::Get]));
    let port = client_of(&fake).clock(clock).build().unwrap();
    for _ in 0..300 {
        // Clones share the budget.
        port.clone().webhooks().get("a").await.unwrap_err();
    }
    let sent = fake.requests().of([Operation::Get]).len();
    assert!((345..=350).contains(&sent), "{sent}");
}

#[tokio::test]
async fn a_new_token_after_a_401_is_no_retry() {
    let (fake, clock) = (fake().await, ManualClock::new());
    fake.inject(Fault::revoked_token().on([Operation::Create]));
    let once = client_of(&fake).clock(clock.clone()).retry(Retry::none()).build().unwrap().webhooks();
    assert!(call(&once, Operation::Create).await.unwrap());
    assert_eq!(clock.waits(), []);
    assert_eq!(fake.tokens_issued(), 2);
}

#[tokio::test]
async fn a_token_is_asked_for_again_and_not_once_more_by_the_call_that_needs_it() {
    let (fake, clock) = (fake().await, ManualClock::new());
    fake.inject(Fault::status(503).always().on([Operation::Token]));
    let error = hooks(&fake, &clock).get("a").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (Server, Outcome::NotSent, 0));
    fake.requests().assert_order([Operation::Token; 3]);
    assert_eq!(clock.waits().len(), 2);
}
