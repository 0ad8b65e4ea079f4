//! Each kind of error, with its outcome and its message.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use fake_port::{Ending, FakePort, Fault, Script, Unverified, ValidationStatus};
use insta::assert_snapshot;
use port_webhooks::{
    Client, Error, ErrorKind, EventType, NewWebhook, Outcome, Retry, WebhookPatch, Webhooks, connect_error,
};
use serde_json::json;
use tokio::net::TcpListener;
use wiremock::ResponseTemplate;

use crate::support::{
    ManualClock, PAGE_URL, StallClock, Stalls, always, client_at, client_of, hooks_of, play,
};

fn subscription() -> NewWebhook {
    NewWebhook::subscription("a", PAGE_URL).events([EventType::EntityCreated])
}

fn json_answer(status: u16, body: serde_json::Value) -> ResponseTemplate {
    ResponseTemplate::new(status).insert_header("x-trace-id", "trace-1").set_body_json(body)
}

async fn at(response: ResponseTemplate) -> (wiremock::MockServer, Webhooks) {
    let server = always(response).await;
    let hooks = client_at(&server.uri()).build().unwrap().webhooks();
    (server, hooks)
}

/// What a GET and a POST make of one answer.
async fn both(response: ResponseTemplate) -> [Error; 2] {
    let (_server, hooks) = at(response).await;
    [hooks.get("a").await.unwrap_err(), hooks.create(subscription()).await.unwrap_err()]
}

#[tokio::test]
async fn not_found() {
    let fake = FakePort::start().await;
    let error = hooks_of(&fake).get("entity created/1").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotFound, Outcome::NotApplied));
    assert_eq!(error.status().unwrap(), 404);
    assert_eq!((error.code(), error.operation()), (Some("not_found"), Some("get_webhook")));
    assert_eq!(error.method().unwrap(), "GET");
    assert_eq!(error.path(), Some("/v1/webhooks/entity%20created%2F1"));
    assert_eq!(error.path(), Some(fake.requests().last().unwrap().path.as_str()));
    assert_eq!(error.attempts(), 1);
    assert!(error.trace_id().unwrap().starts_with("fake-trace-"));
    assert!(!error.is_retryable() && error.retry_after().is_none());
    assert_snapshot!(error.to_string());
}

#[tokio::test]
async fn missing_webhook_is_none_when_optional() {
    let fake = FakePort::start().await;
    let hooks = hooks_of(&fake);
    assert!(hooks.get("a").await.unwrap_err().is_not_found());
    assert_eq!(hooks.get("a").optional().query("include", "all").await.unwrap(), None);
    hooks.create(subscription()).await.unwrap();
    let found = hooks.get("a").deadline(Duration::from_secs(9)).optional().await.unwrap();
    assert_eq!(found.unwrap().identifier, "a");
    assert_eq!(hooks.delete("a").optional().await.unwrap(), Some(true));
    assert_eq!(hooks.delete("a").optional().await.unwrap(), None);
    assert_eq!(hooks.update("a", WebhookPatch::new()).optional().await.unwrap(), None);
    assert!(hooks.get(".").optional().await.is_err());
}

