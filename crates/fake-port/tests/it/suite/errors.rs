//! Refusals: which comes first, what they say, and that they change nothing.

use std::collections::HashSet;

use std::time::Duration;

use fake_port::{FakePort, Fault, Hint, RequestLimit, Unverified, ValidationStatus};
use serde_json::{Value, json};

use crate::client::{Client, subscription};
use crate::contract;

const LIMIT: usize = 1_048_576;

/// A valid subscription, padded with white space to a size.
fn padded(size: usize) -> Vec<u8> {
    let mut body = subscription("padded").to_string().into_bytes();
    body.resize(size, b' ');
    body
}

#[tokio::test]
async fn unknown_routes_and_methods_come_before_authentication() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::stranger(&port);
    for path in [
        "/",
        "/v1",
        "/v2/webhooks",
        "/v1/webhooks/",
        "/v1/webhooks/a/b",
        "/v1/webhooksx",
        "/V1/webhooks",
        "/v1/webhooks/%FF",
    ] {
        client.get(path).await.refused(404, "not_found");
    }
    for (method, path, allow) in [
        ("GET", "/v1/auth/access_token", "POST"),
        ("DELETE", "/v1/webhooks", "GET, POST"),
        ("OPTIONS", "/v1/webhooks/a", "GET, PATCH, PUT, DELETE"),
        ("POST", "/v1/webhooks/a", "GET, PATCH, PUT, DELETE"),
        ("POST", "/v1/webhooks/metadata", "GET, PATCH, PUT, DELETE"),
    ] {
        let answer = client.send_bytes(method, path, "").await;
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.headers["allow"], allow);
    }
    let head = client.send_bytes("HEAD", "/v1/webhooks", "").await;
    assert_eq!((head.status, head.headers["allow"].to_str().unwrap()), (405, "GET, POST"));
}

#[tokio::test]
async fn checks_come_in_order() {
    let port = FakePort::builder().webhook(subscription("a")).start().await.unwrap();
    let (stranger, client) = (Client::stranger(&port), Client::of(&port));
    let huge = vec![b'{'; LIMIT + 1];
    stranger.send_bytes("POST", "/v1/webhooks", huge.clone()).await.refused(401, "unauthorized");
    stranger
        .send_bytes("POST", "/v1/auth/access_token", huge.clone())
        .await
        .refused(413, "payload_too_large");
    client.send_bytes("POST", "/v1/webhooks", huge.clone()).await.refused(413, "payload_too_large");
    client.send_bytes("PATCH", "/v1/webhooks/missing", huge.clone()).await.refused(413, "payload_too_large");
    client.send_bytes("PUT", "/v1/webhooks/missing", "{").await.refused(422, "validation_error");
    client.patch("missing", json!({ "title": 1 })).await.refused(422, "validation_error");
    client.patch("missing", json!({ "identifier": "a" })).await.refused(404, "not_found");
    assert_eq!(client.send_bytes("GET", "/v1/webhooks/a", huge.clone()).await.status, 200, "nobody reads it");
    assert_eq!(client.send_bytes("DELETE", "/v1/webhooks/a", huge).await.status, 200, "nobody reads it");
}

#[tokio::test]
async fn a_body_of_one_mebibyte_is_allowed() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    let over = client.send_bytes("POST", "/v1/webhooks", padded(LIMIT + 1)).await;
    over.refused(413, "payload_too_large");
    assert_eq!(client.send_bytes("POST", "/v1/webhooks", padded(LIMIT)).await.status, 201);
}

