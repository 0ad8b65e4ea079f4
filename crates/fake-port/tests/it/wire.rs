//! Faults that break a connection, each seen on the wire.

use std::io;
use std::time::Duration;

use fake_port::{Ending, FakePort, Fault, Recording, Route, Script, WriteResponse};
use reqwest::Response;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Client, subscription};

async fn serve() -> FakePort {
    FakePort::builder().webhook(subscription("a")).record(Recording::All).serve().await.unwrap()
}

async fn get(port: &FakePort) -> reqwest::Result<Response> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    http.get(format!("{}/v1/webhooks/a", port.uri())).bearer_auth(port.issue_token()).send().await
}

/// Everything that comes back for a request, byte by byte, and how it ends.
async fn bytes_of(port: &FakePort) -> (String, io::Result<()>) {
    let mut stream = TcpStream::connect(port.uri().strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!(
        "GET /v1/webhooks/a HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
        port.issue_token()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await.map(drop);
    (String::from_utf8(bytes).unwrap(), end)
}

#[tokio::test]
async fn a_body_breaks_half_way() {
    let port = serve().await;
    for (ending, reset) in [(Ending::Close, false), (Ending::Reset, true)] {
        port.inject(Fault::broken_body(9, ending));
        let (bytes, end) = bytes_of(&port).await;
        let (head, body) = bytes.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("\r\ncontent-type: application/json; charset=utf-8\r\n"), "{head}");
        assert!(head.contains("\r\nx-trace-id: "), "{head}");
        let declared = head.split_once("content-length: ").unwrap().1.parse::<usize>().unwrap();
        assert_eq!((body, end.is_err()), (r#"{"ok":tru"#, reset));
        assert!(declared > 100, "the length is that of the whole body");
        assert_eq!(end.err().map(|error| error.kind()), reset.then_some(io::ErrorKind::ConnectionReset));

        port.inject(Fault::broken_body(9, ending));
        let response = get(&port).await.unwrap();
        assert_eq!(response.status(), 200);
        let error = response.bytes().await.unwrap_err();
        assert!(error.is_body() || error.is_decode(), "{error:?}");
    }
    assert_eq!(get(&port).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_write_is_applied_whose_answer_breaks() {
    let port = serve().await;
    port.inject(Fault::broken_body(0, Ending::Reset).on([Route::Create]));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.post(format!("{}/v1/webhooks", port.uri())).bearer_auth(port.issue_token());
    // Whether the head arrives before the reset is up to the network.
    if let Ok(response) = request.json(&subscription("b")).send().await {
        assert_eq!(response.status(), 201);
        assert!(response.bytes().await.is_err());
    }
    assert!(port.webhook("b").is_some());
    assert_eq!(port.ledger()[0].response, WriteResponse::Lost);
    assert_eq!(port.requests()[0].status, Some(201));
}

#[tokio::test]
async fn a_body_stalls() {
    let port = serve().await;
    port.inject(Fault::broken_body(9, Ending::Hang));
    let mut response = get(&port).await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), r#"{"ok":tru"#);
    let more = tokio::time::timeout(Duration::from_millis(50), response.chunk()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn a_connection_is_reset() {
    let port = serve().await;
    port.inject(Fault::reset());
    let (bytes, end) = bytes_of(&port).await;
    assert_eq!((bytes.as_str(), end.unwrap_err().kind()), ("", io::ErrorKind::ConnectionReset));
    port.inject(Fault::dropped());
    let (bytes, end) = bytes_of(&port).await;
    assert_eq!((bytes.as_str(), end.is_ok()), ("", true), "dropped is not reset");
    assert!(port.requests().faulty().iter().all(|request| request.status.is_none()));
}

#[tokio::test]
async fn a_connection_is_dropped_late() {
    let port = serve().await;
    port.inject(Fault::dropped().delay(Duration::from_millis(1)));
    assert_eq!(bytes_of(&port).await.0, "");
}

#[tokio::test]
async fn a_body_never_ends() {
    let port = serve().await;
    port.inject(Fault::endless_body());
    let mut response = get(&port).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    let (mut read, mut first) = (0, Vec::new());
    while read < 3_000_000 {
        let chunk = response.chunk().await.unwrap().expect("there is always more");
        read += chunk.len();
        if first.len() < 12 {
            first.extend_from_slice(&chunk);
        }
    }
    assert!(first.starts_with(br#"{"ok":true, "#));
    drop(response);
    assert!(port.counts().bytes_sent >= 3_000_000);
}

#[tokio::test]
async fn bytes_are_sent_that_are_not_http() {
    let port = serve().await;
    port.inject(Fault::script(Script::new().send("SSH-2.0-OpenSSH_9.9\r\n")));
    assert_eq!(bytes_of(&port).await.0, "SSH-2.0-OpenSSH_9.9\r\n");
    port.inject(Fault::script(Script::not_http()));
    let error = get(&port).await.unwrap_err();
    assert!(error.is_request() && !error.is_connect() && !error.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn connections_and_bytes_are_counted() {
    let port = serve().await;
    let before = port.counts();
    assert_eq!((before.connections, before.bytes_received, before.bytes_sent), (0, 0, 0));
    port.inject(Fault::broken_body(3, Ending::Close).times(2));
    let lengths = [bytes_of(&port).await.0.len(), bytes_of(&port).await.0.len()];
    let after = port.counts();
    assert_eq!(after.connections, 2);
    assert_eq!(after.bytes_sent, lengths.iter().sum::<usize>() as u64);
    assert!(after.bytes_received > 150);
}

#[tokio::test]
async fn connections_are_kept_alive() {
    let port = serve().await;
    let client = Client::of(&port);
    for _ in 0..5 {
        client.get("/v1/webhooks/a").await;
    }
    assert_eq!(port.counts().connections, 1);
}

#[tokio::test]
async fn a_body_far_over_the_limit_is_read_and_refused() {
    let port = serve().await;
    let client = Client::of(&port);
    for size in [1024 * 1024 + 1, 5 * 1024 * 1024] {
        let answer = client.send_bytes("POST", "/v1/webhooks", vec![b' '; size]).await;
        answer.refused(413, "payload_too_large");
    }
    assert_eq!(port.requests()[1].body.len(), 1024 * 1024 + 1, "no more is kept than shows it");
}

#[tokio::test]
async fn it_stops_when_it_is_dropped() {
    let port = serve().await;
    let address = port.uri().strip_prefix("http://").unwrap().to_owned();
    let mut idle = TcpStream::connect(&address).await.unwrap();
    drop(port);
    assert_eq!(idle.read(&mut [0]).await.unwrap_or(0), 0, "connections are closed");
    assert!(TcpStream::connect(&address).await.is_err(), "nobody listens any more");
}

#[test]
fn a_fault_that_makes_no_sense_is_refused_where_it_is_made() {
    for make in [
        || Fault::status(199),
        || Fault::status(600),
        || Fault::dropped().header("a", "b"),
        || Fault::status(200).header("a b", "c"),
        || Fault::status(200).header("a", "b\n"),
        || Fault::status(200).header("Content-Length", "7"),
        || Fault::status(200).text("text/html\n", ""),
        || Fault::hanging().json(json!({})),
        || Fault::gzip_bomb(usize::MAX),
    ] {
        assert!(std::panic::catch_unwind(make).is_err());
    }
}
