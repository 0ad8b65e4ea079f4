//! Every request about a data source is one that Port's published OpenAPI description allows.

use std::collections::BTreeSet;

use fake_port::{FakePort, Profile, RecordedRequest};
use port_webhooks::{
    NewWebhook, WebhookPatch,
    types::{Mapping, Security},
};
use serde_json::{Value, json};

use crate::support::hooks_of;

/// The operations that Port publishes, each with its path as segments.
struct Published(Value);

impl Published {
    fn read() -> Self {
        let text = include_str!("../../xtask/tests/fixtures/port-published.json");
        Self(serde_json::from_str(text).unwrap())
    }

    fn operations(&self) -> BTreeSet<String> {
        let paths = self.0["paths"].as_object().unwrap();
        let operations = paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys().filter(|key| *key != "parameters");
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        });
        operations.collect()
    }

    /// The operation of a request, which is valid for it.
    fn check(&self, request: &RecordedRequest) -> String {
        let paths = self.0["paths"].as_object().unwrap();
        // A path without a variable has precedence.
        let exact = paths.get(&request.path).map(|item| (request.path.as_str(), item));
        let (path, item) = exact.unwrap_or_else(|| {
            let parent = request.path.rsplit_once('/').unwrap().0;
            let found = paths.iter().find(|(path, _)| {
                path.rsplit_once('/').is_some_and(|(start, end)| start == parent && end.starts_with('{'))
            });
            found.map_or_else(|| panic!("no {}", request.path), |(path, item)| (path.as_str(), item))
        });
        let operation = &item[request.method.as_str().to_lowercase()];
        assert!(operation.is_object(), "no {} {path}", request.method);

        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let queries: Vec<&str> =
            parameters.filter(|it| it["in"] == "query").filter_map(|it| it["name"].as_str()).collect();
        for (name, _) in &request.query_pairs {
            let line = format!("only in contract {} {path} query {name} # ", request.method);
            let is_allowed = include_str!("../../openapi/drift-allowed.txt").contains(&line);
            assert!(is_allowed || queries.contains(&name.as_str()), "{} {path}?{name}", request.method);
        }
        match (&operation["requestBody"]["content"]["application/json"]["schema"], request.json()) {
            (Value::Null, body) => assert_eq!(body, None, "{} {path}", request.method),
            (schema, body) => {
                let body = body.unwrap_or_else(|| panic!("{} {path} without a body", request.method));
                let schema = jsonschema::draft202012::new(schema).unwrap();
                let errors: Vec<String> = schema.iter_errors(&body).map(|error| error.to_string()).collect();
                assert!(errors.is_empty(), "{} {path}: {errors:#?}\n{body:#}", request.method);
            }
        }
        format!("{} {path}", request.method)
    }
}

#[tokio::test]
async fn requests_about_a_data_source_are_as_port_publishes_them() {
    let fake = FakePort::builder().profile(Profile::Live).start().await.unwrap();
    let hooks = hooks_of(&fake);
    let mut create = Mapping::create("incident", ".body.id");
    create.filter = Some(".body.ok".to_owned());
    create.items_to_parse = Some(".body.all".to_owned());
    create.entity.as_mut().unwrap().title = Some(".item.title".to_owned());
    let mut security = Security::with_secret("secret");
    security.signature_header_name = Some("x-signature".to_owned());
    security.signature_algorithm = Some("sha256".into());
    security.signature_prefix = Some("sha256=".to_owned());
    security.request_identifier_path = Some(".body.id".to_owned());
    let source = NewWebhook::data_source("Pager")
        .identifier("pager")
        .description("Incidents")
        .icon("Webhook")
        .enabled(true)
        .integration_type("custom")
        .security(security)
        .mappings([create, Mapping::delete("incident", ".body.id")]);
    hooks.create(source.clone()).await.unwrap();
    hooks.list().await.unwrap();
    hooks.list().collect().await.unwrap();
    hooks.metadata().await.unwrap();
    let whole = hooks.get("pager").await.unwrap().into_replacement();
    hooks.replace("pager", whole.title("Pager 2")).await.unwrap();
    let patch = WebhookPatch::new()
        .title("Pager 3")
        .description("D")
        .icon("Alert")
        .enabled(false)
        .secret("other")
        .mappings([Mapping::create("incident", ".body.id")]);
    hooks.update("pager", patch).await.unwrap();
    hooks.ensure(source.title("Pager 4")).await.unwrap();
    hooks.ensure(NewWebhook::data_source("Other").identifier("other").enabled(true)).await.unwrap();
    hooks.delete("pager").await.unwrap();
    // Webhooks that were written with the short form of an operation.
    let short = json!({
        "identifier": "short", "title": "S", "enabled": true,
        "mappings": [{ "blueprint": "b", "operation": "delete", "entity": { "identifier": ".body.id" } }],
    });
    fake.seed(short).unwrap();
    let whole = hooks.get("short").await.unwrap().into_replacement();
    hooks.replace("short", whole.title("T")).await.unwrap();

    let published = Published::read();
    let sent: BTreeSet<String> = fake.requests().iter().map(|request| published.check(request)).collect();
    assert_eq!(sent, published.operations());
}
