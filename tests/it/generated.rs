//! The generated requests and the small client alone, for those who bring their own tokens and errors.

use std::error::Error as _;

use fake_port::wiremock::{Mock, ResponseTemplate, matchers};
use fake_port::{FakePort, Fault};
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use port_webhooks_api::exchange::BodyError;
use port_webhooks_api::{
    AccessTokenRequest, Call, Client, Error, NewRunLog, NewWebhook, NodeRunLog, NodeRunPatch, RunApproval,
    RunPatch, WebhookPatch, WebhookReplacement, operations,
};
use serde_json::{Value, json};

use crate::support::{PAGE_URL, contract};

const IDENTIFIER: &str = "audit/é ?";

fn client(fake: &FakePort) -> Client {
    Client::new(fake.uri(), fake.issue_token())
}

fn new() -> NewWebhook {
    NewWebhook::subscription(IDENTIFIER, PAGE_URL)
        .events(["entity.created"])
        .title("Audit")
        .header("X-Key", "a-header-value")
        .secret("a-signing-secret")
}

/// The call of each operation of the contract, as JSON, and the path and method that it has there.
fn calls(token: &AccessTokenRequest) -> Vec<(String, String, Call<Value>)> {
    let replacement = WebhookReplacement::subscription(IDENTIFIER, PAGE_URL).events(["run.created"]);
    let patch = WebhookPatch::new().title("New").secret("a-new-secret");
    let paths = contract::document()["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter().filter(|(key, _)| *key != "parameters");
        methods.map(move |(method, operation)| (path, method, operation["operationId"].as_str().unwrap()))
    });
    operations
        .map(|(path, method, id)| {
            let call = match id {
                "add_node_run_logs" => {
                    let logs = [NodeRunLog::new("INFO", "a-log-line")].into_iter().collect();
                    operations::add_node_run_logs("wfnr_1", &logs).returning()
                }
                "add_run_log" => operations::add_run_log("r_1", &NewRunLog::new("a-log-line")).returning(),
                "get_run" => operations::get_run("r_1", Some("v2")).returning(),
                "list_run_logs" => operations::list_run_logs("r_1", Some(50), Some(50)).returning(),
                "list_runs" => operations::list_runs(Some("b-1"), Some(1), Some("v2")).returning(),
                "set_run_approval" => {
                    let approval = RunApproval::new("APPROVE", None);
                    operations::set_run_approval("r_1", Some("v2"), &approval).returning()
                }
                "update_node_run" => {
                    operations::update_node_run("wfnr_1", &NodeRunPatch::new().result("SUCCESS")).returning()
                }
                "update_run" => {
                    operations::update_run("r_1", Some("v2"), &RunPatch::new().summary("done")).returning()
                }
                "create_access_token" => operations::create_access_token(token).returning(),
                "create_webhook" => operations::create_webhook(&new()).returning(),
                "delete_webhook" => operations::delete_webhook(IDENTIFIER).returning(),
                "get_webhook" => operations::get_webhook(IDENTIFIER).returning(),
                "list_webhook_metadata" => operations::list_webhook_metadata().returning(),
                "list_webhooks" => operations::list_webhooks(Some(1), Some(10)).returning(),
                "replace_webhook" => operations::replace_webhook(IDENTIFIER, &replacement).returning(),
                "update_webhook" => operations::update_webhook(IDENTIFIER, &patch).returning(),
                other => panic!("the contract has a new operation: add the call of {other} to this test"),
            };
            (path.clone(), method.to_uppercase(), call)
        })
        .collect()
}

#[tokio::test]
async fn every_operation_is_sent_as_the_contract_says() {
    let fake = FakePort::start().await;
    let token = AccessTokenRequest::new(fake.client_id(), fake.client_secret());
    for (path, method, call) in calls(&token) {
        fake.reset();
        if call.operation != "create_webhook" {
            fake.seed(json!({ "identifier": IDENTIFIER, "url": PAGE_URL, "events": ["run.created"] }))
                .unwrap();
        }
        // The fake has no runs.
        let answer =
            ResponseTemplate::new(200).insert_header("x-trace-id", "t").set_body_json(json!({ "ok": true }));
        fake.mount(Mock::given(matchers::path_regex("/runs")).respond_with(answer)).await;
        let operation = &contract::document()["paths"][&path][method.to_lowercase()];
        assert_eq!((call.operation, &*call.template), (operation["operationId"].as_str().unwrap(), &*path));
        let (body, query) = (call.body.clone(), call.query.clone());
        let found = client(&fake).send(call).await.unwrap();
        assert!(found.response.status.is_success() && found.response.headers.contains_key("x-trace-id"));
        assert_eq!(found.value["ok"], true, "{path} {method}");

        let sent = fake.requests();
        let sent = sent.last().unwrap();
        assert_eq!(sent.method.as_str(), method);
        let path = path.replace("{run_id}", "r_1").replace("{node_run_id}", "wfnr_1");
        assert_eq!(sent.path, path.replace("{identifier}", "audit%2F%C3%A9%20%3F"));
        assert_eq!(sent.headers[ACCEPT], "application/json");
        assert_eq!(sent.body, body.unwrap_or_default());
        let has_token = operation["security"] != json!([]);
        assert_eq!(sent.headers.contains_key(AUTHORIZATION), has_token, "{path} {method}");
        let has_body = operation.get("requestBody").is_some();
        assert_eq!(sent.headers.get(CONTENT_TYPE).is_some(), has_body, "{path} {method}");
        let parameters = operation["parameters"].as_array().map_or(0, Vec::len);
        assert_eq!(query.len(), parameters, "{path} {method}");
        assert!(
            sent.query_pairs
                .iter()
                .map(|(name, value)| (&**name, &**value))
                .eq(query.iter().map(|(name, value)| (&**name, &**value))),
            "{:?}",
            sent.query_pairs
        );
    }
}