#[tokio::test]
async fn foreign_404_is_an_error_even_when_optional() {
    let html = ResponseTemplate::new(404).set_body_raw("<h1>Not Found</h1>", "text/html");
    let json = [
        json!({ "title": "Not Found" }),
        json!({ "statusCode": 404, "message": "Cannot GET /api/v1/webhooks/a", "error": "Not Found" }),
        json!({ "status": 404, "error": "Not Found", "path": "/api/v1/webhooks/a" }),
        json!({ "ok": "no" }),
        json!({ "ok": true }),
    ];
    let json = json.map(|body| json_answer(404, body));
    for response in json.into_iter().chain([html, ResponseTemplate::new(404)]) {
        let (server, hooks) = at(response).await;
        let error = hooks.get("a").optional().await.unwrap_err();
        for other in [
            hooks.get("a").await.unwrap_err(),
            hooks.delete("a").await.unwrap_err(),
            hooks.delete("a").optional().await.unwrap_err(),
            hooks.ensure(subscription()).await.unwrap_err(),
        ] {
            assert!(!other.is_not_found(), "{other}");
        }
        assert_eq!((error.kind(), error.is_not_found()), (ErrorKind::NotFound, false), "{error}");
        let expected = format!(
            "404 Not Found from something other than Port: is the base URL wrong? It is {}; usual are \
             https://api.port.io and https://api.us.port.io",
            server.uri()
        );
        assert!(error.to_string().contains(&expected), "{error}");
    }
    // The token route is missing, as at a wrong base URL.
    let server = always(json_answer(404, json!({ "ok": false, "error": "not_found" }))).await;
    let port = Client::builder().credentials("id", "secret").base_url(server.uri()).build().unwrap();
    let error = port.webhooks().get("a").optional().await.unwrap_err();
    assert!(!error.is_not_found() && error.kind() != ErrorKind::NotFound, "{error}");
    // So is the token route of a server that is not Port.
    let server = always(ResponseTemplate::new(404)).await;
    let base_url = format!("{}/api", server.uri());
    let port = Client::builder().credentials("id", "secret").base_url(&base_url).build().unwrap();
    let error = port.webhooks().list().await.unwrap_err().to_string();
    assert!(error.contains(&format!("is the base URL wrong? It is {base_url};")), "{error}");
}

#[tokio::test]
async fn failed_connection_of_a_token_request_names_the_server() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let reset = play(Script::new().receive().reset()).await;
    for (base_url, why) in [
        (format!("http://{closed}"), format!("http://{closed} cannot be reached: connection refused")),
        (reset.uri(), format!("the connection to {} broke before the response", reset.uri())),
    ] {
        let builder = Client::builder().credentials("id", "secret").base_url(base_url);
        let port = builder.clock(ManualClock::new()).build().unwrap();
        let error = port.webhooks().list().await.unwrap_err().to_string();
        let expected =
            format!("cannot list webhooks: no access token could be obtained: {why} [GET /v1/webhooks]");
        assert_eq!(error, expected);
    }
}

#[test]
fn server_of_an_error_is_named_without_secrets() {
    for (url, expected) in [
        ("https://me:hidden@a.example/hidden?hidden#hidden", "https://a.example:443"),
        ("http://[::1]:4010/v1", "http://[::1]:4010"),
    ] {
        assert_eq!(connect_error::server(&url.parse().unwrap()), expected);
    }
}

#[tokio::test]
async fn validation_names_the_field() {
    for validation_status in [ValidationStatus::Unprocessable, ValidationStatus::BadRequest] {
        let unverified = Unverified { validation_status, ..Unverified::default() };
        let fake = FakePort::builder()
            .unverified(unverified)
            .unreachable("https://down.example.com/")
            .start()
            .await
            .unwrap();
        let hooks = hooks_of(&fake);
        let bad = [
            (subscription().events(["entity.exploded"]), "events[0]"),
            (subscription().url("nowhere"), "url"),
            (subscription().url("https://down.example.com/"), "url: not reachable"),
            (subscription().header("X Bad", "v"), "headers"),
            (subscription().header("X-Bad", "a\nb"), "headers"),
            (subscription().secret(""), "security.secret"),
            (subscription().title("x".repeat(31)), "title"),
            (subscription().description("x".repeat(201)), "description"),
            (subscription().identifier("x".repeat(31)), "identifier"),
            (subscription().field("surprise", 1), "surprise"),
            (subscription().field("enabled", "yes"), "enabled"),
        ];
        for (webhook, field) in bad {
            let error = hooks.create(webhook).await.unwrap_err();
            assert_eq!(
                (error.kind(), error.outcome()),
                (ErrorKind::Validation, Outcome::NotApplied),
                "{field}"
            );
            assert!(error.message().unwrap().starts_with(field), "{field}: {error}");
        }
        assert!(fake.webhooks().is_empty());
    }
    let fake = FakePort::start().await;
    let error = hooks_of(&fake).create(subscription().events(["entity.exploded"])).await.unwrap_err();
    assert_snapshot!(error.to_string());
}

