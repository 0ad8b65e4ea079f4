//! Mocks of the test's own, beside the fake on the same address.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fake_port::wiremock::matchers::{any, body_bytes, header, method, path, query_param};
use fake_port::wiremock::{Match, Mock, Request, ResponseTemplate};
use fake_port::{FakePort, Fault, RequestLimit, Route};
use serde_json::{Value, json};

use crate::client::{Client, subscription};

fn blueprint() -> Mock {
    let body = json!({ "ok": true, "blueprint": { "identifier": "svc" } });
    let get = Mock::given(method("GET")).and(path("/v1/blueprints/svc"));
    get.respond_with(ResponseTemplate::new(200).set_body_json(body))
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn get(port: &FakePort, path: &str) -> (u16, Value) {
    let response = http().get(format!("{}{path}", port.uri())).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

/// The text of the panic that dropping the fake causes.
fn panic_of_drop(port: FakePort) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(|| drop(port))).err()?;
    Some(*panic.downcast::<String>().unwrap())
}

#[tokio::test]
async fn routes_beside_the_fake_are_answered_by_mocks() {
    for port in [FakePort::start().await, FakePort::builder().serve().await.unwrap()] {
        port.mount(blueprint().expect(1)).await;
        let client = Client::of(&port);
        assert_eq!(client.post(subscription("a")).await.status, 201);
        assert_eq!(get(&port, "/v1/blueprints/svc").await.1["blueprint"]["identifier"], "svc");
        assert_eq!(client.get("/v1/webhooks/a").await.status, 200);
        assert_eq!(client.get("/v1/blueprints/other").await.refused(404, "not_found"), "no such route");
    }
}

#[tokio::test]
async fn mock_replaces_a_route_of_the_fake() {
    let limit = RequestLimit::new(1, Duration::from_secs(60));
    let port = FakePort::builder().webhook(subscription("a")).rate_limit(limit).start().await.unwrap();
    let fault = port.inject(Fault::status(503));
    let delete = Mock::given(method("DELETE")).and(path("/v1/webhooks/a"));
    port.mount(delete.respond_with(ResponseTemplate::new(418)).expect(2)).await;
    for _ in 0..2 {
        // Without a token, and beyond the rate limit.
        let response = http().delete(format!("{}/v1/webhooks/a", port.uri())).send().await.unwrap();
        assert_eq!(response.status(), 418);
        assert!(!response.headers().contains_key("x-ratelimit-limit"));
    }
    assert!(port.webhook("a").is_some() && port.ledger().is_empty(), "the fake did nothing");
    assert_eq!(port.hits(fault), Some(0), "faults are for what the fake answers");
    assert_eq!(Client::of(&port).get("/v1/webhooks/a").await.status, 503);
    assert_eq!(Client::of(&port).get("/v1/webhooks/a").await.status, 200, "the limit is not used up");
}

#[tokio::test]
async fn requests_of_mocks_are_recorded_and_marked() {
    let port = FakePort::start().await;
    port.mount(blueprint()).await;
    let list = Mock::given(method("GET")).and(path("/v1/webhooks"));
    port.mount(list.respond_with(ResponseTemplate::new(500))).await;
    get(&port, "/v1/blueprints/svc?x=1").await;
    get(&port, "/v1/webhooks").await;
    get(&port, "/v1/webhooks/a").await;
    let requests = port.requests();
    assert_eq!(
        requests.to_string(),
        "*   1. GET /v1/blueprints/svc?x=1 (mock) -> 200\n*   2. GET /v1/webhooks (mock) -> 500\n\
         *   3. GET /v1/webhooks/a (get) -> 401"
    );
    assert!(requests.iter().map(|request| request.mocked).eq([true, true, false]));
    assert!(requests.iter().map(|request| request.operation).eq([None, Some(Route::List), Some(Route::Get)]));
    assert_eq!((port.counts().requests, port.counts().mocked), (3, 2));
}