#[test]
fn repeating_is_harmless_except_for_what_is_added_or_decided() {
    for (path, method, call) in calls(&AccessTokenRequest::new("id", "secret")) {
        let once = ["create_webhook", "add_run_log", "add_node_run_logs", "set_run_approval"];
        assert_eq!(
            call.idempotent,
            !once.contains(&call.operation),
            "{path} {method}: name it here, or set `x-idempotent` in the contract"
        );
    }
}

#[test]
fn secrets_of_a_body_are_found_by_the_contract() {
    let mut secrets =
        operations::create_webhook(&new().field("surprise", json!({ "title": ["an-unknown-value"] })))
            .secrets();
    secrets.sort();
    assert_eq!(secrets, ["a-header-value", "a-signing-secret", "an-unknown-value"]);
    let patch = WebhookPatch::new().title("New").secret("a-new-secret").headers([("X-Key", "v")]);
    let mut secrets = operations::update_webhook("a", &patch).secrets();
    secrets.sort();
    assert_eq!(secrets, ["a-new-secret", "v"]);
    let token = AccessTokenRequest::new("id", "a-client-secret");
    let call = operations::create_access_token(&token);
    assert_eq!(call.secrets(), ["a-client-secret"]);
    assert!(!format!("{call:?}").contains("a-client-secret"));
    assert_eq!(operations::add_run_log("r_1", &NewRunLog::new("a-log-line")).secrets(), ["a-log-line"]);
    let patch = NodeRunPatch::new().result("FAILED").output(json!({ "reason": "an-output" }));
    assert_eq!(operations::update_node_run("wfnr_1", &patch).secrets(), ["an-output"]);
    assert!(operations::get_webhook("a").secrets().is_empty());
}

#[tokio::test]
async fn response_without_a_value_is_returned_whole() {
    let fake = FakePort::start().await;
    let port = client(&fake);
    let missing = port.send(operations::get_webhook("nowhere")).await.unwrap_err();
    assert_eq!(missing.to_string(), "the response is 404 Not Found");
    let Error::Response(error) = missing else { panic!("{missing:?}") };
    assert!(error.json.is_none());
    let body: Value = serde_json::from_slice(error.response.body.as_ref().unwrap()).unwrap();
    assert_eq!(body["error"], "not_found");

    // The error of a body does not quote it.
    fake.inject(Fault::status(200).json(json!({ "webhook": "a-secret" })));
    let error = port.send(operations::get_webhook("a")).await.unwrap_err();
    let source = error.source().unwrap().to_string();
    assert!(source.starts_with("a field has an unexpected type at line 1"), "{source}");
    assert!(!format!("{error:?} {error:#?}").contains("a-secret"));

    fake.inject(Fault::dropped());
    assert!(matches!(port.send(operations::get_webhook("a")).await, Err(Error::NoResponse(_))));

    fake.inject(Fault::status(200).header("content-encoding", "br"));
    let error = port.send(operations::get_webhook("a")).await.unwrap_err();
    assert!(error.to_string().ends_with("has a content encoding that was not requested"), "{error}");
    let Error::Response(error) = error else { panic!("{error:?}") };
    assert!(matches!(error.response.body, Err(BodyError::Encoded)));
}

#[tokio::test]
async fn unsendable_request_says_why_and_is_not_sent() {
    let fake = FakePort::start().await;
    for step in [".", ".."] {
        let error = client(&fake).send(operations::delete_webhook(step)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the request cannot be built: the identifier cannot be sent: `.` and `..` are not path segments"
        );
    }
    for identifier in ["", "a\tb", ".\n.", "a\\b"] {
        let error = client(&fake).send(operations::get_webhook(identifier)).await.unwrap_err();
        assert!(error.to_string().contains("the identifier cannot be sent: it "), "{error}");
    }
    let get = || operations::get_webhook("a");
    let why = async |client: Client| client.send(get()).await.unwrap_err().to_string();
    assert!(why(Client::new("nowhere", "token")).await.ends_with("its base URL is not a URL"));
    assert!(why(Client::new("mailto:a@b", "token")).await.ends_with("its base URL cannot have a path"));
    assert!(why(Client::new(fake.uri(), "a\nb")).await.ends_with("characters that a header cannot hold"));
    assert!(fake.requests().is_empty());
}

#[test]
fn braces_in_a_part_of_a_segment_are_invalid() {
    for template in ["/v1/{a}b", "/v1/b{a}", "/v1/{a", "/v1/{a}{b}"] {
        let call: Call<()> = Call::new("read", "read", Method::GET, template).parameter("x");
        assert!(call.invalid().unwrap().contains("braces in a part"), "{template}");
    }
    let call: Call<()> = Call::new("read", "read", Method::GET, "/v1/things/");
    assert_eq!(call.invalid(), None);
}
