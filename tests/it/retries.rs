//! Retry policies and the retry budget. The retries after a single fault are in the matrix.

use std::time::Duration;

use fake_port::{FakePort, Fault, Hint, Recording, Route};
use port_webhooks::{
    ErrorKind, EventType, NewWebhook, Outcome, Retry, WebhookPatch, Webhooks, types::Strategy,
};
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq};
use serde_json::json;

use crate::support::{ManualClock, PAGE_URL, client_of, property};

async fn fake() -> FakePort {
    let webhook = json!({ "identifier": "a", "url": PAGE_URL, "events": ["run.created"] });
    FakePort::builder().webhook(webhook).record(Recording::All).serve().await.unwrap()
}

fn hooks(fake: &FakePort, clock: &ManualClock) -> Webhooks {
    client_of(fake).clock(clock.clone()).build().unwrap().webhooks()
}

#[tokio::test]
async fn delete_denied_after_an_unknown_attempt_is_unknown() {
    for lost in [Fault::dropped().applied(), Fault::status(503)] {
        let (fake, clock) = (fake().await, ManualClock::new());
        fake.inject(lost.on([Route::Delete]));
        fake.inject(Fault::not_ok("quota", "too many").on([Route::Delete]));
        let error = hooks(&fake, &clock).delete("a").await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome(), error.code()),
            (ErrorKind::NotOk, Outcome::Unknown, Some("quota"))
        );
    }
}

#[tokio::test]
async fn what_an_earlier_attempt_may_have_done_is_not_forgotten() {
    let (fake, clock) = (fake().await, ManualClock::new());
    fake.inject(Fault::dropped().applied().on([Route::Update]));
    fake.inject(Fault::status(409).on([Route::Update]));
    let error = hooks(&fake, &clock).update("a", WebhookPatch::new().title("New")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Conflict, Outcome::Unknown, 2));
}

#[tokio::test]
async fn policies_of_the_client_and_of_a_call() {
    let (fake, clock) = (fake().await, ManualClock::new());
    fake.inject(Fault::status(503).always().on([Route::Get]));
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
    fake.inject(Fault::status(503).always().on([Route::Get]));
    let port = client_of(&fake).clock(clock).build().unwrap();
    for _ in 0..300 {
        // Clones share the budget.
        port.clone().webhooks().get("a").await.unwrap_err();
    }
    let sent = fake.requests().of([Route::Get]).len();
    assert!((345..=350).contains(&sent), "{sent}");
}

#[tokio::test]
async fn a_new_token_after_a_401_is_no_retry() {
    let (fake, clock) = (fake().await, ManualClock::new());
    fake.inject(Fault::revoked_token().on([Route::Create]));
    let once = client_of(&fake).clock(clock.clone()).retry(Retry::none()).build().unwrap().webhooks();
    let webhook = NewWebhook::subscription("b", PAGE_URL).events([EventType::RunCreated]);
    once.create(webhook).await.unwrap();
    assert!(clock.waits().is_empty());
    assert_eq!(fake.tokens_issued(), 2);
}

#[tokio::test]
async fn token_request_is_retried_by_the_cache_not_by_the_call() {
    let (fake, clock) = (fake().await, ManualClock::new());
    fake.inject(Fault::status(503).always().on([Route::Token]));
    let error = hooks(&fake, &clock).get("a").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.attempts()), (ErrorKind::Server, Outcome::NotSent, 0));
    fake.requests().assert_order([Route::Token; 3]);
    assert_eq!(clock.waits().len(), 2);
}

/// Waits until a call can go no further, ends its time limit, and so on, until the call ends.
async fn with_ended_limits<T>(
    clock: &ManualClock,
    stalled: impl Fn() -> usize,
    call: impl Future<Output = T>,
) -> T {
    let mut call = std::pin::pin!(call);
    for ended in 1.. {
        let stalls = async {
            while stalled() < ended {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            output = &mut call => return output,
            () = stalls => clock.end_limits(),
        }
    }
    unreachable!("there are more numbers than attempts")
}

#[tokio::test]
async fn attempt_ends_when_the_clock_says_so() {
    let (fake, clock) = (fake().await, ManualClock::new());
    let long = client_of(&fake).clock(clock.clone()).attempt_timeout(Duration::from_secs(3600));
    let hooks = long.deadline(Duration::from_secs(9999)).build().unwrap().webhooks();
    hooks.metadata().await.unwrap();
    fake.inject(Fault::hanging().always().on([Route::Get]));
    let received = || fake.requests().of([Route::Get]).len();
    let error = with_ended_limits(&clock, received, hooks.get("a").send()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotApplied));
    assert_eq!((error.attempts(), clock.waits().len()), (3, 2));
}

