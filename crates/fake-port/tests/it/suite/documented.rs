//! The documented profile: subscriptions.

use std::time::Duration;

use fake_port::{CreateStatus, FakePort, Unverified};
use serde_json::{Value, json};

use crate::client::{Client, subscription};

const TIMES: [&str; 2] = ["createdAt", "updatedAt"];

/// The webhook without its times.
fn timeless(webhook: &Value) -> Value {
    let mut fields = webhook.as_object().unwrap().clone();
    for name in TIMES {
        assert!(fields.remove(name).is_some(), "{name}");
    }
    Value::Object(fields)
}

#[tokio::test]
async fn create_answers_and_stores_the_webhook() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    let answer = client.post(subscription("a")).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.body.as_object().unwrap().len(), 2);
    assert_eq!(answer.body["ok"], true);
    assert_eq!(timeless(answer.webhook()), subscription("a"));
    let (created, updated) = (&answer.webhook()["createdAt"], &answer.webhook()["updatedAt"]);
    assert_eq!(created, updated);
    assert_eq!(created.as_str().unwrap().len(), "2024-01-15T10:30:00.000Z".len());
    assert_eq!(port.webhook("a").as_ref(), Some(answer.webhook()));
    assert_eq!(client.get("/v1/webhooks/a").await.body, answer.body);
}

#[tokio::test]
async fn create_needs_three_fields_and_enables() {
    let port = FakePort::builder().start().await.unwrap();
    let least = json!({ "identifier": "a", "url": "http://example.com", "events": ["run.created"] });
    let answer = Client::of(&port).post(least).await;
    let expected =
        json!({ "identifier": "a", "url": "http://example.com", "events": ["run.created"], "enabled": true });
    assert_eq!(timeless(answer.webhook()), expected);
}

#[tokio::test]
async fn create_may_answer_200() {
    let switches = Unverified { create_status: CreateStatus::Ok, ..Unverified::default() };
    let port = FakePort::builder().unverified(switches).start().await.unwrap();
    assert_eq!(Client::of(&port).post(subscription("a")).await.status, 200);
}

#[tokio::test]
async fn a_taken_identifier_is_a_conflict() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    client.post(subscription("a")).await.webhook();
    let before = port.webhooks();
    assert!(client.post(subscription("a")).await.refused(409, "conflict").starts_with("identifier:"));
    assert_eq!(port.webhooks(), before);
}

#[tokio::test]
async fn missing_webhooks_are_not_found() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    client.get("/v1/webhooks/a").await.refused(404, "not_found");
    client.delete("/v1/webhooks/a").await.refused(404, "not_found");
    client.patch("a", json!({})).await.refused(404, "not_found");
    client.put("a", subscription("a")).await.refused(404, "not_found");
    assert!(port.webhooks().is_empty(), "PUT does not create");
}

#[tokio::test]
async fn delete_takes_it_away() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    client.post(subscription("a")).await.webhook();
    client.post(subscription("b")).await.webhook();
    let answer = client.send_bytes("DELETE", "/v1/webhooks/a", "a body nobody reads").await;
    assert_eq!((answer.status, answer.body), (200, json!({ "ok": true })));
    client.delete("/v1/webhooks/a").await.refused(404, "not_found");
    assert_eq!(client.get("/v1/webhooks").await.identifiers("webhooks"), ["b"]);
}

#[tokio::test]
async fn patch_changes_what_it_names() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    let created = client.post(subscription("a")).await.webhook().clone();
    port.advance(Duration::from_secs(60));

    let patch =
        json!({ "title": "New", "events": ["run.created"], "headers": { "X-Other": "o" }, "enabled": true });
    let answer = client.patch("a", patch.clone()).await;
    assert_eq!(answer.status, 200);
    let mut expected = created.as_object().unwrap().clone();
    expected.extend(patch.as_object().unwrap().clone());
    expected.insert("updatedAt".into(), answer.webhook()["updatedAt"].clone());
    assert_eq!(answer.webhook(), &Value::Object(expected));
    assert!(answer.webhook()["updatedAt"].as_str() > created["updatedAt"].as_str());
    assert_eq!(port.webhook("a").as_ref(), Some(answer.webhook()));
}

#[tokio::test]
async fn an_empty_patch_is_still_an_update() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    let created = client.post(subscription("a")).await.webhook().clone();
    port.advance(Duration::from_secs(60));
    let answer = client.patch("a", json!({})).await;
    assert_eq!(timeless(answer.webhook()), timeless(&created));
    assert_eq!(answer.webhook()["createdAt"], created["createdAt"]);
    assert!(answer.webhook()["updatedAt"].as_str() > created["updatedAt"].as_str());
}

#[tokio::test]
async fn patch_merges_security() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    client.post(subscription("a")).await.webhook();
    let kept = client.patch("a", json!({ "security": {} })).await;
    assert_eq!(kept.webhook()["security"], json!({ "secret": "secret-value" }));
    let renewed = client.patch("a", json!({ "security": { "secret": "other" } })).await;
    assert_eq!(renewed.webhook()["security"], json!({ "secret": "other" }));
    let cleared = client.patch("a", json!({ "security": { "secret": null } })).await;
    assert_eq!(cleared.webhook()["security"], json!({}));
    client.patch("a", json!({ "security": null })).await.webhook();
    let added = client.patch("a", json!({ "security": { "secret": "third" } })).await;
    assert_eq!(added.webhook()["security"], json!({ "secret": "third" }));
}