#[tokio::test]
async fn what_is_no_json_object_is_a_validation_error() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in ["", "secret", "{\"title\":", "{} {}", "[]", "null", "\"secret\"", "7", deep.as_str()] {
        let answer = client.send_bytes("POST", "/v1/webhooks", body).await;
        let message = answer.refused(422, "validation_error");
        assert!(message.starts_with("body: "), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
    client
        .send_bytes("POST", "/v1/webhooks", b"{\"title\":\"\xff\"}".to_vec())
        .await
        .refused(422, "validation_error");
}

#[tokio::test]
async fn refusals_name_the_field_and_keep_values_to_themselves() {
    let port = FakePort::builder().webhook(subscription("a")).start().await.unwrap();
    let before = port.webhooks();
    let client = Client::of(&port);
    for (patch, expected) in [
        (json!({ "events": ["run.created", "value.secret"] }), "events[1]: unknown event"),
        (json!({ "headers": { "X Bad": "value.secret" } }), r#"headers["X Bad"]: not a valid header name"#),
        (json!({ "headers": { "X-A": "value.secret\r\n" } }), r#"headers["X-A"]: not a valid header value"#),
        (json!({ "security": { "secret": "" } }), "security.secret: must not be empty"),
        (json!({ "security": "value.secret" }), "security: must be an object"),
        (json!({ "url": "value.secret" }), "url: must be an absolute http or https URL"),
        (json!({ "title": "New", "createdAt": "value.secret" }), "createdAt: unknown property"),
        (json!({ "not plain": 1 }), r#"["not plain"]: unknown property"#),
        (json!({ "identifier": "" }), "identifier: must not be empty"),
        (json!({ "identifier": "é".repeat(31) }), "identifier: must not be longer than 30 characters"),
        (json!({ "title": 1 }), "title: must be a string"),
        (json!({ "events": [] }), "events: must not be empty"),
        (json!({ "events": {} }), "events: must be an array"),
        (json!({ "headers": { "": "a" } }), r#"headers[""]: not a valid header name"#),
        (json!({ "headers": { "A": "value.secret\n" } }), "headers.A: not a valid header value"),
        (json!({ "enabled": "true" }), "enabled: must be true or false"),
        (json!({ "url": "http:///a" }), "url: must be an absolute http or https URL"),
        (json!({ "url": "http://:80" }), "url: not a valid URL"),
    ] {
        let answer = client.patch("a", patch).await;
        assert_eq!(answer.refused(422, "validation_error"), expected);
        assert!(!answer.body.to_string().contains("value.secret"));
    }
    let mut whole = subscription("b");
    whole["events"] = json!([]);
    client.post(whole.clone()).await.refused(422, "validation_error");
    client.put("a", whole).await.refused(422, "validation_error");
    assert_eq!(port.webhooks(), before);
}

#[tokio::test]
async fn validation_may_answer_400() {
    let switches = Unverified { validation_status: ValidationStatus::BadRequest, ..Unverified::default() };
    let port = FakePort::builder().unverified(switches).start().await.unwrap();
    let client = Client::of(&port);
    client.post(json!({})).await.refused(400, "validation_error");
    client.send_bytes("POST", "/v1/webhooks", "{").await.refused(400, "validation_error");
    client.get("/v1/webhooks?page=0").await.refused(400, "validation_error");
    client.send("POST", "/v1/auth/access_token", json!({})).await.refused(400, "validation_error");
}

#[tokio::test]
async fn errors_may_be_objects() {
    let switches = Unverified { error_object: true, ..Unverified::default() };
    let port = FakePort::builder().unverified(switches).start().await.unwrap();
    let client = Client::of(&port);
    let message = "events[0]: unknown event";
    let details = json!({ "field": "events[0]" });
    let invalid = client.patch("a", json!({ "events": ["x"] })).await;
    assert_eq!(
        invalid.body,
        json!({ "ok": false, "message": message,
            "error": { "name": "validation_error", "message": message, "details": details } })
    );
    let missing = client.get("/v1/webhooks/a").await;
    assert_eq!((missing.status, &missing.body["error"]["name"]), (404, &json!("not_found")));
    assert_eq!(missing.body["error"]["details"], json!({}));
}

#[tokio::test]
async fn injected_errors_are_those_that_the_fake_answers_itself() {
    /// What a client may tell errors by. Injected ones are about no field.
    fn form(body: &Value) -> Value {
        match &body["error"] {
            Value::Object(error) => {
                assert_eq!(error["message"], body["message"]);
                assert!(error["details"].is_object());
                json!({ "name": error["name"] })
            }
            name => name.clone(),
        }
    }

    for error_object in [false, true] {
        for validation_status in [ValidationStatus::Unprocessable, ValidationStatus::BadRequest] {
            let switches = Unverified { error_object, validation_status, ..Unverified::default() };
            let builder = FakePort::builder().unverified(switches).webhook(subscription("a"));
            let port =
                builder.rate_limit(RequestLimit::new(3, Duration::from_secs(60))).start().await.unwrap();
            let client = Client::of(&port);
            let own = [
                client.get("/nowhere").await,
                client.send("OPTIONS", "/v1/webhooks", json!({})).await,
                Client::stranger(&port).get("/v1/webhooks").await,
                client.send_bytes("POST", "/v1/webhooks", vec![b' '; LIMIT + 1]).await,
                client.post(json!({})).await,
                client.post(subscription("a")).await,
                client.get("/v1/webhooks").await,
            ];
            assert_eq!(own[6].status, 429);
            for own in own {
                port.inject(Fault::status(own.status));
                let injected = client.get("/v1/webhooks").await;
                assert_eq!((injected.status, form(&injected.body)), (own.status, form(&own.body)));
            }
            port.inject(Fault::rate_limited(Hint::None));
            port.inject(Fault::not_ok("rate_limited", "slow down"));
            let (limited, not_ok) = (client.get("/v1/webhooks").await, client.get("/v1/webhooks").await);
            assert_eq!(form(&limited.body), form(&not_ok.body));
        }
    }
}

#[tokio::test]
async fn every_answer_has_a_trace_of_its_own() {
    let port = FakePort::builder().start().await.unwrap();
    let (client, stranger) = (Client::of(&port), Client::stranger(&port));
    let mut traces = HashSet::new();
    let operations = contract::operations();
    for (method, path) in
        operations.iter().map(|(method, path)| (method.as_str(), path.as_str())).chain([("GET", "/nowhere")])
    {
        for client in [&client, &stranger] {
            let answer = client.send_bytes(method, path, "").await;
            traces.insert(answer.headers["x-trace-id"].clone());
        }
    }
    assert_eq!(traces.len(), 2 * (operations.len() + 1));
}