#[tokio::test]
async fn token_request_ends_when_the_clock_says_so() {
    let (fake, clock) = (fake().await, ManualClock::new());
    let long = client_of(&fake).clock(clock.clone()).attempt_timeout(Duration::from_secs(3600));
    let hooks = long.retry(Retry::none()).deadline(Duration::from_secs(9999)).build().unwrap().webhooks();
    fake.inject(Fault::hanging().always().on([Route::Token]));
    let received = || fake.requests().of([Route::Token]).len();
    let error = with_ended_limits(&clock, received, hooks.get("a").send()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotSent));
}

#[test]
fn strategies_are_compared_and_shown() {
    let custom = Strategy::custom(|_| Duration::from_secs(60));
    let all = [
        Strategy::Exponential,
        Strategy::Constant,
        custom.clone(),
        Strategy::custom(|_| Duration::from_secs(60)),
    ];
    for (one, other) in (0..all.len()).flat_map(|one| (0..all.len()).map(move |other| (one, other))) {
        assert_eq!(all[one] == all[other], one == other, "{one} and {other}");
    }
    assert!(custom == custom.clone(), "clones share the function");
    assert_eq!(format!("{all:?}"), "[Exponential, Constant, Custom, Custom]");
}

/// Random policies on a call that fails each time, with and without a hint of the server.
#[test]
fn waits_of_any_policy_keep_its_bounds() {
    let milliseconds = |range| prop::strategy::Strategy::prop_map(range, Duration::from_millis);
    let hint = prop::option::of(0..70_u64);
    let policy = (2..6_u32, milliseconds(0..5_000_u64), milliseconds(1..8_000_u64), any::<bool>());
    let give_up_after = prop::option::of(milliseconds(0..90_000_u64));
    property(64, &(hint, policy, give_up_after), async |(hint, policy, give_up_after)| {
        let (attempts, base, cap, jitter) = policy;
        let (fake, clock) = (fake().await, ManualClock::new());
        let fault = hint.map_or(Fault::status(503), |seconds| Fault::rate_limited(Hint::Seconds(seconds)));
        fake.inject(fault.always().on([Route::Get]));
        let retry = Retry::new().attempts(attempts).base(base).cap(cap).jitter(jitter);
        let retry = give_up_after.map_or(retry.clone(), |time| retry.give_up_after(time));
        let hooks = client_of(&fake).clock(clock.clone()).deadline(Duration::from_secs(3600)).retry(retry);
        hooks.build().unwrap().webhooks().get("a").await.unwrap_err();

        let hint = hint.filter(|seconds| *seconds > 0).map(Duration::from_secs);
        let (waits, mut passed) = (clock.waits(), Duration::ZERO);
        prop_assert_eq!(waits.len() + 1, fake.requests().of([Route::Get]).len());
        for (number, wait) in (0..).zip(&waits) {
            let is_limited = fake.requests().last().is_some_and(|last| last.status == Some(429));
            let base = if is_limited { base.max(Duration::from_secs(1)) } else { base };
            let (least, most) = if let Some(hint) = hint {
                (hint, if jitter { hint + hint / 10 } else { hint })
            } else {
                let most = base.saturating_mul(2_u32.pow(number)).min(cap);
                (if jitter { Duration::ZERO } else { most }, most)
            };
            prop_assert!((least..=most).contains(wait), "wait {number} of {waits:?}: {least:?} to {most:?}");
            passed += *wait;
            prop_assert!(
                give_up_after.is_none_or(|time| passed <= time),
                "{waits:?} after {give_up_after:?}"
            );
        }
        let is_given_up = hint.is_some_and(|hint| hint > Duration::from_secs(60)) || give_up_after.is_some();
        prop_assert!(is_given_up || waits.len() + 1 == attempts as usize, "{waits:?}");
        Ok(())
    });
}
