//! The live profile: data sources.

use std::time::Duration;

use fake_port::{FakePort, ListKey, Profile, Unverified};
use serde_json::{Value, json};

use crate::client::{Client, subscription};

async fn live() -> FakePort {
    FakePort::builder().profile(Profile::Live).start().await.unwrap()
}

fn data_source() -> Value {
    json!({
        "identifier": "github",
        "title": "GitHub",
        "description": "Pull requests",
        "icon": "Github",
        "enabled": true,
        "mappings": [{ "blueprint": "pr", "operation": "create", "entity": { "identifier": ".body.id" } }],
        "security": { "secret": "secret-value", "signatureAlgorithm": "sha256", "signaturePrefix": null },
        "integrationType": "template",
    })
}

#[tokio::test]
async fn create_adds_what_the_server_owns() {
    let port = live().await;
    let client = Client::of(&port);
    let answer = client.post(data_source()).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.body.as_object().unwrap().len(), 2);
    let stored = &answer.body["integration"];
    for (name, value) in data_source().as_object().unwrap() {
        assert_eq!(&stored[name], value, "{name}");
    }
    let key = stored["webhookKey"].as_str().unwrap();
    assert_eq!(stored["url"], format!("{}/ingest/{key}", port.uri()));
    for name in ["createdAt", "createdBy", "updatedAt", "updatedBy"] {
        assert!(stored[name].is_string(), "{name}");
    }
    assert_eq!(stored.as_object().unwrap().len(), 14);
    assert_eq!(client.get("/v1/webhooks/github").await.body, answer.body);
}

#[tokio::test]
async fn create_makes_identifiers_and_keys() {
    let port = live().await;
    let client = Client::of(&port);
    let mut identifiers = Vec::new();
    let mut keys = Vec::new();
    for _ in 0..3 {
        let stored = client.post(json!({ "title": "t", "enabled": false })).await.body["integration"].clone();
        assert_eq!(stored["integrationType"], "custom");
        let identifier = stored["identifier"].as_str().unwrap().to_owned();
        assert!(identifier.len() <= 30);
        identifiers.push(identifier);
        keys.push(stored["webhookKey"].clone());
    }
    identifiers.dedup();
    keys.dedup();
    assert_eq!((identifiers.len(), keys.len()), (3, 3));
}

#[tokio::test]
async fn subscriptions_are_another_contract() {
    let port = live().await;
    Client::of(&port).post(subscription("a")).await.refused(422, "validation_error");
    let documented = FakePort::builder().start().await.unwrap();
    Client::of(&documented).post(data_source()).await.refused(422, "validation_error");
}

#[tokio::test]
async fn refusal_of_a_data_source_names_the_place_and_the_rule() {
    let mapping = |operation: &str, entity: Value| json!({ "mappings": [{ "blueprint": "b", "operation": operation, "entity": entity }] });
    let query = json!({ "identifier": { "combinator": "and", "rules": [{}, 1] } });
    let port = FakePort::builder().profile(Profile::Live).webhook(data_source()).start().await.unwrap();
    let client = Client::of(&port);
    for (patch, message) in [
        (
            json!({ "security": { "signatureAlgorithm": "md5" } }),
            "security.signatureAlgorithm: must be one of sha1, sha256, plain",
        ),
        (json!({ "mappings": [{}] }), "mappings[0].blueprint: is required"),
        (
            mapping("replace", json!({ "identifier": "i" })),
            "mappings[0].operation: must be a form of create, update, upsert or delete",
        ),
        (
            mapping("create", json!({ "identifier": 1 })),
            "mappings[0].entity.identifier: must be a string or an object",
        ),
        (mapping("create", query), "mappings[0].entity.identifier.rules[1]: must be an object"),
        (mapping("delete", json!({ "identifier": "i", "x": 1 })), "mappings[0].entity.x: unknown property"),
    ] {
        assert_eq!(client.patch("github", patch).await.refused(422, "validation_error"), message);
    }
}

#[tokio::test]
async fn patch_merges_security_and_replaces_mappings() {
    let port = live().await;
    let client = Client::of(&port);
    client.post(data_source()).await;
    let mappings = json!([{ "blueprint": "b", "operation": "delete", "entity": { "identifier": "i" } }]);
    let patch =
        json!({ "mappings": mappings, "security": { "secret": null, "signatureHeaderName": "X-Sig" } });
    let stored = client.patch("github", patch).await.body["integration"].clone();
    assert_eq!(stored["mappings"], mappings);
    let security =
        json!({ "signatureAlgorithm": "sha256", "signaturePrefix": null, "signatureHeaderName": "X-Sig" });
    assert_eq!(stored["security"], security);
    for null in [json!({ "title": null }), json!({ "security": null }), json!({ "description": null })] {
        client.patch("github", null).await.refused(422, "validation_error");
    }
}

