//! Raw requests, and headers of a program's own, go through the same engine as every call.

use std::time::Duration;

use fake_port::wiremock::matchers::{any, path as at};
use fake_port::wiremock::{Mock, ResponseTemplate};
use fake_port::{FakePort, Fault, Hint, Route};
use port_webhooks::http::Method;
use port_webhooks::{Client, ErrorKind, Outcome};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Log, ManualClock, client_of};

const SECRET: &str = "a-very-hidden-value";

/// A fake that answers `/v1/blueprints/service` with these responses in turn, the last one forever.
async fn fake_with(responses: impl IntoIterator<Item = ResponseTemplate>) -> (FakePort, Client) {
    let fake = FakePort::start().await;
    let mut responses = responses.into_iter().peekable();
    while let Some(response) = responses.next() {
        let mock = Mock::given(at("/v1/blueprints/service")).respond_with(response);
        fake.mount(if responses.peek().is_some() { mock.up_to_n_times(1) } else { mock }).await;
    }
    let port = client_of(&fake).build().unwrap();
    (fake, port)
}

fn json_of(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn blueprint() -> ResponseTemplate {
    json_of(200, &json!({ "ok": true, "blueprint": { "identifier": "service", "title": "Service" } }))
}

#[derive(Debug, Deserialize)]
struct BlueprintEnvelope {
    blueprint: Blueprint,
}

#[derive(Debug, Deserialize)]
struct Blueprint {
    title: String,
}

#[tokio::test]
async fn raw_request_sends_token_path_query_headers_and_body() {
    let fake = FakePort::start().await;
    fake.mount(Mock::given(any()).respond_with(blueprint()).with_priority(200)).await;
    let port = client_of(&fake).build().unwrap();
    let request =
        port.request(Method::POST, "/v1/blueprints/{blueprint}/entities/{entity}?run_id=a%20b&x=%C3%BC");
    let request = request.parameter("service").parameter("a/b ü%2F?").query("upsert", "true & more");
    let answer: BlueprintEnvelope =
        request.header("X-Tenant", "t").json(&json!({ "a": 1 })).returning().await.unwrap();
    assert_eq!(answer.blueprint.title, "Service");
    let requests = fake.requests();
    let sent = requests.last().unwrap();
    assert_eq!(sent.path, "/v1/blueprints/service/entities/a%2Fb%20%C3%BC%252F%3F");
    for (name, value) in [("run_id", "a b"), ("x", "ü"), ("upsert", "true & more")] {
        assert_eq!(sent.query(name), Some(value));
    }
    assert_eq!((sent.method.as_str(), sent.header("x-tenant")), ("POST", Some("t")));
    assert_eq!(
        (sent.json(), sent.header("content-type")),
        (Some(json!({ "a": 1 })), Some("application/json"))
    );
    assert!(sent.header("authorization").unwrap().starts_with("Bearer "));
}

#[tokio::test]
async fn request_without_token_gets_none_and_renews_none() {
    let (fake, port) = fake_with([ResponseTemplate::new(401), blueprint()]).await;
    let request = port.request(Method::GET, "/v1/blueprints/service").without_token();
    assert_eq!(request.clone().await.unwrap_err().kind(), ErrorKind::Authentication);
    request.await.unwrap();
    let requests = fake.requests();
    let sent: Vec<_> = requests.iter().map(|sent| (&*sent.path, sent.header("authorization"))).collect();
    assert_eq!(sent, [("/v1/blueprints/service", None); 2]);
}

#[tokio::test]
async fn raw_response_has_status_headers_and_bytes_of_any_type() {
    let csv = ResponseTemplate::new(201).insert_header("x-id", "7").set_body_raw("a,b\n", "text/csv");
    let (fake, port) = fake_with([csv]).await;
    let request = port.request(Method::GET, "/v1/blueprints/service").header("Accept", "text/csv");
    let response = request.clone().await.unwrap();
    assert_eq!((response.status.as_u16(), &response.headers["x-id"]), (201, &"7".parse().unwrap()));
    assert_eq!(&*response.body, b"a,b\n");
    assert_eq!(format!("{response:?}"), "RawResponse { status: 201, length: 4, .. }");
    let requests = fake.requests();
    let accepted = requests.last().unwrap().headers.get_all("accept").iter();
    assert!(accepted.eq(["text/csv"]), "it replaces the client's own");
    let error = request.returning::<Value>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Decode, Outcome::NotApplied));
}

