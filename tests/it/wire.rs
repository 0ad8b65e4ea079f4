//! What goes over the wire, whole.

use fake_port::{FakePort, RecordedRequest};
use insta::assert_snapshot;
use port_webhooks::{
    NewWebhook, WebhookPatch,
    types::{Mapping, WebhookReplacement},
};

use crate::support::{PAGE_URL, client_of, hooks_of};

/// A request as text: what every request has on its own is left out or named.
fn text(request: &RecordedRequest) -> String {
    let query: Vec<String> =
        request.query_pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let mut headers: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| match (name.as_str(), value.to_str().unwrap()) {
            ("host", _) => "host: (the fake)".to_owned(),
            ("user-agent", agent) if agent.starts_with("port-webhooks-rust/") => {
                "user-agent: (ours)".to_owned()
            }
            ("authorization", token) if token.starts_with("Bearer ") => {
                "authorization: Bearer (token)".to_owned()
            }
            (name, value) => format!("{name}: {value}"),
        })
        .collect();
    headers.sort();
    let body = request.json().map_or_else(String::new, |body| format!("\n\n{body:#}"));
    format!("{} {}{query}\n{}{body}\n", request.method, request.path, headers.join("\n"))
}

#[tokio::test]
async fn requests() {
    let fake = FakePort::start().await;
    let hooks = hooks_of(&fake);
    let new = NewWebhook::subscription("entity-updated-webhook", PAGE_URL)
        .title("Entity Updated Notifications")
        .description("Webhook for entity update events")
        .events(["entity.created", "entity.updated"])
        .header("Authorization", "Bearer your-api-token")
        .header("Content-Type", "application/json")
        .secret("your-webhook-secret");
    hooks.create(new).query("dry", "maybe & not").await.unwrap();
    hooks.list().await.unwrap();
    hooks.list().page(1).per_page(10).await.unwrap();
    hooks.metadata().await.unwrap();
    hooks.get("entity-updated-webhook").await.unwrap();
    let patch = WebhookPatch::new()
        .url("https://api.example.com/v2")
        .clear_description()
        .clear_secret()
        .enabled(false);
    hooks.update("entity-updated-webhook", patch).await.unwrap();
    let whole =
        WebhookReplacement::subscription("entity-updated-webhook", PAGE_URL).events(["run.completed"]);
    hooks.replace("entity-updated-webhook", whole).await.unwrap();
    hooks.delete("entity-updated-webhook").await.unwrap();
    hooks.delete("odd/../name?#%").await.unwrap_err();
    let all: Vec<_> = fake.requests().iter().map(text).collect();
    assert_snapshot!(all.join("\n---\n"));
}

#[tokio::test]
async fn a_data_source() {
    let fake = FakePort::builder().profile(fake_port::Profile::Live).start().await.unwrap();
    let source = NewWebhook::data_source("Pager")
        .mappings([Mapping::create("incident", ".body.id"), Mapping::delete("incident", ".body.id")]);
    hooks_of(&fake).create(source).await.unwrap();
    assert_snapshot!(text(fake.requests().last().unwrap()));
}

#[tokio::test]
async fn the_user_agent_is_the_callers_to_set() {
    let fake = FakePort::start().await;
    client_of(&fake).user_agent("release-job/2.1").build().unwrap().webhooks().list().await.unwrap();
    assert!(fake.requests().iter().all(|request| request.header("user-agent") == Some("release-job/2.1")));
}

#[tokio::test]
async fn a_base_url_may_have_a_path() {
    let fake = FakePort::start().await;
    let port = client_of(&fake).base_url(format!("{}/v1/", fake.uri())).build().unwrap();
    port.webhooks().list().await.unwrap();
    let port = client_of(&fake).base_url(format!("{}/proxy/", fake.uri())).build().unwrap();
    port.webhooks().list().await.unwrap_err();
    assert_eq!(fake.requests().last().unwrap().path, "/proxy/v1/auth/access_token");
}
