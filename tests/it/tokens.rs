//! One token for all clones: fetched when it is needed, renewed before it ends, shared.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fake_port::{FakePort, Fault, Profile, Route, Unverified};
use futures_util::future::join_all;
use port_webhooks::{Client, ErrorKind};
use serde_json::{Value, json};
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{ManualClock, client_of, with_tokens};

const MINUTE: Duration = Duration::from_secs(60);

/// How many requests went to the token route.
fn token_requests(fake: &FakePort) -> usize {
    fake.requests().iter().filter(|request| request.path == "/v1/auth/access_token").count()
}

/// Calls until the fake has issued as many tokens; a renewal goes on in the background.
async fn call_until_issued(port: &Client, fake: &FakePort, tokens: u64) {
    for _ in 0..1_000 {
        if fake.tokens_issued() == tokens {
            return;
        }
        port.webhooks().list().await.unwrap();
    }
    panic!("only {} tokens were issued", fake.tokens_issued());
}

#[tokio::test]
async fn one_token_serves_all_calls_and_clones() {
    let fake = FakePort::start().await;
    let port = client_of(&fake).build().unwrap();
    for _ in 0..3 {
        port.clone().webhooks().list().await.unwrap();
    }
    assert_eq!(token_requests(&fake), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_who_come_together_share_one_request() {
    let fake = FakePort::start().await;
    let port = client_of(&fake).build().unwrap();
    let calls = (0..200).map(|_| {
        let hooks = port.webhooks();
        tokio::spawn(async move { hooks.list().await })
    });
    assert!(join_all(calls).await.into_iter().all(|result| result.unwrap().is_ok()));
    assert_eq!(token_requests(&fake), 1);
}

/// Two hundred callers over sockets. Ten thousand come together in memory, beside the cache of tokens.
async fn crowd(port: &Client) -> Vec<Result<port_webhooks::types::Page, port_webhooks::Error>> {
    let hooks = port.webhooks();
    join_all((0..200).map(|_| hooks.list().send())).await
}

#[tokio::test]
async fn missing_token_route_is_tried_three_times_for_all_callers() {
    let fake = FakePort::start().await;
    fake.inject(Fault::status(503).always().on([Route::Token]));
    for result in crowd(&client_of(&fake).build().unwrap()).await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Server);
    }
    assert_eq!((token_requests(&fake), fake.requests().len()), (3, 3));
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let fake = FakePort::start().await;
    let clock = ManualClock::new();
    let port = client_of(&fake).clock(clock.clone()).build().unwrap();
    port.webhooks().list().await.unwrap();

    // A token of three hours is renewed five minutes before its end.
    clock.advance(174 * MINUTE);
    port.webhooks().list().await.unwrap();
    port.webhooks().list().await.unwrap();
    assert_eq!(token_requests(&fake), 1);

    clock.advance(2 * MINUTE);
    call_until_issued(&port, &fake, 2).await;
    assert_eq!(token_requests(&fake), 2);
}

#[tokio::test]
async fn a_token_that_ended_is_replaced_before_the_call() {
    let fake = FakePort::start().await;
    let clock = ManualClock::new();
    let port = client_of(&fake).clock(clock.clone()).build().unwrap();
    port.webhooks().list().await.unwrap();
    clock.advance(4 * 60 * MINUTE);
    fake.expire_tokens();
    fake.clear_requests();
    assert!(crowd(&port).await.iter().all(Result::is_ok));
    assert_eq!((token_requests(&fake), fake.requests().len()), (1, 201), "no call met a 401");
}

#[tokio::test]
async fn a_revoked_token_is_replaced_once_and_every_call_sent_again() {
    let fake = FakePort::start().await;
    let port = client_of(&fake).build().unwrap();
    port.webhooks().list().await.unwrap();
    fake.revoke_tokens();
    fake.clear_requests();
    assert!(crowd(&port).await.iter().all(Result::is_ok));
    assert_eq!((token_requests(&fake), fake.requests().len()), (1, 401), "each was sent twice");
}

