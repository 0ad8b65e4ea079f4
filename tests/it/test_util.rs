//! What the feature `test-util` offers to tests of users.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use fake_port::{FakePort, Route};
use http::{Method, StatusCode};
use port_webhooks::test_util::{ManualClock, operations};
use port_webhooks::{Error, ErrorKind, NewWebhook, Outcome, Webhook, types::Page};

use crate::support::client_of;

pub const KINDS: [ErrorKind; 17] = [
    ErrorKind::Authentication,
    ErrorKind::Permission,
    ErrorKind::NotFound,
    ErrorKind::Conflict,
    ErrorKind::RunEnded,
    ErrorKind::Validation,
    ErrorKind::PayloadTooLarge,
    ErrorKind::RateLimited,
    ErrorKind::Server,
    ErrorKind::Timeout,
    ErrorKind::Connect,
    ErrorKind::Transport,
    ErrorKind::Decode,
    ErrorKind::Redirect,
    ErrorKind::Configuration,
    ErrorKind::NotOk,
    ErrorKind::Other,
];
pub const OUTCOMES: [Outcome; 4] =
    [Outcome::NotSent, Outcome::NotApplied, Outcome::Unknown, Outcome::Applied];

#[test]
fn error_for_tests_has_any_kind_and_outcome() {
    for kind in KINDS {
        for outcome in OUTCOMES {
            let error = Error::for_tests(kind, outcome).build();
            assert_eq!((error.kind(), error.outcome(), error.attempts()), (kind, outcome, 1));
            assert_eq!(error.is_not_found(), kind == ErrorKind::NotFound);
            assert!(error.to_string().starts_with("cannot get webhook \"test\": "), "{error}");
        }
    }
}

#[test]
fn error_for_tests_has_every_part_that_is_set() {
    let new = NewWebhook::subscription("audit", "https://audit.example.com");
    let error = Error::for_tests(ErrorKind::Server, Outcome::Unknown)
        .call(&operations::create_webhook(&new))
        .status(StatusCode::BAD_GATEWAY)
        .code("bad_gateway")
        .message("try again")
        .trace_id("trace-1")
        .retry_after(Duration::from_secs(3))
        .rate_limit(500, 0, Duration::from_secs(60))
        .attempts(4)
        .source(io::Error::other("reset"))
        .build();
    assert_eq!(error.status(), Some(StatusCode::BAD_GATEWAY));
    assert_eq!((error.code(), error.message()), (Some("bad_gateway"), Some("try again")));
    assert_eq!((error.operation(), error.identifier()), (Some("create_webhook"), Some("audit")));
    assert_eq!((error.method(), error.path()), (Some(&Method::POST), Some("/v1/webhooks")));
    assert_eq!((error.trace_id(), error.attempts()), (Some("trace-1"), 4));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
    assert_eq!(error.rate_limit().unwrap().limit, Some(500));
    assert_eq!(error.source().unwrap().to_string(), "reset");
    assert!(!error.is_retryable(), "a create may have been applied");
    assert!(error.to_string().contains("read the webhook before you retry"), "{error}");
}

#[tokio::test]
async fn error_for_tests_equals_the_real_one_of_its_kind() {
    let fake = FakePort::start().await;
    let real = client_of(&fake).build().unwrap().webhooks().get("test").await.unwrap_err();
    let made = Error::for_tests(ErrorKind::NotFound, Outcome::NotApplied).build();
    let parts = |error: &Error| {
        let call =
            (error.operation(), error.identifier().map(str::to_owned), error.path().map(str::to_owned));
        (call, error.status(), error.is_not_found(), error.is_retryable(), error.attempts())
    };
    assert_eq!(parts(&made), parts(&real));
    let of_proxy = Error::for_tests(ErrorKind::NotFound, Outcome::NotApplied).is_not_found(false).build();
    assert!(!of_proxy.is_not_found());
    let lasting = Error::for_tests(ErrorKind::Server, Outcome::NotApplied).transient(false).build();
    assert!(!lasting.is_retryable());
}

#[test]
fn webhook_for_tests_is_one_with_an_identifier_alone() {
    let read: Webhook = serde_json::from_str(r#"{"identifier":"audit"}"#).unwrap();
    let webhook = Webhook::for_tests("audit");
    assert_eq!(webhook, read);
    assert_eq!(Page::for_tests([webhook]).webhooks, [read]);
}

#[tokio::test]
async fn one_manual_clock_drives_client_and_fake() {
    let clock = ManualClock::new();
    let fake = FakePort::builder().clock(clock.wall_clock()).start().await.unwrap();
    let hooks = client_of(&fake).clock(clock.clone()).build().unwrap().webhooks();
    hooks.list().await.unwrap();
    clock.advance(Duration::from_secs(4 * 60 * 60));
    hooks.list().await.unwrap();
    assert_eq!(fake.tokens_issued(), 2);
    fake.requests().of([Route::List]).answered(401).assert_count(0);
    clock.advance(Duration::MAX);
    clock.advance(Duration::MAX);
    hooks.list().await.unwrap();
}