#[tokio::test]
async fn low_priority_mock_gets_only_other_routes() {
    let port = FakePort::builder().webhook(subscription("a")).start().await.unwrap();
    port.mount(Mock::given(any()).respond_with(ResponseTemplate::new(204)).with_priority(101)).await;
    let client = Client::of(&port);
    assert_eq!(client.get("/v1/webhooks/a").await.status, 200);
    assert_eq!(client.put("b", json!({})).await.status, 422);
    client.send("DELETE", "/v1/webhooks", json!({})).await.refused(405, "method_not_allowed");
    assert_eq!(get(&port, "/v1/actions").await.0, 204);
    port.mount(Mock::given(any()).respond_with(ResponseTemplate::new(207))).await;
    assert_eq!(get(&port, "/v1/webhooks/a").await.0, 207, "the usual priority is above the fake's");
}

#[tokio::test]
async fn unmet_expectation_fails_the_test_on_drop() {
    let port = FakePort::start().await;
    port.mount(blueprint().named("the blueprint").expect(1)).await;
    get(&port, "/v1/actions").await;
    let text = panic_of_drop(port).unwrap();
    assert!(
        text.contains("the blueprint") && text.contains("Expected range of matching incoming requests"),
        "{text}"
    );
    assert!(text.ends_with("arrived:\n*   1. GET /v1/actions (no such route) -> 404"), "{text}");

    let port = FakePort::start().await;
    port.mount(blueprint().expect(1)).await;
    get(&port, "/v1/blueprints/svc").await;
    assert_eq!(panic_of_drop(port), None);
}

#[tokio::test]
async fn failing_test_keeps_its_own_panic() {
    let port = FakePort::start().await;
    port.mount(blueprint().expect(1)).await;
    let failed = std::thread::spawn(move || {
        let _port = port;
        panic!("on purpose");
    });
    assert_eq!(*failed.join().unwrap_err().downcast::<&str>().unwrap(), "on purpose");
}

/// A matcher that counts how often it is asked.
struct Counting(Arc<AtomicUsize>);

impl Match for Counting {
    fn matches(&self, _: &Request) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed);
        true
    }
}

#[tokio::test]
async fn matcher_is_asked_once_for_each_request() {
    let port = FakePort::start().await;
    let asked = Arc::new(AtomicUsize::new(0));
    // The first asks and does not match, so that the request goes on to the fake.
    let never = Mock::given(Counting(Arc::clone(&asked))).and(method("TRACE"));
    port.mount(never.respond_with(ResponseTemplate::new(500))).await;
    for count in 1..=3 {
        assert_eq!(Client::of(&port).post(subscription(&format!("w{count}"))).await.status, 201);
        assert_eq!(asked.load(Ordering::Relaxed), count);
    }
    port.mount(Mock::given(Counting(Arc::clone(&asked))).respond_with(ResponseTemplate::new(204))).await;
    get(&port, "/v1/actions").await;
    assert_eq!(asked.load(Ordering::Relaxed), 5, "each of two mocks once");
    assert_eq!((port.ledger().len(), port.counts().requests), (3, 4), "nothing is carried out twice");
}

#[tokio::test]
async fn mock_sees_the_request_as_it_was_sent() {
    let port = FakePort::start().await;
    let body = vec![b'x'; 3 * 1024 * 1024];
    let expected = Mock::given(method("POST"))
        .and(path("/v1/a%2Fb/.../c"))
        .and(query_param("x", "a b&"))
        .and(header("x-own", "1"))
        .and(header("host", port.uri().strip_prefix("http://").unwrap()))
        .and(body_bytes(body.clone()));
    let response = ResponseTemplate::new(202).append_header("x-many", "1").append_header("x-many", "2");
    port.mount(expected.respond_with(response.set_body_bytes("\u{0}é".as_bytes()))).await;
    let sent = http().post(format!("{}/v1/a%2Fb/.../c?x=a+b%26", port.uri())).header("x-own", "1").body(body);
    let response = sent.send().await.unwrap();
    assert_eq!(response.status(), 202);
    assert!(response.headers().get_all("x-many").iter().eq(["1", "2"]));
    assert_eq!(response.bytes().await.unwrap(), "\u{0}é".as_bytes());
}

