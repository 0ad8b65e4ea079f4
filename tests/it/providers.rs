//! Tokens from a source of the caller's own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake_port::{FakePort, Fault, Route};
use futures_util::future::join_all;
use port_webhooks::{
    Client, ClientBuilder, Error, ErrorKind, Outcome,
    types::{AccessToken, Clock, TokenError, TokenProvider},
};

use crate::support::{ManualClock, StallClock, Stalls, client_of};

/// Returns these responses in order, and the last one for ever.
struct Vault {
    responses: Mutex<Vec<Response>>,
    asked: AtomicUsize,
}

#[derive(Clone)]
enum Response {
    Token(String, Option<Duration>),
    Refused,
    Unavailable,
    Never,
    Panic,
}

impl Vault {
    fn new(responses: impl IntoIterator<Item = Response>) -> Arc<Self> {
        let responses = responses.into_iter().collect();
        Arc::new(Self { responses: Mutex::new(responses), asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl TokenProvider for Vault {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let response = {
            let mut responses = self.responses.lock().unwrap();
            if responses.len() > 1 { responses.remove(0) } else { responses[0].clone() }
        };
        match response {
            Response::Token(token, None) => Ok(AccessToken::new(token)),
            Response::Token(token, Some(life)) => Ok(AccessToken::new(token).lives_for(life)),
            Response::Refused => Err(TokenError::refused("the vault is sealed")),
            Response::Unavailable => Err(TokenError::unavailable("no route to the vault")),
            Response::Never => std::future::pending().await,
            Response::Panic => panic!("the vault fell down"),
        }
    }
}

fn builder(fake: &FakePort, vault: &Arc<Vault>, clock: &(impl Clock + Clone)) -> ClientBuilder {
    client_of(fake).token_provider(Arc::clone(vault)).clock(clock.clone())
}

fn port(fake: &FakePort, vault: &Arc<Vault>, clock: &ManualClock) -> Client {
    builder(fake, vault, clock).build().unwrap()
}

fn token(fake: &FakePort) -> Response {
    Response::Token(fake.issue_token(), Some(Duration::from_secs(3600)))
}

fn causes(error: &Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    causes
}

#[tokio::test]
async fn its_token_serves_all_calls_and_is_renewed_before_it_ends() {
    let (fake, clock) = (FakePort::start().await, ManualClock::new());
    let vault = Vault::new([token(&fake), token(&fake)]);
    let port = port(&fake, &vault, &clock);
    let hooks = port.webhooks();
    assert!(join_all((0..50).map(|_| hooks.list().send())).await.iter().all(Result::is_ok));
    assert_eq!(vault.asked(), 1);
    clock.advance(Duration::from_secs(3301));
    for _ in 0..100 {
        hooks.list().await.unwrap();
    }
    assert_eq!(vault.asked(), 2);
    fake.requests().of([Route::Token]).assert_count(0);
    assert!(!format!("{port:?}").contains("fake-token"));
}

#[tokio::test]
async fn without_a_life_it_is_asked_again_after_a_minute() {
    let (fake, clock) = (FakePort::start().await, ManualClock::new());
    let vault = Vault::new([Response::Token(fake.issue_token(), None)]);
    let hooks = port(&fake, &vault, &clock).webhooks();
    hooks.list().await.unwrap();
    clock.advance(Duration::from_secs(53));
    hooks.list().await.unwrap();
    assert_eq!(vault.asked(), 1);
    clock.advance(Duration::from_secs(8));
    hooks.list().await.unwrap();
    assert_eq!(vault.asked(), 2);
}

#[tokio::test]
async fn a_token_that_port_does_not_take_is_asked_for_anew_once() {
    let (fake, clock) = (FakePort::start().await, ManualClock::new());
    let vault = Vault::new([Response::Token("stale".to_owned(), None), token(&fake)]);
    let hooks = port(&fake, &vault, &clock).webhooks();
    hooks.list().await.unwrap();
    assert_eq!((vault.asked(), fake.requests().len()), (2, 2));

    let vault = Vault::new([Response::Token("stale".to_owned(), None)]);
    let error = port(&fake, &vault, &clock).webhooks().list().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), vault.asked()),
        (ErrorKind::Authentication, Outcome::NotApplied, 2)
    );
}

#[tokio::test]
async fn one_that_is_down_is_asked_three_times_for_all() {
    let (fake, clock) = (FakePort::start().await, ManualClock::new());
    let vault = Vault::new([Response::Unavailable]);
    let hooks = port(&fake, &vault, &clock).webhooks();
    for result in join_all((0..50).map(|_| hooks.list().send())).await {
        let error = result.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome(), error.attempts()),
            (ErrorKind::Server, Outcome::NotSent, 0)
        );
        assert!(error.is_retryable());
        assert_eq!(
            causes(&error),
            [
                "the token provider returned no token",
                "the token provider is unavailable",
                "no route to the vault"
            ]
        );
    }
    assert_eq!((vault.asked(), clock.waits().len(), fake.requests().len()), (3, 2, 0));

    // For a second nobody else asks it.
    assert_eq!(hooks.list().await.unwrap_err().kind(), ErrorKind::Server);
    assert_eq!(vault.asked(), 3);
    clock.advance(Duration::from_secs(1));
    assert_eq!(hooks.list().await.unwrap_err().kind(), ErrorKind::Server);
    assert_eq!(vault.asked(), 6);

    // It may come back meanwhile.
    let vault = Vault::new([Response::Unavailable, Response::Unavailable, token(&fake)]);
    port(&fake, &vault, &clock).webhooks().list().await.unwrap();
}