#[tokio::test]
async fn put_keeps_what_the_server_owns() {
    let port = live().await;
    let client = Client::of(&port);
    let before = client.post(data_source()).await.body["integration"].clone();
    port.advance(Duration::from_secs(60));
    let answer = client.put("github", json!({ "title": "t", "enabled": false })).await;
    assert_eq!(answer.status, 200);
    let after = &answer.body["integration"];
    for name in ["identifier", "webhookKey", "url", "createdAt", "createdBy", "updatedBy"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    assert!(after["updatedAt"].as_str() > before["updatedAt"].as_str());
    assert_eq!(after["integrationType"], "custom");
    assert_eq!((&after["title"], &after["enabled"]), (&json!("t"), &json!(false)));
    for name in ["description", "icon", "mappings"] {
        assert!(after.get(name).is_none(), "{name}");
    }
    assert_eq!(after["security"], json!({}));
}

#[tokio::test]
async fn security_is_an_object_in_every_answer() {
    let port = live().await;
    let client = Client::of(&port);
    port.seed(json!({ "identifier": "seeded", "security": null })).unwrap();
    let bare = json!({ "identifier": "bare", "title": "t", "enabled": true });
    assert_eq!(client.post(bare.clone()).await.body["integration"]["security"], json!({}));
    assert_eq!(
        client.patch("bare", json!({ "title": "u" })).await.body["integration"]["security"],
        json!({})
    );
    assert_eq!(client.put("bare", bare).await.body["integration"]["security"], json!({}));
    let cleared = json!({ "security": { "secret": null } });
    assert_eq!(client.patch("seeded", cleared).await.body["integration"]["security"], json!({}));
    for webhook in client.get("/v1/webhooks").await.body["integrations"].as_array().unwrap() {
        assert_eq!(webhook["security"], json!({}));
    }
    let documented = FakePort::builder().start().await.unwrap();
    let bare = json!({ "identifier": "a", "url": "https://example.com", "events": ["run.created"] });
    let answer = Client::of(&documented).post(bare).await;
    assert!(answer.webhook().get("security").is_none());
}

#[tokio::test]
async fn a_patch_without_enabled_enables_where_the_switch_says_so() {
    for patch_enables in [false, true] {
        let switches = Unverified { patch_enables, ..Unverified::default() };
        let seed = || json!({ "identifier": "a", "enabled": false });
        let builder = FakePort::builder().profile(Profile::Live).unverified(switches);
        let port = builder.webhook(seed()).start().await.unwrap();
        let client = Client::of(&port);
        let patched = client.patch("a", json!({ "title": "t" })).await.body["integration"].clone();
        assert_eq!(patched["enabled"], patch_enables);
        let named = client.patch("a", json!({ "title": "u", "enabled": false })).await;
        assert_eq!(named.body["integration"]["enabled"], false);

        let documented = FakePort::builder().unverified(switches).webhook(seed()).start().await.unwrap();
        let patched = Client::of(&documented).patch("a", json!({ "title": "t" })).await;
        assert_eq!(patched.webhook()["enabled"], false, "a subscription stays as it is");
    }
}

#[tokio::test]
async fn what_is_only_doubtful_is_taken() {
    let port = live().await;
    let client = Client::of(&port);
    let mapping =
        json!({ "blueprint": "svc", "operation": "upsert", "entity": { "identifier": "", "team": [] } });
    let webhook = json!({
        "identifier": "a", "title": "t", "enabled": true, "security": { "secret": "" }, "mappings": [mapping],
    });
    let answer = client.post(webhook.clone()).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    assert_eq!(answer.body["integration"]["mappings"], webhook["mappings"]);
    assert_eq!(answer.body["integration"]["security"], webhook["security"]);
}

#[tokio::test]
async fn lists_have_no_pages_and_a_key_of_their_own() {
    for (list_key, key) in
        [(ListKey::Integrations, "integrations"), (ListKey::Webhooks, "webhooks"), (ListKey::Items, "items")]
    {
        let switches = Unverified { list_key, ..Unverified::default() };
        let builder = FakePort::builder().profile(Profile::Live).unverified(switches);
        let port = builder.webhook(data_source()).start().await.unwrap();
        let client = Client::of(&port);
        let list = client.get("/v1/webhooks?page=0&per_page=x").await;
        assert_eq!(list.identifiers(key), ["github"]);
        let metadata = client.get("/v1/webhooks/metadata").await;
        let updated = &port.webhook("github").unwrap()["updatedAt"];
        let summary =
            json!({ "identifier": "github", "title": "GitHub", "icon": "Github", "updatedAt": updated });
        assert_eq!(metadata.body, json!({ "ok": true, key: [summary] }));
    }
}

#[tokio::test]
async fn a_list_key_is_for_the_live_profile_only() {
    let switches = Unverified { list_key: ListKey::Items, ..Unverified::default() };
    let port = FakePort::builder().unverified(switches).start().await.unwrap();
    assert_eq!(Client::of(&port).get("/v1/webhooks").await.body, json!({ "ok": true, "webhooks": [] }));
}