#[tokio::test]
async fn mock_can_close_the_connection() {
    let port = FakePort::start().await;
    let closed = |_: &Request| std::io::Error::other("on purpose");
    port.mount(Mock::given(path("/v1/actions")).respond_with_err(closed)).await;
    let error = http().get(format!("{}/v1/actions", port.uri())).send().await.unwrap_err();
    assert!(error.is_request() && !error.is_connect(), "{error:?}");
    assert_eq!(port.requests()[0].status, None);
    assert_eq!(Client::of(&port).get("/v1/webhooks").await.status, 200);
}

/// A mock for any request, of this priority.
fn anything(status: u16, priority: u8) -> Mock {
    Mock::given(any()).respond_with(ResponseTemplate::new(status)).with_priority(priority)
}

#[tokio::test]
async fn mock_up_to_priority_100_replaces_a_route() {
    for (priority, own, other) in
        [(1, 218, 218), (99, 218, 218), (100, 218, 218), (101, 401, 218), (254, 401, 218), (255, 401, 218)]
    {
        let port = FakePort::start().await;
        port.mount(anything(218, priority)).await;
        assert_eq!(get(&port, "/v1/webhooks/a").await.0, own, "{priority}");
        assert_eq!(get(&port, "/v1/actions").await.0, other, "{priority}");
    }
}

#[tokio::test]
async fn mocks_are_asked_by_priority_and_then_in_order() {
    let port = FakePort::start().await;
    for (priority, statuses) in [(255, [211, 212]), (200, [213, 214]), (100, [215, 216]), (1, [217, 218])] {
        for status in statuses {
            port.mount(anything(status, priority)).await;
        }
        assert_eq!(get(&port, "/v1/actions").await.0, statuses[0], "{priority}");
    }
    let port = FakePort::start().await;
    port.mount(anything(211, 100).up_to_n_times(1)).await;
    port.mount(anything(212, 100).up_to_n_times(1)).await;
    for status in [211, 212, 401] {
        assert_eq!(get(&port, "/v1/webhooks").await.0, status);
    }
}

#[tokio::test]
async fn panic_of_a_mock_is_a_500_and_fails_the_test() {
    type Panicking = fn(&str) -> Mock;
    let in_responder: Panicking = |path_of_mock| {
        let respond = |_: &Request| -> ResponseTemplate { panic!("no {} on purpose", "response") };
        Mock::given(path(path_of_mock)).respond_with(respond)
    };
    let in_matcher: Panicking = |path_of_mock| {
        let matches = |_: &Request| -> bool { panic!("no {} on purpose", "response") };
        Mock::given(path(path_of_mock)).and(matches).respond_with(ResponseTemplate::new(200))
    };
    let in_error: Panicking = |path_of_mock| {
        let fail = |_: &Request| -> std::io::Error { panic!("no {} on purpose", "response") };
        Mock::given(path(path_of_mock)).respond_with_err(fail)
    };
    for (mock, path) in
        [(in_responder, "/v1/actions"), (in_matcher, "/v1/webhooks"), (in_error, "/v1/webhooks/a")]
    {
        let port = FakePort::start().await;
        port.mount(mock(path).expect(1..)).await;
        let (status, body) = get(&port, path).await;
        assert_eq!((status, &body["error"]), (500, &json!("internal_server_error")));
        let message = body["message"].as_str().unwrap();
        assert!(message.starts_with("a mock panicked at ") && message.contains(file!()), "{message}");
        assert!(message.ends_with("no response on purpose"), "{message}");
        assert_eq!(port.requests()[0].status, Some(500));
        assert_eq!(get(&port, "/v1/blueprints").await.0, 404, "other requests are served");
        let text = panic_of_drop(port).unwrap();
        assert!(text.starts_with(message) && text.contains("\narrived:\n"), "{text}");
    }
}

#[tokio::test]
async fn body_beyond_what_mocks_see_reaches_the_fake() {
    let port = FakePort::start().await;
    port.mount(blueprint()).await;
    let huge = vec![b' '; 17 * 1024 * 1024];
    let answer = Client::of(&port).send_bytes("POST", "/v1/webhooks", huge).await;
    answer.refused(413, "payload_too_large");
}