#[tokio::test]
async fn raw_request_with_an_expired_token_gets_a_new_one() {
    let fake = FakePort::start().await;
    let port = client_of(&fake).build().unwrap();
    let list = port.request(Method::GET, "/v1/webhooks").returning::<Value>();
    list.clone().await.unwrap();
    fake.revoke_tokens();
    assert_eq!(list.await.unwrap()["ok"], true);
    fake.requests().of([Route::Token]).assert_count(2);
}

#[tokio::test]
async fn raw_request_is_retried_when_its_caller_says_it_may() {
    for (method, idempotent, attempts) in [
        (Method::GET, None, 2),
        (Method::PUT, None, 2),
        (Method::DELETE, None, 2),
        (Method::POST, None, 1),
        (Method::PATCH, None, 1),
        (Method::POST, Some(true), 2),
        (Method::PUT, Some(false), 1),
        (Method::GET, Some(false), 1),
    ] {
        let (fake, port) = fake_with([ResponseTemplate::new(503), blueprint()]).await;
        let request = port.request(method.clone(), "/v1/blueprints/service");
        let result = match idempotent {
            Some(idempotent) => request.idempotent(idempotent).await,
            None => request.await,
        };
        let sent = fake.requests().iter().filter(|request| request.mocked).count();
        assert_eq!((sent, result.is_ok()), (attempts, attempts == 2), "{method} {idempotent:?}");
        if let Err(error) = result {
            assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, false));
            let advice = "it may have been applied: find that out before you retry";
            assert!(error.to_string().contains(advice), "{error}");
        }
    }
}

#[tokio::test]
async fn raw_request_waits_as_long_as_the_rate_limit_says() {
    let fake = FakePort::start().await;
    let clock = ManualClock::new();
    let port = client_of(&fake).clock(clock.clone()).build().unwrap();
    fake.inject(Fault::rate_limited(Hint::Seconds(3)).on([Route::List]));
    port.request(Method::GET, "/v1/webhooks").await.unwrap();
    assert!(clock.waits().iter().any(|wait| *wait >= Duration::from_secs(3)), "{:?}", clock.waits());
}

