//! `ensure` creates, changes or leaves alone, says which, and survives lost responses.

use std::time::Duration;

use fake_port::{Ending, FakePort, Fault, Profile, Recording, Route};
use port_webhooks::{
    Client, ErrorKind, EventType, NewWebhook, WebhookPatch,
    plan::{Plan, WantedWebhook, diff},
    types::{Ensured, Mapping},
};
use serde_json::json;

use crate::support::{PAGE_URL, client_of};

async fn fake(profile: Profile) -> FakePort {
    FakePort::builder().profile(profile).record(Recording::All).serve().await.unwrap()
}

fn port(fake: &FakePort) -> Client {
    client_of(fake).attempt_timeout(Duration::from_secs(5)).build().unwrap()
}

fn new() -> NewWebhook {
    NewWebhook::subscription("a", PAGE_URL)
        .events([EventType::RunCreated, EventType::RunUpdated])
        .header("X-API-Key", "key")
        .secret("s3cret")
}

#[tokio::test]
async fn ensure_creates_then_leaves_alone_then_changes() {
    let fake = fake(Profile::Documented).await;
    let hooks = port(&fake).webhooks();
    assert!(matches!(hooks.ensure(new()).await.unwrap(), Ensured::Created(_)));
    let same = new().events([EventType::RunUpdated, EventType::RunCreated]);
    assert!(matches!(hooks.ensure(same).await.unwrap(), Ensured::Unchanged(_)));
    assert_eq!(fake.ledger().len(), 1);
    let ensured = hooks.ensure(new().secret("other").title("A")).await.unwrap();
    assert!(matches!(&ensured, Ensured::Changed(webhook) if webhook.title.as_deref() == Some("A")));
    assert!(!format!("{ensured:?}").contains("other"));
    let body: serde_json::Value =
        serde_json::from_slice(&fake.requests().of([Route::Update])[0].body).unwrap();
    assert_eq!(body, json!({ "title": "A", "security": { "secret": "other" } }), "only what differs");
}

#[tokio::test]
async fn ensure_survives_lost_responses() {
    for fault in [Fault::dropped(), Fault::dropped().applied(), Fault::broken_body(5, Ending::Reset)] {
        for operation in [Route::Create, Route::Update, Route::Get] {
            let fake = fake(Profile::Documented).await;
            let hooks = port(&fake).webhooks();
            if operation == Route::Update {
                hooks.ensure(new()).await.unwrap();
            }
            fake.inject(fault.clone().on([operation]));
            let ensured = hooks.ensure(new().title("A")).await.unwrap();
            assert_eq!(ensured.webhook().title.as_deref(), Some("A"), "{fault:?} {operation:?}");
            assert_eq!(fake.webhooks().len(), 1);
            assert_eq!(fake.webhook("a").unwrap()["title"], "A");
            assert!(matches!(hooks.ensure(new().title("A")).await.unwrap(), Ensured::Unchanged(_)));
        }
    }
}

#[tokio::test]
async fn ensure_of_a_webhook_created_meanwhile_changes_it() {
    let fake = fake(Profile::Documented).await;
    fake.seed(json!({ "identifier": "a", "url": "https://other.example", "events": ["run.created"] }))
        .unwrap();
    // The first read misses it, as if somebody else had created it just afterwards.
    fake.inject(Fault::status(404).on([Route::Get]));
    let ensured = port(&fake).webhooks().ensure(new()).await.unwrap();
    assert!(matches!(ensured, Ensured::Changed(_)));
    assert_eq!(fake.webhook("a").unwrap()["url"], PAGE_URL);
}

#[tokio::test]
async fn ensure_without_identifier_sends_nothing() {
    let fake = fake(Profile::Live).await;
    let error = port(&fake).webhooks().ensure(NewWebhook::data_source("A")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("identifier"));
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn ensure_of_a_data_source_compares_mappings_by_meaning() {
    let fake = fake(Profile::Live).await;
    let hooks = port(&fake).webhooks();
    let source = |operation: serde_json::Value| {
        let mapping =
            json!([{ "blueprint": "pr", "operation": operation, "entity": { "identifier": ".id" } }]);
        NewWebhook::data_source("GitHub").identifier("a").field("mappings", mapping)
    };
    hooks.ensure(source(json!("create"))).await.unwrap();
    for same in [json!({ "type": "create" }), json!(null)] {
        assert!(matches!(hooks.ensure(source(same)).await.unwrap(), Ensured::Unchanged(_)));
    }
    let typed = NewWebhook::data_source("GitHub").identifier("a").mappings([Mapping::create("pr", ".id")]);
    assert!(matches!(hooks.ensure(typed).await.unwrap(), Ensured::Unchanged(_)));
    assert!(matches!(hooks.ensure(source(json!("delete"))).await.unwrap(), Ensured::Changed(_)));
    for same in [json!({ "type": "delete" }), json!({ "type": "delete", "deleteDependents": false })] {
        assert!(matches!(hooks.ensure(source(same)).await.unwrap(), Ensured::Unchanged(_)));
    }
    let other = json!({ "type": "delete", "deleteDependents": true });
    assert!(matches!(hooks.ensure(source(other)).await.unwrap(), Ensured::Changed(_)));
}

#[tokio::test]
async fn carrying_a_plan_out_leaves_nothing_to_do() {
    let fake = fake(Profile::Documented).await;
    fake.seed(json!({ "identifier": "a", "title": "A", "description": "d", "url": "https://a.example",
        "events": ["run.created"], "headers": { "X-A": "1", "X-B": "2" } }))
        .unwrap();
    let hooks = port(&fake).webhooks();
    let wanted = || {
        let patch = WebhookPatch::new().identifier("a").clear_description().headers([("X-A", "3")]);
        WantedWebhook::from(patch).not_compared("headers.X-B").not_compared("security.secret")
    };
    let current = hooks.list().collect().await.unwrap();
    let plan = Plan::new([wanted()], &current).unwrap();
    for step in plan.pending() {
        match step.action() {
            port_webhooks::plan::Action::Update(patch) => {
                hooks.update(step.identifier(), (**patch).clone()).await.unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
    let stored = fake.webhook("a").unwrap();
    assert_eq!((stored.get("description"), &stored["headers"]), (None, &json!({ "X-A": "3", "X-B": "2" })));
    let now = hooks.get("a").await.unwrap();
    assert!(diff(&wanted(), &now).iter().all(|change| !change.is_pending()));
    // Exactly this: the title, which is not set, should not be there either.
    let paths: Vec<_> = diff(&wanted().exact(true), &now)
        .iter()
        .filter(|change| change.is_pending())
        .map(|change| change.path().to_owned())
        .collect();
    assert_eq!(paths, ["title", "url", "events"]);
}

#[tokio::test]
async fn plan_of_two_with_one_identifier_is_refused() {
    let error = Plan::new([new(), new()], &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let error = Plan::new([NewWebhook::data_source("A")], &[]).unwrap_err();
    assert!(error.to_string().contains("no identifier"));
    let large = new().description("x".repeat(1024 * 1024));
    let error = Plan::new([large], &[]).unwrap_err();
    assert!(error.kind() == ErrorKind::PayloadTooLarge && error.to_string().contains("\"a\""), "{error}");
    // Deletes come last, and never hit a webhook that is wanted.
    let plan = Plan::new([new()], &[]).unwrap().delete(["a".to_owned(), "b".to_owned()]);
    let steps: Vec<_> = plan.steps().iter().map(ToString::to_string).collect();
    assert_eq!(steps, ["create a", "delete b"]);
    assert!(!format!("{plan:?}").contains("s3cret"));
}
