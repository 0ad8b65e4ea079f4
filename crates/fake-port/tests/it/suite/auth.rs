//! The token route and what a token is good for.

use std::time::Duration;

use fake_port::{FakePort, Profile, Unverified};
use serde_json::json;

use crate::client::Client;
use crate::contract;

const TOKEN: &str = "/v1/auth/access_token";

#[tokio::test]
async fn credentials_buy_a_token_that_works() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::stranger(&port);
    let answer = client.ask_token(port.client_id(), port.client_secret()).await;
    assert_eq!(answer.status, 200);
    let token = answer.body["accessToken"].as_str().unwrap();
    assert_eq!(
        answer.body,
        json!({ "ok": true, "accessToken": token, "expiresIn": 10_800, "tokenType": "Bearer" })
    );
    assert_eq!(port.tokens_issued(), 1);

    let again = client.ask_token(port.client_id(), port.client_secret()).await;
    assert_eq!(again.body["accessToken"], token, "it is still valid");
    assert_eq!(port.tokens_issued(), 2);

    assert_eq!(client.with_token(token).get("/v1/webhooks").await.status, 200);
}

#[tokio::test]
async fn own_credentials_and_lifetime() {
    let builder = FakePort::builder().credentials("me", "mine").token_lifetime(Duration::from_secs(60));
    let port = builder.start().await.unwrap();
    let client = Client::stranger(&port);
    assert_eq!(client.ask_token("me", "mine").await.body["expiresIn"], 60);
    client.ask_token("fake-client-id", "fake-client-secret").await.refused(401, "unauthorized");
}

#[tokio::test]
async fn a_wrong_pair_is_unauthorized() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::stranger(&port);
    for (id, secret) in [(port.client_id(), "wrong"), ("wrong", port.client_secret()), ("", "")] {
        client.ask_token(id, secret).await.refused(401, "unauthorized");
    }
    assert_eq!(port.tokens_issued(), 0);
}

#[tokio::test]
async fn a_malformed_token_request_is_a_validation_error() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::stranger(&port);
    for (body, field) in [
        (json!({}), "clientId"),
        (json!({ "clientId": "a" }), "clientSecret"),
        (json!({ "clientId": null, "clientSecret": "s3" }), "clientId"),
        (json!({ "clientId": "a", "clientSecret": 7 }), "clientSecret"),
        (json!({ "clientId": "a", "clientSecret": "s3", "grant": "x" }), "grant"),
        (json!([]), "body"),
    ] {
        let answer = client.send("POST", TOKEN, body.clone()).await;
        let message = answer.refused(422, "validation_error");
        assert!(message.starts_with(field), "{body}: {message}");
        assert!(!message.contains("s3"), "{message}");
    }
}

#[tokio::test]
async fn every_other_route_needs_a_bearer_token() {
    let port = FakePort::builder().profile(Profile::Live).start().await.unwrap();
    let operations = contract::operations();
    assert!(operations.len() > 1);
    for (method, path) in operations.iter().filter(|(_, path)| path != TOKEN) {
        let stranger = Client::stranger(&port);
        stranger.send_bytes(method, path, "not json").await.refused(401, "unauthorized");
        stranger.with_token("nonsense").send_bytes(method, path, "").await.refused(401, "unauthorized");
    }
}

#[tokio::test]
async fn the_scheme_is_bearer_in_any_case() {
    let port = FakePort::builder().start().await.unwrap();
    let token = port.issue_token();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (header, status) in [
        (format!("Bearer {token}"), 200),
        (format!("bEARER {token}"), 200),
        (format!("Basic {token}"), 401),
        (token.clone(), 401),
        ("Bearer".to_owned(), 401),
        (format!("Bearer {token}x"), 401),
    ] {
        let request = http.get(format!("{}/v1/webhooks", port.uri())).header("authorization", &header);
        assert_eq!(request.send().await.unwrap().status(), status, "{header}");
    }
}

#[tokio::test]
async fn tokens_end_by_time() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    port.advance(Duration::from_secs(10_790));
    assert_eq!(client.get("/v1/webhooks").await.status, 200);
    port.advance(Duration::from_secs(10));
    client.get("/v1/webhooks").await.refused(401, "unauthorized");
}

#[tokio::test]
async fn tokens_can_be_expired_and_revoked() {
    let port = FakePort::builder().start().await.unwrap();
    let expired = Client::of(&port);
    port.expire_tokens();
    assert!(expired.get("/v1/webhooks").await.refused(401, "unauthorized").contains("expired"));
    let revoked = Client::of(&port);
    assert_eq!(revoked.get("/v1/webhooks").await.status, 200, "expiry is for tokens so far");
    port.revoke_tokens();
    assert!(!revoked.get("/v1/webhooks").await.refused(401, "unauthorized").contains("expired"));
    assert_eq!(Client::of(&port).get("/v1/webhooks").await.status, 200);
    assert_eq!(port.tokens_issued(), 0, "none of them was asked for");
}

#[tokio::test]
async fn no_token_is_made_twice_whatever_is_reset_and_restored() {
    let port = FakePort::builder().start().await.unwrap();
    let before = port.snapshot();
    let mut tokens = vec![port.issue_token()];
    port.reset();
    tokens.push(port.issue_token());
    port.restore(&before);
    tokens.push(port.issue_token());
    port.restore(&before);
    port.reset();
    tokens.push(port.issue_token());
    let made = tokens.len();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), made, "{tokens:?}");
}

#[tokio::test]
async fn oldest_tokens_are_forgotten() {
    let port = FakePort::builder().start().await.unwrap();
    let first = Client::of(&port);
    for _ in 0..10_000 {
        port.issue_token();
    }
    first.get("/v1/webhooks").await.refused(401, "unauthorized");
    assert_eq!(Client::of(&port).get("/v1/webhooks").await.status, 200);
}

#[tokio::test]
async fn fakes_do_not_take_each_others_tokens() {
    let (one, other) =
        (FakePort::builder().start().await.unwrap(), FakePort::builder().start().await.unwrap());
    one.issue_token();
    let client = Client::stranger(&one).with_token(other.issue_token());
    client.get("/v1/webhooks").await.refused(401, "unauthorized");
}

#[tokio::test]
async fn reissued_tokens_have_less_life_left() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::stranger(&port);
    let ask = async || client.ask_token(port.client_id(), port.client_secret()).await.body;

    let first = ask().await;
    port.advance(Duration::from_secs(3_600));
    let second = ask().await;
    assert_eq!(second["accessToken"], first["accessToken"]);
    let left = second["expiresIn"].as_i64().unwrap();
    assert!((7_000..=7_200).contains(&left), "{left}");
    assert_eq!(port.tokens_issued(), 2);

    port.expire_tokens();
    let third = ask().await;
    assert_ne!(third["accessToken"], first["accessToken"]);
    assert_eq!(third["expiresIn"], 10_800);
    port.revoke_tokens();
    assert_ne!(ask().await["accessToken"], third["accessToken"]);

    let switches = Unverified { reissue_token: false, ..Unverified::default() };
    let port = FakePort::builder().unverified(switches).start().await.unwrap();
    let client = Client::stranger(&port);
    let ask = async || client.ask_token(port.client_id(), port.client_secret()).await.body;
    assert_ne!(ask().await["accessToken"], ask().await["accessToken"]);
}
