//! What a test does through the handle: seeding, looking, and starting many.

use std::error::Error;
use std::net::TcpListener;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fake_port::{Builder, FakePort, ListKey, Profile, StartError, Unverified, parse_seeds};
use serde_json::json;

use crate::client::{Client, subscription};

#[tokio::test]
async fn seeds_are_there_from_the_start() {
    let port =
        FakePort::builder().webhook(subscription("b")).webhook(subscription("a")).start().await.unwrap();
    port.seed(subscription("c")).unwrap();
    let list = Client::of(&port).get("/v1/webhooks").await;
    assert_eq!(list.identifiers("webhooks"), ["b", "a", "c"]);
    assert_eq!(list.body["webhooks"], json!(port.webhooks()));
    assert_eq!(port.webhook("missing"), None);
}

#[tokio::test]
async fn a_webhook_keeps_its_place_whatever_is_done_to_it() {
    let port = FakePort::builder().webhooks(["a", "b", "c"].map(subscription)).start().await.unwrap();
    let client = Client::of(&port);
    client.patch("b", json!({ "identifier": "renamed" })).await;
    client.put("c", subscription("c")).await;
    client.patch("a", json!({ "title": "New" })).await;
    assert_eq!(client.get("/v1/webhooks").await.identifiers("webhooks"), ["a", "renamed", "c"]);
}

#[tokio::test]
async fn seeds_may_hold_what_requests_may_not() {
    let port = FakePort::builder().start().await.unwrap();
    let seed = json!({ "identifier": "a", "events": ["moon.risen"], "color": { "red": 1 }, "enabled": false,
        "createdAt": "2024-01-15T10:30:00Z", "updatedAt": "2024-01-20T14:45:00Z" });
    port.seed(seed.clone()).unwrap();
    let client = Client::of(&port);
    assert_eq!(client.get("/v1/webhooks/a").await.webhook(), &seed);
    let patched = client.patch("a", json!({ "title": "New" })).await;
    assert_eq!(patched.webhook()["color"], seed["color"]);
    assert_eq!(patched.webhook()["createdAt"], seed["createdAt"]);
}

#[tokio::test]
async fn bad_seeds_leave_nothing_behind() {
    let port = FakePort::builder().webhook(subscription("a")).start().await.unwrap();
    let before = port.webhooks();
    for bad in [
        json!("a"),
        json!({}),
        json!({ "identifier": "" }),
        json!({ "identifier": 7 }),
        subscription("a"),
        subscription("b"),
    ] {
        let error = port.seed_all([subscription("b"), bad]).unwrap_err();
        assert_eq!(error.index(), 1);
        assert!(error.to_string().starts_with("cannot store seed 1: "), "{error}");
        assert_eq!(port.webhooks(), before);
    }
    let error = FakePort::builder().webhook(json!({})).start().await.unwrap_err();
    assert_eq!(error.to_string(), "cannot store seed 0: identifier: is required");
    assert!(matches!(error, StartError::Seed(_)));
}

#[tokio::test]
async fn live_seeds_get_what_the_server_owns() {
    let port = FakePort::builder().profile(Profile::Live).start().await.unwrap();
    port.seed(json!({ "title": "t", "webhookKey": "mine" })).unwrap();
    let stored = &port.webhooks()[0];
    assert_eq!(stored["url"], format!("{}/ingest/mine", port.uri()));
    assert!(stored["identifier"].is_string());
}

#[tokio::test]
async fn body_of_a_response_is_a_seed() {
    for profile in [Profile::Documented, Profile::Live] {
        for list_key in [ListKey::Integrations, ListKey::Webhooks, ListKey::Items] {
            let builder = || {
                let switches = Unverified { list_key, ..Unverified::default() };
                FakePort::builder().profile(profile).unverified(switches)
            };
            let source = builder().webhooks(["a", "b"].map(subscription)).start().await.unwrap();
            let client = Client::of(&source);
            let list = client.get("/v1/webhooks").await.body;
            let (one, other) =
                (client.get("/v1/webhooks/a").await.body, client.get("/v1/webhooks/b").await.body);

            let copies = [
                builder().webhook(list.clone()).start().await.unwrap(),
                builder().webhooks([one.clone(), other.clone()]).start().await.unwrap(),
                builder().webhooks(parse_seeds(&list.to_string()).unwrap()).start().await.unwrap(),
                builder().start().await.unwrap(),
            ];
            copies[3].seed(one.clone()).unwrap();
            copies[3].seed_all(parse_seeds(&other.to_string()).unwrap()).unwrap();
            for copy in &copies {
                assert_eq!(copy.webhooks(), source.webhooks(), "{list}");
            }
            let error = copies[0].seed_all([json!({ "identifier": "c" }), list]).unwrap_err();
            assert_eq!(error.to_string(), "cannot store seed 1: identifier: another webhook has it");
            assert_eq!(copies[0].webhooks().len(), 2, "all or none");
        }
    }
}