#[tokio::test]
async fn one_that_refuses_is_not_asked_again_for_a_while() {
    let (fake, clock) = (FakePort::start().await, ManualClock::new());
    let vault = Vault::new([Response::Refused]);
    let hooks = port(&fake, &vault, &clock).webhooks();
    for _ in 0..5 {
        let error = hooks.list().await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Authentication, Outcome::NotSent));
        assert!(!error.is_retryable());
        assert_eq!(causes(&error)[1..], ["the token provider refused", "the vault is sealed"]);
        assert!(!error.to_string().contains("client id"), "there is none: {error}");
    }
    assert_eq!(vault.asked(), 1);
    clock.advance(Duration::from_secs(10));
    hooks.list().await.unwrap_err();
    assert_eq!(vault.asked(), 2);
}

#[tokio::test]
async fn provider_that_never_answers_or_panics_fails_the_call() {
    let fake = FakePort::start().await;
    let vault = Vault::new([Response::Never, Response::Never, Response::Never, token(&fake)]);
    let (attempt, asked) = (Duration::from_millis(250), Arc::clone(&vault));
    // Only the first three tokens are never returned.
    let clock = StallClock::new(attempt, move || Stalls { requests: asked.asked().min(3), bodies: 0 });
    let hooks = builder(&fake, &vault, &clock).attempt_timeout(attempt).build().unwrap().webhooks();
    let error = hooks.list().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), vault.asked()), (ErrorKind::Timeout, Outcome::NotSent, 3));
    clock.advance(Duration::from_secs(1));
    hooks.list().await.unwrap();

    let vault = Vault::new([Response::Panic, token(&fake)]);
    let hooks = port(&fake, &vault, &ManualClock::new()).webhooks();
    let error = hooks.list().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Transport, Outcome::NotSent));
    assert!(causes(&error)[0].contains("its task panicked"), "{error:?}");
    hooks.list().await.unwrap();
}

#[tokio::test]
async fn a_token_that_can_not_be_sent_is_told_without_being_shown() {
    let (fake, clock) = (FakePort::start().await, ManualClock::new());
    for (token, why) in [
        ("hidden\u{1}value", "contains characters that a header cannot hold"),
        ("hidden\nvalue", "contains a line break"),
        ("hidden\n", "contains a line break"),
        (" hidden", "begins or ends with white space"),
        ("hidden\t", "begins or ends with white space"),
        ("\u{feff}hidden", "contains a byte order mark"),
        ("", "is empty"),
        ("Bearer hidden", "begins with `Bearer `"),
        ("bearer hidden", "begins with `Bearer `"),
    ] {
        let vault = Vault::new([Response::Token(token.to_owned(), None)]);
        let error = port(&fake, &vault, &clock).webhooks().list().await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Authentication, Outcome::NotSent));
        assert!(causes(&error)[0].contains(why), "{error:?}");
        assert!(!format!("{error:?}").contains("hidden"));
    }
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn a_valid_token_serves_while_the_provider_is_down() {
    let (fake, clock) = (FakePort::start().await, ManualClock::new());
    let vault = Vault::new([token(&fake), Response::Unavailable]);
    let hooks = port(&fake, &vault, &clock).webhooks();
    hooks.list().await.unwrap();
    clock.advance(Duration::from_secs(3500));
    fake.inject(Fault::status(503).on([Route::List]));
    hooks.list().await.unwrap();
}

#[tokio::test]
async fn function_as_provider_supplies_tokens_and_errors() {
    let (fake, clock) = (FakePort::start().await, ManualClock::new());
    let vault = Vault::new([Response::Unavailable, token(&fake)]);
    let asked = Arc::clone(&vault);
    let provider = move || {
        let vault = Arc::clone(&asked);
        async move { vault.token().await }
    };
    let port = client_of(&fake).token_provider_fn(provider).clock(clock.clone()).build().unwrap();
    port.webhooks().list().await.unwrap();
    assert_eq!((vault.asked(), clock.waits().len()), (2, 1));

    let sealed = || async { Err(TokenError::refused("the vault is sealed")) };
    let error = client_of(&fake).token_provider_fn(sealed).build().unwrap().webhooks().list().await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(causes(&error).contains(&"the vault is sealed".to_owned()), "{error:?}");
}
