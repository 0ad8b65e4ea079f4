//! Events for data sources: what is sent, what is rejected before, and what an answer means.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use fake_port::{FakePort, Profile, Script, ScriptedServer};
use http::HeaderMap;
use port_webhooks::{
    Client, ClientBuilder, Error, ErrorKind, Ingest, Outcome, Webhook,
    types::{Attempt, Observer, Security},
};
use port_webhooks_receiver::Verifier;
use proptest::prelude::*;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{Log, ManualClock, always, client_of, plain_http, property};

const KEY: &str = "Xy12hiddenKeyZw9";
const SECRET: &str = "hidden-signing-secret";

fn security(json: Value) -> Security {
    serde_json::from_value(json).unwrap()
}

fn unsigned() -> Security {
    Security::default()
}

fn signed() -> Security {
    security(json!({
        "secret": SECRET, "signatureAlgorithm": "sha256", "signatureHeaderName": "x-signature",
        "signaturePrefix": "sha256=",
    }))
}

/// No credentials, and no wait.
fn builder() -> ClientBuilder {
    ClientBuilder::new().clock(ManualClock::new()).http(plain_http())
}

fn events_to(uri: &str, security: &Security) -> Ingest {
    builder().build_ingest(format!("{uri}/{KEY}"), security).unwrap()
}

async fn accepting() -> MockServer {
    always(ResponseTemplate::new(202).set_body_json(json!({ "ok": true }))).await
}

async fn last(server: &MockServer) -> Request {
    server.received_requests().await.unwrap().pop().unwrap()
}

fn what(error: &Error) -> (ErrorKind, Outcome, u32) {
    (error.kind(), error.outcome(), error.attempts())
}