#[tokio::test]
async fn an_error_that_is_an_object_is_read_alike() {
    let unverified = Unverified { error_object: true, ..Unverified::default() };
    let fake = FakePort::builder().unverified(unverified).start().await.unwrap();
    let error = hooks_of(&fake).get("a").await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, Some("not_found")));
    assert!(error.message().is_some());
    let nested = json!({ "ok": false, "error": { "name": "gone", "message": "it is gone" } });
    let [error, _] = both(json_answer(404, nested)).await;
    assert_eq!((error.code(), error.message()), (Some("gone"), Some("it is gone")));
}

#[tokio::test]
async fn a_list_with_one_odd_webhook_names_the_field() {
    for (webhooks, path, cause) in [
        (
            r#"[{"identifier":"a"},{"identifier":"b","headers":{"X":7}}]"#,
            "webhooks[1].headers.X",
            "unexpected type",
        ),
        (r#"[{"identifier":"a"},{"title":"b"}]"#, "webhooks[1].identifier", "required field is missing"),
        (r#"[{"identifier":"a","title":"b","title":"c"}]"#, "webhooks[0].title", "field is repeated"),
        (r#"[{"identifier":"a","enabled":"hidden"}]"#, "webhooks[0].enabled", "unexpected type"),
    ] {
        let body = format!(r#"{{"ok":true,"webhooks":{webhooks}}}"#);
        let (_server, hooks) = at(ResponseTemplate::new(200).set_body_raw(body, "application/json")).await;
        let error = hooks.list().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(&format!("cannot be parsed at `{path}`")), "{error}");
        let source = error.source().unwrap().to_string();
        assert!(source.contains(cause) && !source.contains("hidden"), "{source}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_wherever_the_body_has_it() {
    for (body, message) in [
        (json!({ "errors": ["m1", "m2"] }), "m1; m2"),
        (json!({ "ok": false, "error": "invalid", "errors": { "url": ["bad"] } }), r#"{"url":["bad"]}"#),
        (json!(["m1", "m2"]), "m1; m2"),
        (json!("m1"), "m1"),
        (json!({ "message": { "url": ["bad"] } }), r#"{"url":["bad"]}"#),
        (json!({ "error": { "message": { "url": ["bad"] } } }), r#"{"url":["bad"]}"#),
        (json!({ "message": {}, "errors": ["m1"] }), "m1"),
    ] {
        let [error, _] = both(json_answer(422, body)).await;
        assert_eq!(error.message(), Some(message));
    }
}

#[tokio::test]
async fn a_problem_document_is_read_like_an_error_body() {
    let problem =
        json!({ "type": "about:blank", "title": "Too wide", "status": 422, "detail": "at most 30" });
    let response = json_answer(422, problem).insert_header("content-type", "application/problem+json");
    for error in both(response).await {
        assert_eq!((error.code(), error.message()), (Some("Too wide"), Some("at most 30")));
        assert!(error.to_string().contains("Too wide: at most 30"), "{error}");
    }
}

#[tokio::test]
async fn a_message_that_is_a_list_is_shown() {
    let body = json!({ "ok": false, "error": "invalid", "message": ["a is missing", { "b": 7 }] });
    for error in both(json_answer(422, body)).await {
        assert_eq!(error.message(), Some(r#"a is missing; {"b":7}"#));
    }
}

#[tokio::test]
async fn a_not_modified_is_not_a_redirect() {
    let (_server, hooks) = at(ResponseTemplate::new(304)).await;
    let error = hooks.get("a").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Other, Outcome::NotApplied));
    assert!(error.to_string().contains("304 Not Modified"), "{error}");
}

#[tokio::test]
async fn a_type_or_encoding_that_says_nothing_is_ignored() {
    for (name, value) in [
        ("content-type", ""),
        ("content-type", "; charset=utf-8"),
        ("content-type", "Text/JSON; charset=utf-8"),
        ("content-encoding", ""),
        ("content-encoding", "none"),
        ("content-encoding", "identity, Identity"),
    ] {
        let response =
            ResponseTemplate::new(200).set_body_bytes(r#"{"ok":true,"webhook":{"identifier":"a"}}"#);
        let (_server, hooks) = at(response.insert_header(name, value)).await;
        assert_eq!(hooks.get("a").await.unwrap().identifier, "a", "{name}: {value}");
    }
}

#[tokio::test]
async fn conflict() {
    let fake = FakePort::start().await;
    let hooks = hooks_of(&fake);
    hooks.create(subscription()).await.unwrap();
    let error = hooks.create(subscription()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Conflict, Outcome::NotApplied));
    assert_snapshot!(error.to_string());
}

#[tokio::test]
async fn wrong_credentials() {
    let fake = FakePort::start().await;
    let port = client_of(&fake).credentials("someone", "hidden-secret").build().unwrap();
    let error = port.webhooks().list().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Authentication, Outcome::NotSent));
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (401, Some("unauthorized")));
    assert_eq!(error.attempts(), 0);
    assert!(error.trace_id().is_some());
    let cause = error.source().unwrap();
    assert_snapshot!(format!("{error}\n{cause}"));
}

#[tokio::test]
async fn a_fixed_token_that_is_not_taken() {
    let fake = FakePort::start().await;
    let hooks = client_at(&fake.uri()).build().unwrap().webhooks();
    let error = hooks.list().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 1));
    assert_eq!(fake.requests().len(), 1);
    assert_snapshot!(error.to_string());
}

#[tokio::test]
async fn permission() {
    let [get, post] =
        both(json_answer(403, json!({ "ok": false, "error": "forbidden", "message": "no" }))).await;
    assert_eq!((get.kind(), get.outcome()), (ErrorKind::Permission, Outcome::NotApplied));
    assert_eq!((post.kind(), post.outcome()), (ErrorKind::Permission, Outcome::NotApplied));
    assert_snapshot!(post.to_string());

    let fake = FakePort::start().await;
    fake.inject(fake_port::Fault::status(403));
    let list = client_at(&fake.uri()).build().unwrap().webhooks().list().await.unwrap_err().to_string();
    assert!(list.contains("needs the role moderator or admin"), "{list}");
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_not_sent() {
    let fake = FakePort::start().await;
    let hooks = client_at(&fake.uri()).build().unwrap().webhooks();
    let large = subscription().description("x".repeat(1024 * 1024));
    let error = hooks.create(large).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::PayloadTooLarge, Outcome::NotSent));
    assert!(fake.requests().is_empty());
    let [_, post] = both(json_answer(413, json!({ "ok": false, "error": "too_large" }))).await;
    assert_eq!((post.kind(), post.outcome()), (ErrorKind::PayloadTooLarge, Outcome::NotApplied));
}

#[tokio::test]
async fn rate_limited_with_a_hint() {
    let body = json!({ "ok": false, "error": "too_many_requests" });
    let [get, post] = both(json_answer(429, body.clone()).insert_header("retry-after", "7")).await;
    for error in [&get, &post] {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::RateLimited, Outcome::NotApplied));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(error.is_retryable());
    }
    assert_snapshot!(get.to_string());
    let [get, _] = both(json_answer(429, body.clone()).insert_header("x-ratelimit-reset", "30")).await;
    assert_eq!(get.retry_after(), Some(Duration::from_secs(30)));
    let [get, _] = both(json_answer(429, body)).await;
    assert_eq!(get.retry_after(), None);
}

