//! What an observer and the traces tell of a call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake_port::{FakePort, Fault, Hint, RequestLimit, Route};
use port_webhooks::{
    ErrorKind, Outcome,
    types::{Attempt, Observer, Waiting},
};

use crate::support::{Log, ManualClock, client_of};

#[derive(Debug, PartialEq)]
enum Observed {
    Attempt {
        operation: &'static str,
        attempt: u32,
        status: Option<u16>,
        error: Option<(ErrorKind, Outcome)>,
    },
    Wait {
        attempt: u32,
        wait: Duration,
        hint: Option<Duration>,
        reason: ErrorKind,
    },
}

#[derive(Default)]
struct Diary {
    observed: Mutex<Vec<Observed>>,
    remaining: Mutex<Vec<(Option<u64>, Option<u64>)>>,
    traces: Mutex<Vec<String>>,
}

impl Observer for Diary {
    fn attempted(&self, attempt: &Attempt<'_>) {
        self.observed.lock().unwrap().push(Observed::Attempt {
            operation: attempt.operation,
            attempt: attempt.attempt,
            status: attempt.status.map(|status| status.as_u16()),
            error: attempt.error.zip(attempt.outcome),
        });
        if let Some(limit) = attempt.rate_limit {
            self.remaining.lock().unwrap().push((limit.limit, limit.remaining));
        }
        self.traces.lock().unwrap().extend(attempt.trace_id.map(str::to_owned));
    }

    fn waiting(&self, wait: &Waiting<'_>) {
        assert!(wait.why.contains("Port answered 429"), "{}", wait.why);
        let Waiting { attempt, wait, hint, reason, .. } = *wait;
        self.observed.lock().unwrap().push(Observed::Wait { attempt, wait, hint, reason });
    }
}