#[tokio::test]
async fn event_is_posted_as_json_without_a_token() {
    let server = accepting().await;
    let events = builder().build_ingest(format!("{}/{KEY}?env=prod", server.uri()), &unsigned()).unwrap();
    let event = events.json(&json!([{ "ref": "main" }])).query("team", "a b&c").header("X-Event", "push");
    let response = event.await.unwrap();
    assert_eq!((response.status.as_u16(), &*response.body), (202, &br#"{"ok":true}"#[..]));
    let sent = last(&server).await;
    assert_eq!((sent.method.as_str(), sent.url.path()), ("POST", format!("/{KEY}").as_str()));
    let query: Vec<_> = sent.url.query_pairs().collect();
    assert_eq!(query, [("env".into(), "prod".into()), ("team".into(), "a b&c".into())]);
    assert_eq!(sent.body, br#"[{"ref":"main"}]"#);
    assert_eq!(
        (&sent.headers["content-type"], &sent.headers["x-event"]),
        (&"application/json".parse().unwrap(), &"push".parse().unwrap())
    );
    for absent in ["authorization", "cookie", "x-signature"] {
        assert!(!sent.headers.contains_key(absent), "{absent}");
    }
}

#[tokio::test]
async fn bytes_are_sent_as_they_are() {
    let server = accepting().await;
    let events = events_to(&server.uri(), &unsigned());
    for body in ["{ \"a\" : 1.0 }\n", "", "not JSON \u{fc}"] {
        events.bytes(body).await.unwrap();
        assert_eq!(last(&server).await.body, body.as_bytes());
    }
}

#[tokio::test]
async fn signatures_are_those_of_another_implementation() {
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/ingest-signatures.json")).unwrap();
    let server = accepting().await;
    for case in fixture["cases"].as_array().unwrap() {
        let events = events_to(&server.uri(), &security(case["security"].clone()));
        assert!(events.is_signed());
        let body = case["body"].as_str().unwrap().to_owned();
        // A header of the caller does not stand beside the signature.
        let event = events.bytes(body);
        let header = case["header"].as_str().unwrap();
        let event = if header == "authorization" { event } else { event.header(header, "another") };
        event.await.unwrap();
        let sent = last(&server).await;
        let values: Vec<_> = sent.headers.get_all(header).iter().collect();
        assert_eq!(values, [case["value"].as_str().unwrap()], "{case}");
    }
}

#[test]
fn receiver_verifies_what_is_signed() {
    let server = tokio::runtime::Runtime::new().unwrap();
    let accepting = server.block_on(accepting());
    let uri = accepting.uri();
    let text = "[!-~]{1,40}";
    let input = (0..3_usize, text, "[!-~]{0,9}", proptest::collection::vec(proptest::num::u8::ANY, 0..200));
    property(64, &input, async |(algorithm, secret, prefix, body)| {
        let name = ["sha256", "sha1", "plain"][algorithm];
        let events = events_to(
            &uri,
            &security(json!({
                "secret": secret, "signatureAlgorithm": name, "signatureHeaderName": "X-Signature",
                "signaturePrefix": prefix,
            })),
        );
        events.bytes(body.clone()).await.unwrap();
        let sent = last(&accepting).await;
        let verifier = match algorithm {
            0 => Verifier::data_source_sha256(secret, "x-signature"),
            1 => Verifier::data_source_sha1(secret, "x-signature"),
            _ => Verifier::data_source_plain(secret, "x-signature"),
        };
        let verifier = verifier.prefix(prefix).build().unwrap();
        let headers: HeaderMap = sent.headers.clone();
        prop_assert_eq!(&sent.body, &body);
        prop_assert!(verifier.verify(&headers, &sent.body).is_ok());
        let other = [&sent.body[..], b"x"].concat();
        prop_assert!(name == "plain" || verifier.verify(&headers, &other).is_err());
        Ok(())
    });
}

#[test]
fn unusable_security_is_rejected_by_name_without_the_secret() {
    let whole = json!({ "secret": SECRET, "signatureAlgorithm": "sha256", "signatureHeaderName": "x-s" });
    for (change, part) in [
        (json!({ "secret": null }), "`secret` is missing"),
        (json!({ "secret": "" }), "`secret` is missing"),
        (json!({ "secret": "********" }), "`secret` is the mask"),
        (json!({ "secret": " hidden" }), "white space"),
        (json!({ "signatureAlgorithm": null }), "`signatureAlgorithm` is missing"),
        (json!({ "signatureAlgorithm": "SHA256" }), "\"SHA256\", which is none of sha1, sha256, plain"),
        (json!({ "signatureAlgorithm": "md5" }), "\"md5\", which is none of"),
        (json!({ "signatureHeaderName": null }), "`signatureHeaderName` is missing"),
        (json!({ "signatureHeaderName": "" }), "`signatureHeaderName` is missing"),
        (json!({ "signatureHeaderName": "x s" }), "not the name of a header"),
        (json!({ "signatureHeaderName": "hidden\n" }), "not the name of a header"),
        (json!({ "signatureHeaderName": "Content-Length" }), "`content-length`"),
        (json!({ "signatureHeaderName": "host" }), "`host`"),
        (json!({ "signatureHeaderName": "transfer-encoding" }), "connection"),
        (json!({ "signaturePrefix": "a\nb" }), "prefix"),
        (json!({ "signatureAlgorithm": "plain", "secret": "hidden\u{1}" }), "secret"),
        (
            json!({ "secret": null, "signatureAlgorithm": null, "signatureHeaderName": null, "signaturePrefix": "a" }),
            "`signatureAlgorithm` is missing",
        ),
    ] {
        let mut json = whole.clone();
        json.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let error = Ingest::new("https://ingest.port.io/k", &security(json)).unwrap_err();
        assert_eq!(what(&error), (ErrorKind::Configuration, Outcome::NotSent, 0));
        let text = format!("{error} {error:?}");
        assert!(text.contains("security: ") && text.contains(part), "{change}: {text}");
        assert!(!text.contains("hidden"), "{text}");
    }
    let nothing = json!({ "secret": null, "signatureAlgorithm": null, "requestIdentifierPath": ".body.id" });
    for unsigned in [json!({}), nothing, json!({ "secret": "", "signatureHeaderName": "" })] {
        let events = builder().build_ingest("https://ingest.port.io/k", &security(unsigned)).unwrap();
        assert!(!events.is_signed());
    }
}

#[test]
fn unusable_url_is_rejected_without_its_text() {
    for (url, part) in [
        ("", "not an absolute URL"),
        ("ingest.port.io/hidden", "not an absolute URL"),
        ("ftp://ingest.port.io/hidden", "https://"),
        ("http://ingest.port.io/hidden", "must be https"),
        ("http://10.0.0.1/hidden", "must be https"),
        ("https://user:hidden@ingest.port.io/a", "credentials"),
        ("https://ingest.port.io", "no path"),
        ("https://ingest.port.io/?hidden=1", "no path"),
    ] {
        let error = builder().build_ingest(url, &unsigned()).unwrap_err();
        assert_eq!(what(&error), (ErrorKind::Configuration, Outcome::NotSent, 0));
        let text = format!("{error} {error:?}");
        assert!(text.contains("url: ") && text.contains(part) && !text.contains("hidden"), "{url}: {text}");
    }
    let plain = builder().allow_plain_http(true).build_ingest("http://10.0.0.1/hidden", &unsigned());
    assert_eq!(plain.unwrap().address(), "http://10.0.0.1:80");
}

#[tokio::test]
async fn webhook_of_port_has_url_and_security_of_its_own() {
    let port = |base: &str| Client::builder().access_token("t").http(plain_http()).base_url(base).build();
    let webhook = |json| serde_json::from_value::<Webhook>(json).unwrap();
    for (base, json, address) in [
        ("https://api.port.io", json!({ "webhookKey": "k" }), "https://ingest.port.io:443"),
        ("https://api.us.port.io", json!({ "webhookKey": "k" }), "https://ingest.us.port.io:443"),
        (
            "https://a.example",
            json!({ "url": "https://ingest.getport.io/k" }),
            "https://ingest.getport.io:443",
        ),
        (
            "https://api.port.io",
            json!({ "url": "https://ingest.us.getport.io/k", "webhookKey": "k", "mappings": [] }),
            "https://ingest.us.getport.io:443",
        ),
    ] {
        let mut json = json;
        json["identifier"] = json!("github");
        assert_eq!(port(base).unwrap().ingest(&webhook(json)).unwrap().address(), address);
    }
    let security = json!({ "secret": SECRET });
    for (json, part) in [
        (json!({ "url": "https://audit.example/hidden", "events": ["run.created"] }), "it is a subscription"),
        (json!({ "webhookKey": "hidden-key" }), "it has no `url`"),
        (
            json!({ "url": "https://ingest.port.io/hidden", "security": security }),
            "`signatureAlgorithm` is missing",
        ),
    ] {
        let mut json = json;
        json["identifier"] = json!("github");
        let error = port("https://a.example").unwrap().ingest(&webhook(json)).unwrap_err();
        let text = format!("{error} {error:?}");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(
            text.contains(r#"cannot send events to webhook "github": "#) && text.contains(part),
            "{text}"
        );
        assert!(!text.contains("hidden"), "{text}");
    }
}

#[tokio::test]
async fn client_lends_its_settings_but_neither_token_nor_headers() {
    #[derive(Default)]
    struct Recorder(Mutex<Vec<String>>);
    impl Observer for Recorder {
        fn attempted(&self, attempt: &Attempt<'_>) {
            self.0.lock().unwrap().push(format!("{} {:?}", attempt.operation, attempt.status));
        }
    }
    let server = accepting().await;
    let fake = FakePort::builder().profile(Profile::Live).start().await.unwrap();
    fake.seed(json!({
        "identifier": "github", "url": format!("{}/{KEY}", server.uri()), "webhookKey": KEY,
        "security": { "secret": SECRET, "signatureAlgorithm": "plain", "signatureHeaderName": "x-token" },
    }))
    .unwrap();
    let seen = Arc::new(Recorder::default());
    let mut default = HeaderMap::new();
    default.insert("x-of-http", "hidden".parse().unwrap());
    let port = client_of(&fake).http(plain_http().default_headers(default)).header("x-of-client", "hidden");
    let port = port.user_agent("release-job/2.1").observer(Arc::clone(&seen)).build().unwrap();
    let webhook = port.webhooks().get("github").await.unwrap();
    port.ingest(&webhook).unwrap().json(&json!({})).await.unwrap();
    let sent = last(&server).await;
    assert_eq!(sent.headers["x-token"], SECRET);
    assert_eq!(sent.headers["user-agent"], "release-job/2.1");
    for absent in ["authorization", "cookie", "x-of-client", "x-of-http"] {
        assert!(!sent.headers.contains_key(absent), "{absent}");
    }
    assert_eq!(seen.0.lock().unwrap().last().unwrap(), "send_event Some(202)");
}

#[tokio::test]
async fn event_over_512_kib_is_not_sent() {
    let server = accepting().await;
    let events = events_to(&server.uri(), &signed());
    let most = 512 * 1024;
    events.bytes(vec![b'1'; most]).await.unwrap();
    let error = events.bytes(vec![b'1'; most + 1]).await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::PayloadTooLarge, Outcome::NotSent, 0));
    assert!(error.to_string().contains("524289 bytes; Port accepts at most 524288"), "{error}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn header_that_cannot_be_sent_stops_the_event() {
    let server = accepting().await;
    let events = events_to(&server.uri(), &unsigned());
    for (name, value) in
        [("x y", "hidden"), ("x-a", "hid\nden"), ("host", "hidden"), ("content-type", "text/xml")]
    {
        let error = events.json(&json!(1)).header(name, value).await.unwrap_err();
        assert_eq!(what(&error), (ErrorKind::Configuration, Outcome::NotSent, 0), "{name}");
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn each_answer_has_its_kind_outcome_and_retries() {
    use ErrorKind::{
        Authentication, Conflict, Decode, NotFound, Other, PayloadTooLarge, Permission, RateLimited,
        Redirect, Server, Validation,
    };
    use Outcome::{NotApplied, Unknown};
    // The attempts for an event that may be sent once, and for one that may be repeated.
    for (status, kind, outcome, once, repeated) in [
        (200, Decode, Unknown, 1, 1),
        (201, Decode, Unknown, 1, 1),
        (204, Decode, Unknown, 1, 1),
        (302, Redirect, NotApplied, 1, 1),
        (308, Redirect, NotApplied, 1, 1),
        (400, Validation, NotApplied, 1, 1),
        (401, Authentication, NotApplied, 1, 1),
        (403, Permission, NotApplied, 1, 1),
        (404, NotFound, NotApplied, 1, 1),
        (409, Conflict, NotApplied, 1, 1),
        (413, PayloadTooLarge, NotApplied, 1, 1),
        (418, Other, NotApplied, 1, 1),
        (429, RateLimited, NotApplied, 3, 3),
        (500, Server, Unknown, 1, 3),
        (502, Server, Unknown, 1, 3),
        (503, Server, Unknown, 1, 3),
        (504, Server, Unknown, 1, 3),
    ] {
        let server =
            always(ResponseTemplate::new(status).insert_header("location", "https://b.example/x")).await;
        let by_security = security(json!({ "requestIdentifierPath": ".body.id" }));
        for (security, repeatable, attempts) in [
            (unsigned(), None, once),
            (unsigned(), Some(true), repeated),
            (by_security.clone(), None, repeated),
            (by_security, Some(false), once),
            (security(json!({ "requestIdentifierPath": "" })), None, once),
        ] {
            let event = events_to(&server.uri(), &security).json(&json!({ "id": 1 }));
            let event = match repeatable {
                Some(repeatable) => event.repeatable(repeatable),
                None => event,
            };
            let error = event.await.unwrap_err();
            assert_eq!(what(&error), (kind, outcome, attempts), "{status} {repeatable:?}: {error}");
            assert_eq!(error.operation(), Some("send_event"));
            assert!(!error.to_string().contains(KEY), "{error}");
        }
    }
}

#[tokio::test]
async fn event_is_sent_again_after_the_wait_that_is_asked_for() {
    for status in [429, 503] {
        let server = MockServer::start().await;
        let busy = ResponseTemplate::new(status).insert_header("retry-after", "7");
        Mock::given(any()).respond_with(busy).up_to_n_times(1).mount(&server).await;
        Mock::given(any()).respond_with(ResponseTemplate::new(202)).mount(&server).await;
        let clock = ManualClock::new();
        let events =
            builder().clock(clock.clone()).build_ingest(format!("{}/{KEY}", server.uri()), &signed());
        events.unwrap().json(&json!({ "a": 1 })).repeatable(true).await.unwrap();
        assert!(clock.waits().len() == 1 && clock.waits()[0].as_secs() >= 7, "{:?}", clock.waits());
        let sent = server.received_requests().await.unwrap();
        assert_eq!((sent.len(), &sent[0].headers["x-signature"]), (2, &sent[1].headers["x-signature"]));
    }
}

#[tokio::test]
async fn broken_connection_leaves_open_whether_the_event_arrived() {
    let head = "HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{";
    for (script, repeatable, expected) in [
        (Script::new().receive().reset(), false, Err((ErrorKind::Transport, Outcome::Unknown, 1))),
        (Script::new().receive().reset(), true, Err((ErrorKind::Transport, Outcome::Unknown, 3))),
        (Script::new().receive(), false, Err((ErrorKind::Transport, Outcome::Unknown, 1))),
        // The head of a response says it all.
        (Script::new().receive().send(head).reset(), false, Ok(202)),
    ] {
        let server = ScriptedServer::start([script]).await.unwrap();
        let event = events_to(&server.uri(), &signed()).json(&json!({ "a": 1 })).repeatable(repeatable);
        let result = event.await.map(|response| response.status.as_u16()).map_err(|error| what(&error));
        assert_eq!(result, expected);
    }
    let closed = ScriptedServer::start([Script::new()]).await.unwrap();
    let uri = closed.uri();
    drop(closed);
    let error = events_to(&uri, &signed()).json(&json!({})).await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Connect, Outcome::NotSent, 3), "{error}");
}

#[tokio::test]
async fn silence_is_a_timeout_whose_outcome_is_unknown() {
    let server = ScriptedServer::start([Script::silence()]).await.unwrap();
    let clock = ManualClock::new();
    let events = builder().clock(clock.clone()).build_ingest(format!("{}/{KEY}", server.uri()), &signed());
    let event = events.unwrap().json(&json!({})).send();
    let silent = async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        clock.end_limits();
        std::future::pending::<()>().await;
    };
    let error = tokio::select! {
        result = event => result.unwrap_err(),
        () = silent => unreachable!(),
    };
    assert_eq!(what(&error), (ErrorKind::Timeout, Outcome::Unknown, 1));
    assert!(error.to_string().contains("only if `requestIdentifierPath`"), "{error}");
}

#[tokio::test]
async fn neither_key_nor_secret_is_shown_whatever_the_server_repeats() {
    let log = Log::default();
    let _recording = log.record();
    let mut shown = String::new();
    let events_of = |server: &MockServer| events_to(&server.uri(), &signed());
    let signature = {
        let server = accepting().await;
        let events = events_of(&server);
        let event = events.json(&json!({ "token": "hidden-in-body" })).header("x-a", "hidden-header");
        let event = event.query("q", "hidden-query");
        let _ = write!(shown, "{events:?} {event:?} {:?}", event.clone().await.unwrap());
        last(&server).await.headers["x-signature"].to_str().unwrap().replace("sha256=", "")
    };
    for secret in [KEY, SECRET, "hidden-in-body", "hidden-header", &signature] {
        for status in [200, 302, 400, 404, 413, 429, 500] {
            let response = ResponseTemplate::new(status)
                .insert_header("location", format!("https://{}.example/{secret}", secret.to_lowercase()))
                .insert_header("x-trace-id", secret)
                .insert_header("content-type", format!("text/{secret}"))
                .set_body_string(format!(r#"{{"ok":false,"error":"{secret}","message":"no {secret}"}}"#));
            let server = always(response).await;
            let event = events_of(&server).json(&json!({ "token": "hidden-in-body" }));
            let error = event.header("x-a", "hidden-header").await.unwrap_err();
            let _ = write!(shown, "{error} {error:?} {error:#?} {:?} {:?}", error.message(), error.path());
        }
    }
    let all = format!("{shown}{}", log.text()).to_lowercase();
    assert!(all.contains("/********"));
    for secret in [KEY, SECRET, "hidden-in-body", "hidden-header", "hidden-query", &signature] {
        let secret = secret.to_lowercase();
        let at = all.find(&secret);
        assert_eq!(at.map(|at| &all[at.saturating_sub(200)..at]), None, "{secret}");
    }
}

#[tokio::test]
async fn error_says_what_failed_and_what_to_do() {
    for (status, text) in [
        (404, "404 Not Found; check the URL of the data source [POST /********]"),
        (401, "Port answered 401 Unauthorized [POST /********]"),
        (
            200,
            "the response is 200 OK, not 202, so it may come from something other than Port; it may have been",
        ),
    ] {
        let server = always(ResponseTemplate::new(status)).await;
        let error =
            events_to(&server.uri(), &unsigned()).json(&json!({ "identifier": "x" })).await.unwrap_err();
        let text = format!(
            "{}{text}",
            if status == 404 { "cannot send an event: Port answered " } else { "cannot send an event: " }
        );
        assert!(error.to_string().starts_with(&text), "{error}");
        assert_eq!(error.identifier(), None);
    }
}

#[test]
fn blocking_sender_does_the_same() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(accepting());
    let url = format!("{}/{KEY}", server.uri());
    let events = builder().build_ingest_blocking(&url, &signed()).unwrap();
    let event = events.json(&json!({ "a": 1 })).header("x-event", "push").query("a", "b").repeatable(true);
    assert_eq!(event.wait().unwrap().status, 202);
    assert_eq!(events.bytes("{}").wait().unwrap().status, 202);
    assert!(events.is_signed() && events.address() == server.uri());
    let port = Client::builder().access_token("t").http(plain_http()).build_blocking().unwrap();
    let webhook = json!({ "identifier": "github", "url": url, "mappings": [] });
    let events = port.ingest(&serde_json::from_value(webhook).unwrap()).unwrap();
    assert_eq!(events.bytes("{}").wait().unwrap().status, 202);
    assert!(!format!("{events:?}").contains(KEY));
    let sent = runtime.block_on(server.received_requests()).unwrap();
    assert!(sent.len() == 3 && sent[0].headers.contains_key("x-signature"));
}