#[tokio::test]
async fn null_clears_unless_it_does_not() {
    let all = json!({ "title": null, "description": null, "headers": null, "security": null });
    let port = FakePort::builder().webhook(subscription("a")).start().await.unwrap();
    let answer = Client::of(&port).patch("a", all.clone()).await;
    let expected = json!({ "identifier": "a", "url": "https://example.com/hook",
        "events": ["entity.created", "entity.updated"], "enabled": false });
    assert_eq!(timeless(answer.webhook()), expected);

    let switches = Unverified { null_clears: false, ..Unverified::default() };
    let port = FakePort::builder().unverified(switches).webhook(subscription("a")).start().await.unwrap();
    let before = port.webhooks();
    let client = Client::of(&port);
    client.patch("a", all).await.refused(422, "validation_error");
    client.patch("a", json!({ "security": { "secret": null } })).await.refused(422, "validation_error");
    assert_eq!(port.webhooks(), before);
}

#[tokio::test]
async fn put_replaces_everything_the_caller_owns() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    let created = client.post(subscription("a")).await.webhook().clone();
    client.post(subscription("b")).await.webhook();
    port.advance(Duration::from_secs(60));
    let whole = json!({ "identifier": "a", "url": "http://example.com", "events": ["run.created"] });
    let answer = client.put("a", whole).await;
    assert_eq!(answer.status, 200);
    let expected =
        json!({ "identifier": "a", "url": "http://example.com", "events": ["run.created"], "enabled": true });
    assert_eq!(timeless(answer.webhook()), expected);
    assert_eq!(answer.webhook()["createdAt"], created["createdAt"]);
    assert!(answer.webhook()["updatedAt"].as_str() > created["updatedAt"].as_str());
    assert_eq!(client.get("/v1/webhooks").await.identifiers("webhooks"), ["a", "b"]);
}

#[tokio::test]
async fn an_identifier_in_the_body_renames() {
    let seeds = [subscription("a"), subscription("b")];
    let port = FakePort::builder().start().await.unwrap();
    port.seed_all(seeds).unwrap();
    let client = Client::of(&port);
    assert_eq!(client.patch("a", json!({ "identifier": "c" })).await.webhook()["identifier"], "c");
    assert_eq!(client.put("c", subscription("d")).await.webhook()["identifier"], "d");
    client.get("/v1/webhooks/a").await.refused(404, "not_found");
    assert_eq!(client.get("/v1/webhooks").await.identifiers("webhooks"), ["d", "b"]);

    let before = port.webhooks();
    client.patch("d", json!({ "identifier": "b", "title": "New" })).await.refused(409, "conflict");
    client.put("d", subscription("b")).await.refused(409, "conflict");
    assert_eq!(port.webhooks(), before);
    assert_eq!(
        client.patch("d", json!({ "identifier": "d" })).await.status,
        200,
        "its own name is no conflict"
    );
}

#[tokio::test]
async fn renaming_can_be_refused() {
    let switches = Unverified { rename: false, ..Unverified::default() };
    let port = FakePort::builder().unverified(switches).webhook(subscription("a")).start().await.unwrap();
    let client = Client::of(&port);
    for answer in
        [client.patch("a", json!({ "identifier": "b" })).await, client.put("a", subscription("b")).await]
    {
        assert!(answer.refused(422, "validation_error").starts_with("identifier:"));
    }
    assert_eq!(client.patch("a", json!({ "identifier": "a" })).await.status, 200);
}

#[tokio::test]
async fn metadata_shows_four_fields_and_shadows_its_name() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    client.post(subscription("metadata")).await.webhook();
    port.seed(json!({ "identifier": "b", "updatedAt": "2024-01-15T10:30:00.000Z" })).unwrap();
    let answer = client.get("/v1/webhooks/metadata").await;
    let updated = &port.webhook("metadata").unwrap()["updatedAt"];
    let expected = json!({ "ok": true, "webhooks": [
        { "identifier": "metadata", "title": "Entities", "updatedAt": updated },
        { "identifier": "b", "updatedAt": "2024-01-15T10:30:00.000Z" },
    ] });
    assert_eq!((answer.status, answer.body), (200, expected));

    let patched = client.patch("metadata", json!({ "title": "New" })).await;
    assert_eq!(patched.webhook()["identifier"], "metadata");
    assert_eq!(client.put("metadata", subscription("metadata")).await.status, 200);
    assert_eq!(client.delete("/v1/webhooks/metadata").await.status, 200);
    let created = client.send("POST", "/v1/webhooks/metadata", json!({})).await;
    created.refused(405, "method_not_allowed");
}

#[tokio::test]
async fn identifiers_are_one_decoded_segment() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    for (identifier, path) in [
        ("a/b", "a%2Fb"),
        ("a b", "a%20b"),
        ("a+b", "a+b"),
        ("é?#%41", "%C3%A9%3F%23%2541"),
        ("a\"b", "a%22b"),
    ] {
        client.post(subscription(identifier)).await.webhook();
        let answer = client.get(&format!("/v1/webhooks/{path}")).await;
        assert_eq!(answer.webhook()["identifier"], identifier);
    }
    client.get("/v1/webhooks/a/b").await.refused(404, "not_found");
}

#[tokio::test]
async fn unreachable_urls_are_refused() {
    let builder =
        FakePort::builder().unreachable("https://down.example.com/").unreachable("http://down.test/hook");
    let port = builder.webhook(subscription("a")).start().await.unwrap();
    let client = Client::of(&port);
    for url in ["https://down.example.com", "HTTPS://DOWN.example.com:443/", "http://down.test/hook"] {
        let answer = client.patch("a", json!({ "url": url })).await;
        assert_eq!(answer.refused(422, "validation_error"), "url: not reachable");
    }
    assert_eq!(client.patch("a", json!({ "url": "http://down.test/other" })).await.status, 200);
}