#[tokio::test]
async fn every_attempt_and_every_wait_is_told() {
    let fake = FakePort::start().await;
    let diary = Arc::new(Diary::default());
    let port = client_of(&fake)
        .observer(Arc::clone(&diary))
        .retry(port_webhooks::Retry::new().jitter(false))
        .build()
        .unwrap();
    fake.inject(Fault::rate_limited(Hint::Seconds(3)).on([Route::Get]));
    let error = port.webhooks().get("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let attempt = |operation, attempt, status, error| Observed::Attempt { operation, attempt, status, error };
    assert_eq!(
        *diary.observed.lock().unwrap(),
        [
            attempt("create_access_token", 1, Some(200), None),
            attempt("get_webhook", 1, Some(429), Some((ErrorKind::RateLimited, Outcome::NotApplied))),
            Observed::Wait {
                attempt: 1,
                wait: Duration::from_secs(3),
                hint: Some(Duration::from_secs(3)),
                reason: ErrorKind::RateLimited
            },
            attempt("get_webhook", 2, Some(404), Some((ErrorKind::NotFound, Outcome::NotApplied))),
        ]
    );
    assert_eq!(diary.traces.lock().unwrap().last().map(String::as_str), error.trace_id());
}

#[tokio::test]
async fn the_rate_limit_is_told_with_every_answer() {
    let fake =
        FakePort::builder().rate_limit(RequestLimit::new(2, Duration::from_secs(60))).start().await.unwrap();
    let (diary, clock) = (Arc::new(Diary::default()), ManualClock::new());
    let port = client_of(&fake)
        .observer(Arc::clone(&diary))
        .clock(clock)
        .retry(port_webhooks::Retry::none())
        .build()
        .unwrap();
    port.webhooks().list().await.unwrap();
    port.webhooks().list().await.unwrap();
    let error = port.webhooks().list().await.unwrap_err();
    let limit = error.rate_limit().unwrap();
    assert_eq!((error.kind(), limit.limit, limit.remaining), (ErrorKind::RateLimited, Some(2), Some(0)));
    assert_eq!(limit.period, Some(Duration::from_secs(60)));
    // The date that an answer tells has lost part of a second.
    assert!(limit.reset.unwrap() <= Duration::from_secs(61), "{limit:?}");
    let remaining = diary.remaining.lock().unwrap();
    assert!(
        remaining.ends_with(&[(Some(2), Some(1)), (Some(2), Some(0)), (Some(2), Some(0))]),
        "{remaining:?}"
    );
}

#[tokio::test]
async fn a_request_for_a_token_that_fails_is_told_too() {
    let fake = FakePort::start().await;
    fake.inject(Fault::rate_limited(Hint::Seconds(2)).on([Route::Token]));
    let diary = Arc::new(Diary::default());
    client_of(&fake).observer(Arc::clone(&diary)).build().unwrap().webhooks().list().await.unwrap();
    let observed = diary.observed.lock().unwrap();
    assert!(matches!(
        observed[..],
        [
            Observed::Attempt {
                operation: "create_access_token",
                attempt: 1,
                status: Some(429),
                error: Some(_)
            },
            Observed::Wait { .. },
            Observed::Attempt {
                operation: "create_access_token",
                attempt: 2,
                status: Some(200),
                error: None
            },
            Observed::Attempt { operation: "list_webhooks", .. },
        ]
    ));
}

#[tokio::test]
async fn a_span_tells_the_end_of_its_call() {
    let fake = FakePort::builder().serve().await.unwrap();
    let port = client_of(&fake).build().unwrap();
    port.webhooks().list().await.unwrap();
    let log = Log::default();
    let recording = log.record();
    fake.inject(Fault::status(503).on([Route::List]));
    fake.inject(Fault::dropped().always().on([Route::List]));
    port.webhooks().list().await.unwrap_err();
    fake.inject(Fault::dropped().on([Route::Create]));
    let webhook = port_webhooks::NewWebhook::subscription("a", "https://a.example").events(["run.created"]);
    port.webhooks().create(webhook).reconcile(true).await.unwrap();
    drop(recording);
    let text = log.text();
    let closed =
        |part: &str| text.lines().rfind(|line| line.contains(": close ") && line.contains(part)).unwrap();
    let list = closed("list_webhooks");
    assert!(list.contains("error.type=Transport") && !list.contains("http.response.status_code"), "{list}");
    let whole = closed("");
    assert!(whole.contains("port_webhooks.reconcile{") && !whole.contains("error.type"), "{whole}");
}

/// The names that the README says are kept.
#[tokio::test]
async fn spans_and_events_have_the_names_of_the_readme() {
    let fake =
        FakePort::builder().rate_limit(RequestLimit::new(9, Duration::from_secs(60))).start().await.unwrap();
    let log = Log::default();
    let recording = log.record();
    let port = client_of(&fake).build().unwrap();
    port.webhooks().metadata().await.unwrap();
    fake.revoke_tokens();
    fake.inject(Fault::rate_limited(Hint::Seconds(1)).on([Route::Get]));
    port.webhooks().get("a").await.unwrap_err();
    fake.inject(Fault::status(503).always().on([Route::Metadata]));
    for _ in 0..12 {
        port.webhooks().metadata().await.unwrap_err();
    }
    drop(recording);
    let text = log.text();
    let lines = |event: &str| -> Vec<_> { text.lines().filter(|line| line.contains(event)).collect() };
    let has = |event: &str, fields: &[&str]| {
        for field in fields {
            let found = lines(event).iter().any(|line| line.contains(&format!("{field}=")));
            assert!(found, "no {field} in {event}: {:?}", lines(event));
        }
    };
    let span = "port_webhooks.call{";
    has(span, &["otel.name", "otel.kind", "http.request.method", "url.template", "server.address"]);
    has(span, &["url.full", "server.port", "otel.status_code"]);
    has(span, &["port.operation", "port.webhook", "http.response.status_code", "http.request.resend_count"]);
    has(span, &["error.type", "port.trace_id"]);
    has(": attempt finished ", &["attempt", "status", "error", "outcome", "elapsed", "remaining"]);
    has(": retrying after a delay ", &["attempt", "wait", "hint", "reason"]);
    has(": token rejected, retrying with a new one ", &["attempt"]);
    has(": retry budget exhausted ", &["attempt"]);
}