#[tokio::test]
async fn a_server_that_fails() {
    for status in [408, 500, 502, 503, 504, 501, 599] {
        let [get, post] = both(json_answer(status, json!({ "ok": false, "error": "broken" }))).await;
        assert_eq!((get.kind(), get.outcome()), (ErrorKind::Server, Outcome::NotApplied), "{status}");
        assert_eq!((post.kind(), post.outcome()), (ErrorKind::Server, Outcome::Unknown), "{status}");
        let transient = ![501, 599].contains(&status);
        assert_eq!(get.is_retryable(), transient, "{status}");
        assert!(!post.is_retryable(), "{status}: a create that may have been applied is not worth repeating");
    }
    let (_server, hooks) = at(json_answer(503, json!({ "ok": false, "error": "broken" }))).await;
    let error = hooks.update("a", WebhookPatch::new().title("T")).await.unwrap_err();
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, true));
    assert_snapshot!(error.to_string());
}

#[tokio::test]
async fn a_page_of_a_proxy_keeps_its_status() {
    let page = format!("<html>\n<h1>502 Bad Gateway</h1>{}</html>", "x".repeat(2000));
    let [get, _] = both(ResponseTemplate::new(502).set_body_raw(page, "text/html")).await;
    assert_eq!((get.kind(), get.status().unwrap().as_u16()), (ErrorKind::Server, 502));
    let message = get.message().unwrap();
    assert!(
        message.starts_with("<html> <h1>502 Bad Gateway</h1>") && message.chars().count() <= 301,
        "{message}"
    );
    assert_eq!(get.code(), None);
}

