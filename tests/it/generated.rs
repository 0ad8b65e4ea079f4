//! The generated client alone, for those who bring their own tokens and errors.

use std::error::Error as _;
use std::sync::Arc;

use fake_port::{FakePort, Fault};
use http::HeaderValue;
use http::header::ACCEPT;
use port_webhooks_api::{Attempt, Client, Error, NewWebhook, Reply, Why};
use serde_json::json;

use crate::support::PAGE_URL;

const LIMIT: usize = 1024 * 1024;

fn attempt(fake: &FakePort) -> Attempt {
    Attempt::new(LIMIT).bearer(HeaderValue::from_str(&format!("Bearer {}", fake.issue_token())).unwrap())
}

fn client(fake: &FakePort, attempt: Attempt) -> Client {
    Client::new(Arc::new(fake.uri().parse().unwrap()), reqwest::Client::new(), attempt)
}

fn why<T: std::fmt::Debug>(result: Result<Reply<T>, Error>) -> (u16, Why) {
    match result.unwrap_err() {
        Error::NoValue(no_value) => (no_value.answer.status.as_u16(), no_value.why),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn every_operation_is_sent_as_the_contract_says() {
    let fake = FakePort::start().await;
    let port = client(&fake, attempt(&fake).query(vec![("include".to_owned(), "a b&c".to_owned())]));
    let new = NewWebhook::subscription("audit/é ?", PAGE_URL).events(["entity.created"]);
    let created = port.create_webhook(&new).await.unwrap();
    assert_eq!(created.answer.status, 201);
    assert_eq!(created.value.webhook.unwrap().identifier, "audit/é ?");
    assert_eq!(port.list_webhooks(Some(1), None).await.unwrap().value.webhooks.unwrap().len(), 1);
    let found = port.get_webhook("audit/é ?").await.unwrap();
    assert!(found.answer.headers.contains_key("x-trace-id") && !found.answer.body.is_empty());
    port.delete_webhook("audit/é ?").await.unwrap();

    let sent = fake.requests();
    let lines: Vec<String> = sent.iter().map(|sent| format!("{} {}", sent.method, sent.path)).collect();
    let item = "/v1/webhooks/audit%2F%C3%A9%20%3F";
    let expected =
        ["POST /v1/webhooks", "GET /v1/webhooks", &format!("GET {item}"), &format!("DELETE {item}")];
    assert_eq!(lines, expected);
    let include = ("include".to_owned(), "a b&c".to_owned());
    assert_eq!(sent[1].query_pairs, [("page".to_owned(), "1".to_owned()), include]);
    let body: serde_json::Value = serde_json::from_slice(&sent[0].body).unwrap();
    assert_eq!(body, serde_json::to_value(&new).unwrap());
    assert!(sent[..3].iter().all(|sent| sent.headers[ACCEPT] == "application/json"));
}

#[tokio::test]
async fn an_answer_without_a_value_is_handed_over_whole() {
    let fake = FakePort::start().await;
    let port = client(&fake, attempt(&fake));
    let missing = port.get_webhook("nowhere").await;
    assert_eq!(missing.as_ref().unwrap_err().to_string(), "the response is 404 Not Found");
    let Err(Error::NoValue(no_value)) = missing else { panic!("{missing:?}") };
    assert!(matches!(no_value.why, Why::Status));
    let said: serde_json::Value = serde_json::from_slice(&no_value.answer.body).unwrap();
    assert_eq!(said["error"], "not_found");

    // What is wrong with a body is told without what is in it.
    fake.inject(Fault::status(200).json(json!({ "webhook": "a-secret" })));
    let error = port.get_webhook("a").await.unwrap_err();
    let source = error.source().unwrap().to_string();
    assert!(source.starts_with("a field has an unexpected type at line 1"), "{source}");
    assert!(!format!("{error:?} {error:#?}").contains("a-secret"));

    let small = client(&fake, Attempt::new(10).bearer(HeaderValue::from_static("Bearer x")));
    assert!(matches!(why(small.get_webhook("a").await), (401, Why::TooLarge)));
    fake.inject(Fault::dropped());
    assert!(matches!(port.get_webhook("a").await, Err(Error::NoAnswer(_))));
}

#[tokio::test]
async fn a_step_in_a_path_is_no_identifier() {
    let fake = FakePort::start().await;
    let port = client(&fake, attempt(&fake));
    for step in [".", ".."] {
        let error = port.delete_webhook(step).await.unwrap_err();
        assert_eq!(error.to_string(), "the request can't be built: its path is not valid");
    }
    assert!(fake.requests().is_empty());
}