#[tokio::test]
async fn a_late_401_does_not_throw_the_new_token_away() {
    let server = MockServer::start().await;
    let issued = AtomicUsize::new(0);
    Mock::given(path("/v1/auth/access_token"))
        .respond_with(move |_: &Request| {
            let token = format!("token-{}", issued.fetch_add(1, Ordering::SeqCst));
            ResponseTemplate::new(200)
                .set_body_json(json!({ "ok": true, "accessToken": token, "expiresIn": 10_800 }))
        })
        .expect(2)
        .mount(&server)
        .await;
    let refusal = ResponseTemplate::new(401).set_body_json(json!({ "ok": false, "error": "unauthorized" }));
    Mock::given(header("authorization", "Bearer token-0")).respond_with(refusal).mount(&server).await;
    let found = json!({ "ok": true, "webhook": { "identifier": "a" } });
    Mock::given(header("authorization", "Bearer token-1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(found))
        .expect(3)
        .mount(&server)
        .await;
    let port = Client::builder().credentials("id", "hidden").base_url(server.uri()).build().unwrap();
    let hooks = port.webhooks();
    let mut late = Box::pin(hooks.get("late").send());
    let is_received = async || {
        let received = server.received_requests().await.unwrap();
        received.iter().any(|request| request.url.path().ends_with("late"))
    };
    // The server has the request before it responds, so the call is not polled again once a response may be there.
    while !is_received().await {
        assert!(futures_util::poll!(late.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    hooks.get("early").await.unwrap();
    // Only now does this call read its 401.
    late.await.unwrap();
    hooks.get("after").await.unwrap();
}

#[tokio::test]
async fn a_second_401_is_an_error() {
    let server = MockServer::start().await;
    with_tokens(&server, json!(10_800)).await;
    let refusal = ResponseTemplate::new(401).set_body_json(json!({ "ok": false, "error": "unauthorized" }));
    Mock::given(path("/v1/webhooks")).respond_with(refusal).expect(2).mount(&server).await;
    let port = Client::builder().credentials("id", "hidden").base_url(server.uri()).build().unwrap();
    let error = port.webhooks().list().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 2));
}

#[tokio::test]
async fn a_call_is_signed_anew_once() {
    let fake = FakePort::start().await;
    let port = client_of(&fake).build().unwrap();
    port.webhooks().list().await.unwrap();
    fake.inject(Fault::revoked_token().on([Route::List]));
    fake.inject(Fault::status(503).on([Route::List]));
    fake.inject(Fault::revoked_token().on([Route::List]));
    fake.clear_requests();
    let error = port.webhooks().list().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), token_requests(&fake)), (ErrorKind::Authentication, 3, 1));
    port.webhooks().list().await.unwrap();
}

#[tokio::test]
async fn a_server_that_issues_the_same_token_again_is_served() {
    let unverified = Unverified::default();
    let fake = FakePort::builder().profile(Profile::Live).unverified(unverified).start().await.unwrap();
    client_of(&fake).build().unwrap().webhooks().list().await.unwrap();
    fake.advance(2 * 60 * MINUTE);
    let clock = ManualClock::new();
    let port = client_of(&fake).clock(clock.clone()).build().unwrap();
    port.webhooks().list().await.unwrap();
    // Of three hours one is left, so the token has to go before that.
    clock.advance(61 * MINUTE);
    fake.advance(61 * MINUTE);
    fake.clear_requests();
    port.webhooks().list().await.unwrap();
    assert_eq!((token_requests(&fake), fake.requests().len()), (1, 2));
}