#[tokio::test]
async fn another_status() {
    let [get, post] = both(json_answer(418, json!({ "ok": false, "error": "teapot" }))).await;
    assert_eq!((get.kind(), get.outcome()), (ErrorKind::Other, Outcome::NotApplied));
    assert_eq!((post.kind(), post.outcome()), (ErrorKind::Other, Outcome::NotApplied));
}

#[tokio::test]
async fn a_success_that_says_it_is_none() {
    let body = json!({ "ok": false, "error": "not_today", "message": "come back tomorrow" });
    for error in both(json_answer(200, body.clone())).await {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotOk, Outcome::NotApplied));
        assert_eq!((error.code(), error.message()), (Some("not_today"), Some("come back tomorrow")));
        assert_eq!(error.trace_id(), Some("trace-1"));
    }
    let (_server, hooks) = at(json_answer(200, body)).await;
    assert!(!hooks.delete("a").await.unwrap());
    assert_eq!(hooks.list().await.unwrap_err().kind(), ErrorKind::NotOk);
    assert_eq!(hooks.metadata().await.unwrap_err().kind(), ErrorKind::NotOk);
}

#[tokio::test]
async fn a_success_that_is_no_json_is_somebody_elses() {
    let [get, post] = both(ResponseTemplate::new(200).set_body_raw("<html>Log in</html>", "text/html")).await;
    assert_eq!((get.kind(), get.outcome()), (ErrorKind::Decode, Outcome::NotApplied));
    assert_eq!((post.kind(), post.outcome()), (ErrorKind::Decode, Outcome::Unknown));
    assert_snapshot!(post.to_string());
    let (_server, hooks) = at(ResponseTemplate::new(200).set_body_raw("<html>", "text/html")).await;
    assert_eq!(hooks.delete("a").await.unwrap_err().outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn a_success_that_can_not_be_read() {
    let bodies = [
        r#"{"ok":true,"webhook":{"ident"#,
        r#"{"ok":true}"#,
        "[]",
        r#"{"ok":true,"webhook":{"identifier":5}}"#,
    ];
    for body in bodies {
        let [get, post] = both(ResponseTemplate::new(200).set_body_raw(body, "application/json")).await;
        assert_eq!((get.kind(), get.outcome()), (ErrorKind::Decode, Outcome::NotApplied), "{body}");
        assert_eq!((post.kind(), post.outcome()), (ErrorKind::Decode, Outcome::Applied), "{body}");
        assert!(!post.is_retryable());
    }
    let body = ResponseTemplate::new(201).set_body_raw(bodies[3], "application/json");
    let [_, post] = both(body).await;
    assert_eq!(post.status().unwrap(), 201);
    assert_snapshot!(format!("{post}\n{}", post.source().unwrap()));
}

#[tokio::test]
async fn no_connection_for_a_token_either() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let client = Client::builder().credentials("id", "hidden").base_url(format!("http://127.0.0.1:{port}"));
    let error = client.build().unwrap().webhooks().create(subscription()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn late_response_is_a_timeout_with_its_outcome() {
    let fake = Arc::new(FakePort::start().await);
    let (attempt, faulty) = (Duration::from_millis(50), Arc::clone(&fake));
    let clock = StallClock::new(attempt, move || Stalls::with_bodies(&faulty));
    let client = client_of(&fake).attempt_timeout(attempt).clock(clock);
    let hooks = client.retry(Retry::none()).build().unwrap().webhooks();
    hooks.metadata().await.unwrap();
    fake.inject(Fault::hanging().times(2));
    let get = hooks.get("a").await.unwrap_err();
    assert_eq!((get.kind(), get.outcome()), (ErrorKind::Timeout, Outcome::NotApplied));
    let post = hooks.create(subscription()).await.unwrap_err();
    assert_eq!((post.kind(), post.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
    assert_snapshot!(post.to_string());

    fake.inject(Fault::broken_body(5, Ending::Hang));
    let post = hooks.create(subscription()).await.unwrap_err();
    assert_eq!((post.kind(), post.outcome()), (ErrorKind::Timeout, Outcome::Applied));
    assert_eq!(post.status().unwrap(), 201);
}

#[tokio::test]
async fn stalled_call_ends_by_its_deadline() {
    // It reads nothing: what TLS says first is no request.
    let silent = Arc::new(play(Script::new().hang()).await);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n";
    let stalls = Arc::new(play(Script::new().receive().send(head).send("{").hang()).await);
    let at = |url: String| client_at(&url).attempt_timeout(Duration::from_secs(3600));
    let stalled = [
        ("connection", at(format!("https://{}", silent.address())), &silent, 1),
        ("headers", at(silent.uri()), &silent, 1),
        ("body", at(stalls.uri()), &stalls, 1),
        ("token", at(silent.uri()).credentials("id", "hidden"), &silent, 0),
        ("body of a token", at(stalls.uri()).credentials("id", "hidden"), &stalls, 0),
    ];
    for (what, builder, server, attempts) in stalled {
        let (deadline, server) = (Duration::from_millis(50), Arc::clone(server));
        let clock = StallClock::new(deadline, move || match what {
            "body" => Stalls { requests: 0, bodies: server.requests().len() },
            "body of a token" => Stalls { requests: server.requests().len(), bodies: 0 },
            _ => Stalls { requests: server.connections(), bodies: 0 },
        });
        let hooks = builder.clock(clock).build().unwrap().webhooks();
        let error = hooks.get("a").deadline(deadline).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, attempts), "{what}: {error:?}");
        let outcome = if attempts == 0 { Outcome::NotSent } else { Outcome::NotApplied };
        assert_eq!(error.outcome(), outcome, "{what}");
    }
}

#[tokio::test]
async fn plain_http_goes_by_no_proxy() {
    let fake = FakePort::start().await;
    let nowhere = reqwest::Proxy::all("http://127.0.0.1:9").unwrap();
    let port = client_of(&fake).http(reqwest::Client::builder().proxy(nowhere)).build().unwrap();
    assert!(port.webhooks().list().await.is_ok());
}

#[tokio::test]
async fn the_host_of_a_redirect_is_named_for_every_form_of_location() {
    for (location, host) in
        [("//evil.example/x", "evil.example"), ("/x", "127.0.0.1"), ("https://evil.example", "evil.example")]
    {
        let [get, _] = both(ResponseTemplate::new(302).insert_header("location", location)).await;
        assert!(get.to_string().contains(host), "{location}: {get}");
    }
    let [get, _] =
        both(ResponseTemplate::new(302).insert_header("location", "https://fixed-access-token.example"))
            .await;
    assert!(!format!("{get:?}").to_lowercase().contains("fixed-access-token"), "{get:?}");
}

#[tokio::test]
async fn missing_token_route_is_not_reported_as_missing_webhook() {
    for (status, kind) in [
        (404, ErrorKind::Other),
        (409, ErrorKind::Other),
        (422, ErrorKind::Authentication),
        (403, ErrorKind::Permission),
        (503, ErrorKind::Server),
    ] {
        let server = always(json_answer(status, json!({ "ok": false, "error": "no" }))).await;
        let port = Client::builder().credentials("id", "hidden").base_url(server.uri()).build().unwrap();
        let error = port.webhooks().get("a").await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotSent), "{status}");
    }
}

#[tokio::test]
async fn a_delete_is_done_when_an_object_says_so() {
    for body in ["[]", "null", "5", r#""x""#] {
        let (_server, hooks) = at(ResponseTemplate::new(200).set_body_raw(body, "application/json")).await;
        let error = hooks.delete("a").await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Decode, Outcome::Applied), "{body}");
    }
}

