//! Each method and each example of the documentation page, against the fake in both profiles.

use fake_port::{FakePort, ListKey, Profile, Unverified};
use futures_util::TryStreamExt as _;
use port_webhooks::{
    ErrorKind, EventType, NewWebhook, WebhookPatch,
    types::{Mapping, Secret, Security, SecurityPatch, SignatureAlgorithm, WebhookReplacement},
};
use serde_json::json;

use crate::support::{PAGE_URL, contract, fake_of, hooks_of};

fn from_the_page() -> NewWebhook {
    NewWebhook::subscription("entity-updated-webhook", PAGE_URL)
        .title("Entity Updated Notifications")
        .description("Webhook for entity update events")
        .events(["entity.created", "entity.updated"])
        .headers([("Authorization", "Bearer your-api-token"), ("Content-Type", "application/json")])
        .secret("your-webhook-secret")
}

#[tokio::test]
async fn create_example_of_the_page_is_sent_and_stored_unchanged() {
    let fake = FakePort::start().await;
    let created = hooks_of(&fake).create(from_the_page()).await.unwrap();

    let example = &contract::document()["components"]["examples"]["NewSubscription"]["value"];
    let request = fake.requests().last().unwrap().clone();
    assert_eq!(request.json().as_ref(), Some(example));

    let stored = fake.webhook("entity-updated-webhook").unwrap();
    for (name, value) in example.as_object().unwrap() {
        assert_eq!(&stored[name], value, "{name}");
    }
    assert_eq!(created.identifier, "entity-updated-webhook");
    assert_eq!(created.events, Some(vec![EventType::EntityCreated, EventType::EntityUpdated]));
    let headers = created.headers.unwrap();
    assert_eq!(headers.get("authorization").map(Secret::expose), Some("Bearer your-api-token"));
    assert_eq!(created.security.unwrap().secret.unwrap().expose(), "your-webhook-secret");
    assert_eq!(created.enabled, Some(true));
    assert!(created.created_at.unwrap().to_datetime().is_ok());
}

#[tokio::test]
async fn the_headers_example() {
    let fake = FakePort::start().await;
    let webhook =
        NewWebhook::subscription("entity-created-webhook", PAGE_URL).events(["entity.created"]).headers([
            ("Authorization", "Bearer your-api-token"),
            ("X-API-Key", "your-api-key"),
            ("Content-Type", "application/json"),
        ]);
    hooks_of(&fake).create(webhook).await.unwrap();
    let example = &contract::document()["components"]["examples"]["NewSubscriptionWithHeaders"]["value"];
    assert_eq!(fake.requests().last().unwrap().clone().json().as_ref(), Some(example));
}