#[tokio::test]
async fn wrong_credentials_are_remembered_for_a_while() {
    for refusal in [None, Some(400), Some(422)] {
        let fake = FakePort::start().await;
        if let Some(status) = refusal {
            fake.inject(Fault::status(status).always().on([Route::Token]));
        }
        let clock = ManualClock::new();
        let port = client_of(&fake).credentials("someone", "else").clock(clock.clone()).build().unwrap();
        for _ in 0..5 {
            let error = port.webhooks().list().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Authentication);
            clock.advance(Duration::from_millis(1900));
        }
        assert_eq!(token_requests(&fake), 1, "{refusal:?}");
        clock.advance(Duration::from_millis(500));
        port.webhooks().list().await.unwrap_err();
        assert_eq!(token_requests(&fake), 2, "{refusal:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_valid_serves_while_no_other_can_be_had() {
    let server = MockServer::start().await;
    let token = json!({ "ok": true, "accessToken": "t", "expiresIn": 1000, "tokenType": "Bearer" });
    Mock::given(path("/v1/auth/access_token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let list = json!({ "ok": true, "webhooks": [] });
    Mock::given(path("/v1/webhooks"))
        .respond_with(ResponseTemplate::new(200).set_body_json(list))
        .mount(&server)
        .await;
    let clock = ManualClock::new();
    let port = Client::builder()
        .credentials("id", "hidden")
        .base_url(server.uri())
        .clock(clock.clone())
        .build()
        .unwrap();
    port.webhooks().list().await.unwrap();
    // Due for renewal, which fails from now on.
    clock.advance(Duration::from_secs(950));
    for _ in 0..20 {
        port.webhooks().list().await.unwrap();
    }
    clock.advance(Duration::from_secs(51));
    let error = port.webhooks().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other, "that there is no token says nothing of a webhook");
}

#[tokio::test]
async fn an_odd_lifetime_is_no_trouble() {
    for life in [json!(null), json!(0), json!(-1), json!(1e308), json!(0.5)] {
        let server = MockServer::start().await;
        with_tokens(&server, life.clone()).await;
        let list = json!({ "ok": true, "webhooks": [] });
        Mock::given(path("/v1/webhooks"))
            .respond_with(ResponseTemplate::new(200).set_body_json(list))
            .mount(&server)
            .await;
        let port = Client::builder().credentials("id", "hidden").base_url(server.uri()).build().unwrap();
        assert!(port.webhooks().list().await.is_ok(), "{life}");
    }
}

#[tokio::test]
async fn token_response_without_a_token_is_an_error_without_its_text() {
    let bodies: [Value; 4] = [
        json!(["hidden"]),
        json!({ "ok": true }),
        json!({ "ok": true, "accessToken": "hidden\nvalue" }),
        json!({ "accessToken": ["hidden"] }),
    ];
    for body in bodies {
        let server = MockServer::start().await;
        Mock::given(path("/v1/auth/access_token"))
            .respond_with(ResponseTemplate::new(200).set_body_json(&body))
            .mount(&server)
            .await;
        let port = Client::builder().credentials("id", "hidden").base_url(server.uri()).build().unwrap();
        let error = port.webhooks().list().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert!(!format!("{error:?}").contains("hidden"), "{error:?}");
    }
}

#[test]
fn a_client_outlives_the_runtime_it_began_on() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let fake = first.block_on(FakePort::start());
    let port = client_of(&fake).build().unwrap();
    // The call goes away while its token is on the way, and then the runtime does.
    first.block_on(async {
        let hooks = port.webhooks();
        tokio::select! {
            biased;
            _ = hooks.list().send() => unreachable!("a token takes longer than one poll"),
            () = std::future::ready(()) => {}
        }
    });
    drop(first);
    runtime().block_on(async { port.webhooks().list().await }).unwrap();
}

#[tokio::test]
async fn a_caller_who_goes_away_takes_no_token_with_him() {
    let fake = FakePort::start().await;
    let port = client_of(&fake).build().unwrap();
    let hooks = port.webhooks();
    tokio::select! {
        biased;
        _ = hooks.list().send() => unreachable!("a token takes longer than one poll"),
        () = std::future::ready(()) => {}
    }
    hooks.list().await.unwrap();
    assert_eq!(token_requests(&fake), 1);
}