#[tokio::test]
async fn failed_raw_request_has_kind_and_path_and_repeats_no_secret() {
    let message = format!("the value {SECRET} is wrong");
    for (status, body, kind) in [
        (404, json!({ "ok": false, "error": "not_found", "message": message }), ErrorKind::NotFound),
        (422, json!({ "ok": false, "error": "invalid", "message": message }), ErrorKind::Validation),
        (409, json!({ "ok": false, "error": "taken", "message": message }), ErrorKind::Conflict),
        (200, json!({ "ok": false, "error": "odd", "message": message }), ErrorKind::NotOk),
    ] {
        let (fake, plain) = fake_with([json_of(status, &body)]).await;
        let with_header = client_of(&fake).header("X-Api-Key", SECRET).build().unwrap();
        let request =
            |port: &Client| port.request(Method::PUT, "/v1/blueprints/{identifier}").parameter("service");
        let in_body = request(&plain).json(&json!({ "identifier": SECRET }));
        for request in [in_body, request(&plain).header("X-Api-Key", SECRET), request(&with_header)] {
            let error = request.clone().await.unwrap_err();
            assert_eq!(
                (error.kind(), error.operation(), error.identifier()),
                (kind, Some("raw_request"), None)
            );
            let shown = format!("{error} {error:?} {request:?}");
            assert!(!shown.contains(SECRET) && shown.contains("withheld"), "{shown}");
            let beginning = "cannot PUT /v1/blueprints/service: Port answered ";
            assert!(error.to_string().starts_with(beginning), "{error}");
            let typed = request.returning::<Value>().await.unwrap_err();
            assert_eq!(typed.to_string(), error.to_string());
        }
        let error = request(&plain).await.unwrap_err();
        assert_eq!(error.message(), Some(message.as_str()), "nothing secret was sent");
        assert_eq!(request(&plain).optional().await.is_ok(), kind == ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn raw_response_of_another_type_names_the_field() {
    let (_fake, port) = fake_with([json_of(200, &json!({ "blueprint": { "title": 7 } }))]).await;
    let request = port.request(Method::GET, "/v1/blueprints/service").returning::<BlueprintEnvelope>();
    let error = request.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("`blueprint.title`"), "{error}");
}

#[tokio::test]
async fn raw_success_without_a_body_is_null() {
    let (_fake, port) = fake_with([ResponseTemplate::new(204)]).await;
    let request = port.request(Method::DELETE, "/v1/blueprints/service");
    assert!(request.clone().await.unwrap().body.is_empty());
    let head = port.request(Method::HEAD, "/v1/blueprints/service").await.unwrap();
    assert_eq!((head.status.as_u16(), head.body.len()), (204, 0));
    request.clone().returning::<()>().await.unwrap();
    assert!(request.returning::<Option<BlueprintEnvelope>>().await.unwrap().is_none());
    let (_fake, port) = fake_with([ResponseTemplate::new(200).set_body_json(Value::Null)]).await;
    let request = port.request(Method::GET, "/v1/blueprints/service");
    assert!(request.clone().returning::<Option<BlueprintEnvelope>>().await.unwrap().is_none());
    assert_eq!(request.clone().returning::<Value>().await.unwrap(), Value::Null);
    assert_eq!(request.returning::<BlueprintEnvelope>().await.unwrap_err().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn raw_request_with_an_odd_path_is_not_sent() {
    let fake = FakePort::start().await;
    let port = client_of(&fake).build().unwrap();
    for path in [
        "",
        "v1/blueprints",
        "https://elsewhere.example/v1",
        "//elsewhere.example/v1",
        "/v1//blueprints",
        "/v1/../admin",
        "/v1/./blueprints",
        "/v1/..",
        "/v1/%2e%2e/admin",
        "/v1/a%2Fb",
        "/v1/a#b",
        "/v1\\blueprints",
        "/v1/a\tb",
        "/v1/a\r\nx: y",
        "/v1/{identifier}",
        "?a=b",
    ] {
        let error = port.request(Method::GET, path).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Configuration, Outcome::NotSent), "{path:?}");
    }
    for value in ["", ".", "..", "a\\b", "a\nb"] {
        let error = port.request(Method::GET, "/v1/{a}").parameter(value).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{value:?}");
    }
    let error = port.request(Method::GET, "/v1/blueprints").parameter("service").await.unwrap_err();
    assert!(error.to_string().contains("one parameter for each segment in braces"), "{error}");
    assert_eq!(port.request(Method::CONNECT, "/v1/a").await.unwrap_err().kind(), ErrorKind::Configuration);
    let large = port.request(Method::POST, "/v1/a").json(&"x".repeat(1024 * 1024));
    assert_eq!(large.await.unwrap_err().kind(), ErrorKind::PayloadTooLarge);
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn span_of_a_raw_request_has_its_template_and_no_secret() {
    let (_fake, port) = fake_with([blueprint()]).await;
    let log = Log::default();
    let recording = log.record();
    let request = port.request(Method::PUT, "/v1/blueprints/{identifier}").parameter("service");
    let request = request.json(&json!({ "identifier": SECRET })).query("token", SECRET);
    request.header("X-Api-Key", SECRET).await.unwrap();
    drop(recording);
    let text = log.text();
    assert!(text.contains("PUT /v1/blueprints/{identifier}") && text.contains("raw_request"), "{text}");
    assert!(!text.contains(SECRET) && !text.contains("port.webhook="), "{text}");
}

#[tokio::test]
async fn client_headers_are_on_every_request_call_headers_on_one_call() {
    let fake = FakePort::start().await;
    let port = client_of(&fake).header("X-Proxy", "all").header("X-Tenant", "default").build().unwrap();
    fake.inject(Fault::status(503).on([Route::List]));
    port.webhooks().list().header("X-Tenant", "a").header("X-Tenant", "b").await.unwrap();
    port.webhooks().metadata().await.unwrap();
    let requests = fake.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|request| {
            let tenants = request.headers.get_all("x-tenant").iter().map(|value| value.to_str().unwrap());
            (request.header("x-proxy"), tenants.collect::<Vec<_>>())
        })
        .collect();
    let all = Some("all");
    let call = || (all, vec!["a", "b"]);
    assert_eq!(seen, [(all, vec!["default"]), call(), call(), (all, vec!["default"])]);
}

#[tokio::test]
async fn header_that_the_client_sets_itself_is_rejected() {
    let fake = FakePort::start().await;
    for name in ["Authorization", "Host", "Content-Length", "content-type", "x y", ""] {
        let error = client_of(&fake).header(name, SECRET).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{name}");
        let port = client_of(&fake).build().unwrap();
        let error = port.webhooks().get("a").header(name, SECRET).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Configuration, Outcome::NotSent), "{name}");
        assert!(!format!("{error} {error:?}").contains(SECRET));
    }
    assert!(fake.requests().is_empty());
}