#[tokio::test]
async fn the_list_examples() {
    let fake = FakePort::start().await;
    let hooks = hooks_of(&fake);
    for n in 0..12 {
        let identifier = format!("hook-{n:02}");
        hooks.create(NewWebhook::subscription(identifier, PAGE_URL).events(["run.completed"])).await.unwrap();
    }
    let mut lines = Vec::new();
    for webhook in hooks.list().await.unwrap() {
        lines.push(format!("Webhook: {} - URL: {}", webhook.identifier, webhook.url.unwrap()));
    }
    assert_eq!(lines.len(), 12);
    assert_eq!(lines[11], format!("Webhook: hook-11 - URL: {PAGE_URL}"));

    let first = hooks.list().page(1).per_page(10).await.unwrap();
    assert_eq!(first.webhooks.len(), 10);
    let second = hooks.list().page(2).per_page(10).await.unwrap();
    assert_eq!(
        second.iter().map(|webhook| webhook.identifier.as_str()).collect::<Vec<_>>(),
        ["hook-10", "hook-11"]
    );
    assert!(hooks.list().page(3).per_page(10).await.unwrap().webhooks.is_empty());
    assert_eq!(hooks.list().page(0).await.unwrap_err().kind(), ErrorKind::Validation);
    assert_eq!(hooks.list().per_page(101).await.unwrap_err().kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn the_get_example() {
    let fake = FakePort::start().await;
    fake.seed(contract::document()["components"]["examples"]["Subscription"]["value"]["webhook"].clone())
        .unwrap();
    let webhook = hooks_of(&fake).get("entity-created-webhook").await.unwrap();
    assert_eq!(webhook.url.as_deref(), Some(PAGE_URL));
    assert_eq!(webhook.events, Some(vec![EventType::EntityCreated]));
    assert_eq!(webhook.created_at.unwrap().as_str(), "2024-01-15T10:30:00Z");
}

#[tokio::test]
async fn the_update_example_changes_what_it_names_alone() {
    let fake = FakePort::start().await;
    let hooks = hooks_of(&fake);
    hooks.create(from_the_page()).await.unwrap();
    let patch = WebhookPatch::new().url("https://api.example.com/webhooks/port/v2").events([
        "entity.created",
        "entity.updated",
        "entity.deleted",
    ]);
    let updated = hooks.update("entity-updated-webhook", patch).await.unwrap();
    assert_eq!(updated.url.as_deref(), Some("https://api.example.com/webhooks/port/v2"));
    assert_eq!(updated.events.unwrap().len(), 3);
    assert_eq!(updated.title.as_deref(), Some("Entity Updated Notifications"));
    assert_eq!(updated.security.unwrap().secret.unwrap().expose(), "your-webhook-secret");
}

#[tokio::test]
async fn null_clears() {
    let fake = FakePort::start().await;
    let hooks = hooks_of(&fake);
    hooks.create(from_the_page()).await.unwrap();
    let patch = WebhookPatch::new().clear_title().clear_description().clear_headers().clear_secret();
    let updated = hooks.update("entity-updated-webhook", patch).await.unwrap();
    assert_eq!((updated.title, updated.description, updated.headers), (None, None, None));
    assert_eq!(updated.security.and_then(|security| security.secret), None);
    let updated = hooks
        .update("entity-updated-webhook", WebhookPatch::new().secret("new").enabled(false))
        .await
        .unwrap();
    assert_eq!(updated.security.unwrap().secret.unwrap().expose(), "new");
    assert_eq!(updated.enabled, Some(false));
}

#[tokio::test]
async fn the_delete_example() {
    let fake = FakePort::start().await;
    let hooks = hooks_of(&fake);
    hooks.create(from_the_page()).await.unwrap();
    assert!(hooks.delete("entity-updated-webhook").await.unwrap());
    assert!(fake.webhooks().is_empty());
    assert_eq!(hooks.delete("entity-updated-webhook").await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn all_known_events_can_be_subscribed_to() {
    let fake = FakePort::start().await;
    let webhook = NewWebhook::subscription("all", PAGE_URL).events(EventType::KNOWN);
    let created = hooks_of(&fake).create(webhook).await.unwrap();
    assert_eq!(created.events.as_deref(), Some(EventType::KNOWN));
}

#[tokio::test]
async fn what_was_read_is_written_back_with_a_change() {
    for profile in [Profile::Documented, Profile::Live] {
        let fake = fake_of(profile).await;
        let example = match profile {
            Profile::Live => {
                &contract::document()["components"]["examples"]["DataSource"]["value"]["integration"]
            }
            _ => &contract::document()["components"]["examples"]["Subscription"]["value"]["webhook"],
        };
        fake.seed(example.clone()).unwrap();
        let hooks = hooks_of(&fake);
        let identifier = example["identifier"].as_str().unwrap();

        let read = hooks.get(identifier).await.unwrap();
        let written = hooks.replace(identifier, read.clone().into_replacement().title("New")).await.unwrap();
        assert_eq!(written.title.as_deref(), Some("New"));
        assert_eq!(
            (&written.url, &written.webhook_key, &written.created_at),
            (&read.url, &read.webhook_key, &read.created_at)
        );
        assert_eq!(
            (written.events, written.headers, written.mappings),
            (read.events, read.headers, read.mappings)
        );

        let sent = fake.requests().last().unwrap().clone().json().unwrap();
        for owned in ["createdAt", "createdBy", "updatedAt", "updatedBy", "webhookKey"] {
            assert_eq!(sent.get(owned), None, "{owned} was written back");
        }
        assert_eq!(sent.get("url").is_some(), profile == Profile::Documented);
    }
}

#[tokio::test]
async fn an_unknown_field_is_kept_through_reading_and_writing_back() {
    let fake = FakePort::start().await;
    fake.seed(json!({ "identifier": "a", "url": PAGE_URL, "events": ["scorecard.created"], "team": { "name": "x" } })).unwrap();
    let webhook = hooks_of(&fake).get("a").await.unwrap();
    assert_eq!(webhook.events.as_deref(), Some(&[EventType::from("scorecard.created")][..]));
    let whole = serde_json::to_value(webhook.into_replacement()).unwrap();
    assert_eq!(whole["team"], json!({ "name": "x" }));
    assert_eq!(whole["events"], json!(["scorecard.created"]));
}

#[tokio::test]
async fn a_data_source_through_its_life() {
    for list_key in [ListKey::Integrations, ListKey::Webhooks, ListKey::Items] {
        let unverified = Unverified { list_key, ..Unverified::default() };
        let fake = FakePort::builder().profile(Profile::Live).unverified(unverified).start().await.unwrap();
        let hooks = hooks_of(&fake);

        let mut security = Security::with_secret("s3cret");
        security.signature_algorithm = Some(SignatureAlgorithm::Sha256);
        let source = NewWebhook::data_source("Pager")
            .identifier("pager")
            .icon("Alert")
            .mappings([Mapping::create("incident", ".body.id"), Mapping::delete("incident", ".body.id")])
            .security(security);
        let created = hooks.create(source).await.unwrap();
        assert!(created.is_data_source());
        assert!(created.url.unwrap().ends_with(&created.webhook_key.unwrap()));

        let patch = WebhookPatch::new().security(SecurityPatch::new().clear_signature_prefix().secret("new"));
        let updated = hooks.update("pager", patch).await.unwrap();
        let security = updated.security.unwrap();
        assert_eq!(security.secret.unwrap().expose(), "new");
        assert_eq!(security.signature_algorithm, Some(SignatureAlgorithm::Sha256));

        assert_eq!(hooks.list().page(7).await.unwrap().webhooks.len(), 1);
        assert_eq!(hooks.list().collect().await.unwrap().len(), 1);
        let metadata = hooks.metadata().await.unwrap();
        assert_eq!((metadata[0].identifier.as_str(), metadata[0].icon.as_deref()), ("pager", Some("Alert")));

        let replaced = hooks.replace("pager", WebhookReplacement::data_source("Pager 2")).await.unwrap();
        assert_eq!((replaced.title.as_deref(), replaced.icon), (Some("Pager 2"), None));
        assert!(hooks.delete("pager").await.unwrap());
    }
}

#[tokio::test]
async fn the_live_server_makes_up_an_identifier() {
    let fake = fake_of(Profile::Live).await;
    let hooks = hooks_of(&fake);
    let first = hooks.create(NewWebhook::data_source("A")).await.unwrap();
    let second = hooks.create(NewWebhook::data_source("B")).await.unwrap();
    assert_ne!(first.identifier, second.identifier);
    assert_eq!(hooks.get(first.identifier).await.unwrap().title.as_deref(), Some("A"));
}

#[tokio::test]
async fn each_server_refuses_the_other_kind() {
    let source = || NewWebhook::data_source("A");
    let subscription = || NewWebhook::subscription("a", PAGE_URL).events(["run.created"]);
    let (documented, live) = (fake_of(Profile::Documented).await, fake_of(Profile::Live).await);
    assert_eq!(hooks_of(&documented).create(source()).await.unwrap_err().kind(), ErrorKind::Validation);
    assert_eq!(hooks_of(&live).create(subscription()).await.unwrap_err().kind(), ErrorKind::Validation);
    assert!(hooks_of(&documented).create(subscription()).await.is_ok());
    assert!(hooks_of(&live).create(source()).await.is_ok());
}

#[tokio::test]
async fn renaming_to_a_taken_identifier_is_a_conflict() {
    let fake = FakePort::start().await;
    let hooks = hooks_of(&fake);
    for identifier in ["a", "b"] {
        hooks.create(NewWebhook::subscription(identifier, PAGE_URL).events(["run.created"])).await.unwrap();
    }
    let error = hooks.update("a", WebhookPatch::new().identifier("b")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(hooks.update("a", WebhookPatch::new().identifier("c")).await.unwrap().identifier, "c");
    assert_eq!(hooks.get("a").await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_request_is_sent_by_send_as_well() {
    let fake = FakePort::start().await;
    fake.seed(json!({ "identifier": "a" })).unwrap();
    assert_eq!(hooks_of(&fake).get("a").send().await.unwrap().identifier, "a");
}

#[tokio::test]
async fn streams_serve_the_stream_trait() {
    let fake = FakePort::start().await;
    fake.seed_all((0..7).map(|n| json!({ "identifier": format!("hook-{n}") }))).unwrap();
    let hooks = hooks_of(&fake);
    let all: Vec<_> = hooks.list().per_page(3).stream().try_collect().await.unwrap();
    assert_eq!(all.len(), 7);
    let pages: Vec<_> = hooks.list().per_page(3).pages().try_collect().await.unwrap();
    assert_eq!(pages.iter().map(|page| page.webhooks.len()).collect::<Vec<_>>(), [3, 3, 1]);
    let rest: Vec<_> = hooks.list().page(2).per_page(3).stream().try_collect().await.unwrap();
    assert_eq!(rest.len(), 4);
}