#[tokio::test]
async fn a_rename_is_not_worth_repeating_blindly() {
    let (_server, hooks) = at(json_answer(503, json!({ "ok": false, "error": "broken" }))).await;
    let error = hooks.update("a", WebhookPatch::new().identifier("b")).await.unwrap_err();
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, false));
    let error = hooks.update("a", WebhookPatch::new().identifier("a")).await.unwrap_err();
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_body_that_is_too_large_asks_for_no_token() {
    let fake = FakePort::start().await;
    let error =
        hooks_of(&fake).create(subscription().description("x".repeat(1024 * 1024))).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::PayloadTooLarge, 0));
    assert!(fake.requests().is_empty());
}

/// With the feature `raw_value` of `serde_json`, which the receiver turns on in this program, such a key would be read as
/// JSON within a text.
#[tokio::test]
async fn an_answer_with_a_key_of_the_parsers_own_is_not_read() {
    for key in ["$serde_json::private::RawValue", r"\u0024serde_json::private::RawValue"] {
        let body = format!(r#"{{"ok":true,"webhook":{{"identifier":"a","x":{{"{key}":"[[1]]"}}}}}}"#);
        let [get, post] =
            both(ResponseTemplate::new(200).set_body_raw(body.clone(), "application/json")).await;
        assert_eq!(
            (get.kind(), get.outcome(), get.attempts()),
            (ErrorKind::Decode, Outcome::NotApplied, 1),
            "{get}"
        );
        assert_eq!((post.kind(), post.outcome()), (ErrorKind::Decode, Outcome::Applied));
        assert!(get.to_string().contains("a key that the JSON parser reserves for itself"), "{get}");
        let [get, _] = both(ResponseTemplate::new(404).set_body_raw(body, "application/json")).await;
        assert_eq!((get.kind(), get.message()), (ErrorKind::NotFound, None));
    }
}

#[tokio::test]
async fn deeply_nested_response_does_not_overflow_the_stack() {
    for deep in [
        "[".repeat(1_000_000),
        r#"{"webhook":"#.repeat(100_000),
        format!(r#"{{"x":{}"#, "[".repeat(1_000_000)),
    ] {
        for status in [200, 404, 503] {
            let answer = ResponseTemplate::new(status).set_body_raw(deep.clone(), "application/json");
            let server = always(answer).await;
            let hooks = client_at(&server.uri()).build().unwrap().webhooks();
            let expected = match status {
                200 => ErrorKind::Decode,
                404 => ErrorKind::NotFound,
                _ => ErrorKind::Server,
            };
            let error = hooks.get("a").await.unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (expected, Outcome::NotApplied));
            assert!(error.to_string().len() < 1000, "it is not repeated: {} bytes", error.to_string().len());
        }
    }
}

#[tokio::test]
async fn flawed_but_readable_json_is_read() {
    let webhook = |title: &str| format!(r#"{{"ok":true,"webhook":{{"identifier":"a","title":"{title}"}}}}"#);
    for (body, title) in [
        (format!("\u{feff}{}", webhook("T")), "T"),
        (webhook(r"T \ud800."), "T \u{fffd}."),
        (webhook(r"\udc00\ud83d"), "\u{fffd}\u{fffd}"),
        (format!("\u{feff}{}", webhook(r"\ud83d\ude00\ud83d")), "\u{1f600}\u{fffd}"),
    ] {
        let (_server, hooks) = at(ResponseTemplate::new(200).set_body_raw(body, "application/json")).await;
        assert_eq!(hooks.get("a").await.unwrap().title.as_deref(), Some(title));
    }
    let rejected = "\u{feff}{\"ok\":false,\"error\":\"invalid_request\",\"message\":\"no \\ud800.\"}";
    let (_server, hooks) = at(ResponseTemplate::new(422).set_body_raw(rejected, "application/json")).await;
    let error = hooks.get("a").await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Some("invalid_request"), Some("no \u{fffd}.")));
}

#[tokio::test]
async fn early_response_to_a_large_body_is_reported_with_its_status() {
    for (status, kind) in
        [(401, ErrorKind::Authentication), (413, ErrorKind::PayloadTooLarge), (422, ErrorKind::Validation)]
    {
        let body = r#"{"ok":false,"error":"early","message":"no need for the rest"}"#;
        let server = play(Script::early_response(status, body)).await;
        let hooks = client_at(&server.uri()).build().unwrap().webhooks();
        let large = subscription().description("x".repeat(1_000_000));
        let error = hooks.create(large).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotApplied), "{error:?}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert!(error.to_string().contains("no need for the rest"), "{error}");
    }
}