#[tokio::test]
async fn requests_are_recorded_as_sent() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    client.send_bytes("PATCH", "/v1/webhooks/a%2Fb?x=1&y=a+b%26&x=2", r#"{"title":"t"}"#).await;
    client.get("/nowhere").await;
    let requests = port.requests();
    assert_eq!(requests.len(), 2, "refused ones too");
    let request = &requests[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("PATCH", "/v1/webhooks/a%2Fb"));
    let pairs =
        [("x", "1"), ("y", "a b&"), ("x", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(request.query_pairs, pairs);
    assert_eq!(request.query("x"), Some("2"));
    assert_eq!(request.query("z"), None);
    assert_eq!(request.json(), Some(json!({ "title": "t" })));
    assert!(request.header("Authorization").unwrap().starts_with("Bearer fake-token-"));
    assert_eq!(requests[1].json(), None);

    port.clear_requests();
    assert!(port.requests().is_empty());
    assert_eq!(client.get("/v1/webhooks").await.status, 200, "tokens stay");
}

#[tokio::test]
async fn debug_forms_hide_credentials() {
    let port = FakePort::builder().start().await.unwrap();
    let client = Client::of(&port);
    client.ask_token(port.client_id(), port.client_secret()).await;
    client.post(subscription("a")).await;
    let shown = format!("{:?} {port:?} {:?}", port.requests(), FakePort::builder().credentials("i", "hush"));
    assert!(!shown.contains(port.client_secret()), "{shown}");
    assert!(!shown.contains("fake-token"), "{shown}");
    assert!(!shown.contains("hush"), "{shown}");
    assert!(shown.contains("example.com/hook"), "what was sent is shown: {shown}");
}

#[tokio::test]
async fn a_listener_or_a_port_can_be_given() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let number = listener.local_addr().unwrap().port();
    let port = FakePort::builder().listener(listener).start().await.unwrap();
    assert_eq!(port.uri(), format!("http://127.0.0.1:{number}"));

    let error = FakePort::builder().port(number).start().await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on 127.0.0.1:{number}"));
    assert!(error.source().is_some());
}

#[tokio::test]
async fn unreachable_urls_must_be_urls() {
    let error = FakePort::builder().unreachable("nowhere").start().await.unwrap_err();
    assert_eq!(error.to_string(), "not an absolute URL: nowhere");
}

#[tokio::test]
async fn the_clock_moves_forward() {
    let port = FakePort::builder().start().await.unwrap();
    port.seed(subscription("a")).unwrap();
    port.advance(Duration::from_secs(86_400));
    port.seed(subscription("b")).unwrap();
    let day = |identifier| port.webhook(identifier).unwrap()["createdAt"].as_str().unwrap()[..10].to_owned();
    assert!(day("a") < day("b"));
}

#[tokio::test]
async fn date_header_is_written_for_any_time() {
    let at = async |clock: fn() -> SystemTime, ahead: &[Duration]| {
        let port = FakePort::builder().clock(clock).start().await.unwrap();
        for by in ahead {
            port.advance(*by);
        }
        let answer = Client::stranger(&port).get("/nowhere").await;
        answer.headers["date"].to_str().unwrap().to_owned()
    };
    let minute = Duration::from_secs(60);
    let clock = || UNIX_EPOCH + Duration::from_millis(1_705_314_600_999);
    assert_eq!(at(clock, &[]).await, "Mon, 15 Jan 2024 10:30:00 GMT");
    assert_eq!(at(clock, &[minute, minute]).await, "Mon, 15 Jan 2024 10:32:00 GMT");
    assert_eq!(at(clock, &[Duration::MAX, Duration::MAX]).await, "Fri, 31 Dec 9999 23:59:59 GMT");
    assert_eq!(at(|| UNIX_EPOCH - Duration::from_secs(60), &[]).await, "Thu, 01 Jan 1970 00:00:00 GMT");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_fakes_run_side_by_side() {
    let tasks: Vec<_> = (0..50)
        .map(|n| {
            tokio::spawn(async move {
                let port = FakePort::builder().start().await.unwrap();
                let client = Client::of(&port);
                client.post(subscription(&format!("w{n}"))).await.webhook();
                assert_eq!(port.webhooks().len(), 1);
                port
            })
        })
        .collect();
    let mut ports = Vec::new();
    for task in tasks {
        ports.push(task.await.unwrap());
    }
    for (n, port) in ports.iter().enumerate() {
        let list = Client::of(port).get("/v1/webhooks").await;
        assert_eq!(list.identifiers("webhooks"), [format!("w{n}")]);
    }
}

/// The HTTP server's own drop hangs here once the task has used up its turn.
#[tokio::test]
async fn many_fakes_come_and_go_on_one_thread() {
    for _ in 0..150 {
        drop(FakePort::builder().start().await.unwrap());
    }
}

#[test]
fn handles_can_be_shared() {
    fn shared<T: Send + Sync + 'static>() {}
    fn sent<T: Send>(_: &T) {}
    shared::<FakePort>();
    shared::<StartError>();
    sent(&Builder::start(FakePort::builder()));
    sent(&FakePort::start());
}
