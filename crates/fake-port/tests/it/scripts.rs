//! The server that plays scripts, seen by a bare client.

use std::io;
use std::io::Read;
use std::time::Duration;

use bytes::Bytes;
use fake_port::{FakePort, Script, ScriptedServer};
use flate2::read::GzDecoder;
use reqwest::{Client, redirect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn client() -> Client {
    Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap()
}

async fn play(script: Script) -> (ScriptedServer, reqwest::Result<reqwest::Response>) {
    let server = ScriptedServer::start([script]).await.unwrap();
    let response = client().post(server.uri()).body("hello").send().await;
    (server, response)
}

#[tokio::test]
async fn an_answer_is_sent_whole() {
    let (server, response) = play(Script::response(201, r#"{"ok":true}"#)).await;
    let response = response.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.text().await.unwrap(), r#"{"ok":true}"#);
    let requests = server.requests();
    let request = std::str::from_utf8(&requests[0]).unwrap();
    assert!(request.starts_with("POST / HTTP/1.1\r\n") && request.ends_with("\r\n\r\nhello"), "{request}");
    assert_eq!(requests.len(), 1);
}

#[tokio::test]
async fn a_body_breaks_or_stalls() {
    let (_server, response) = play(Script::broken_body("0123456789", 4)).await;
    let error = response.unwrap().bytes().await.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    let (server, response) = play(Script::stalled_body("0123456789", 4)).await;
    let mut response = response.unwrap();
    assert_eq!(response.content_length(), Some(10));
    assert_eq!(response.chunk().await.unwrap().unwrap(), "0123");
    let more = tokio::time::timeout(Duration::from_millis(50), response.chunk()).await;
    assert!(more.is_err(), "{more:?}");
    assert!(server.bytes_sent() > 4);
}

#[tokio::test]
async fn early_response_arrives_before_the_body_is_sent() {
    for (status, reset) in [(401, false), (413, false), (422, true)] {
        let script = Script::early_response(status, "{}");
        let script = if reset { script.reset() } else { script };
        let server = ScriptedServer::start([script]).await.unwrap();
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        // More than a script receives, and none of it is sent.
        let head = b"POST / HTTP/1.1\r\ncontent-length: 1000000000\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut bytes = Vec::new();
        assert_eq!(stream.read_to_end(&mut bytes).await.is_err(), reset);
        let answer = String::from_utf8(bytes).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains("connection: close\r\n") && answer.ends_with("\r\n\r\n{}"), "{answer}");
        assert_eq!(server.requests(), [head.as_slice()]);
    }
}

#[tokio::test]
async fn early_response_does_not_stop_a_large_body() {
    let server = ScriptedServer::start([Script::early_response(413, "{}")]).await.unwrap();
    let response = client().post(server.uri()).body(vec![b'x'; 8 * 1024 * 1024]).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.text().await.unwrap().as_str()), (413, "{}"));
    assert!(!server.requests()[0].contains(&b'x'), "no part of the body is received");
}

#[tokio::test]
async fn nothing_comes() {
    let server = ScriptedServer::start([Script::silence()]).await.unwrap();
    let request = client().get(server.uri()).timeout(Duration::from_millis(50));
    assert!(request.send().await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn what_comes_is_not_http() {
    let (server, response) = play(Script::not_http()).await;
    let error = response.unwrap_err();
    assert!(error.is_request() && !error.is_connect() && !error.is_timeout(), "{error:?}");
    assert_eq!(server.bytes_sent(), 21);
}

#[tokio::test]
async fn a_redirect_leads_to_another_origin() {
    let other = ScriptedServer::start([Script::response(200, "{}")]).await.unwrap();
    let (_server, response) = play(Script::redirect(&format!("{}/v1", other.uri()))).await;
    let response = response.unwrap();
    assert_eq!(response.status(), 307);
    assert_eq!(response.headers()["location"], format!("{}/v1", other.uri()).as_str());
    assert_eq!((other.connections(), other.requests().len()), (0, 0));
}

#[tokio::test]
async fn a_body_has_no_end() {
    let (server, response) = play(Script::endless_body()).await;
    let mut response = response.unwrap();
    let mut read = 0;
    while read < 2_000_000 {
        read += response.chunk().await.unwrap().expect("there is always more").len();
    }
    assert!(server.bytes_sent() >= 2_000_000);
}

#[tokio::test]
async fn a_body_is_larger_unpacked() {
    let (_server, response) = play(Script::gzip_bomb(3_000_000)).await;
    let response = response.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let packed = response.bytes().await.unwrap();
    let mut unpacked = Vec::new();
    GzDecoder::new(packed.as_ref()).read_to_end(&mut unpacked).unwrap();
    assert!(packed.len() < 10_000 && unpacked.len() == 3_000_000);
}

#[tokio::test]
async fn each_connection_gets_its_script_and_the_last_stays() {
    let scripts = [
        Script::new(),
        Script::new().receive().reset(),
        Script::response(200, "1"),
        Script::response(200, "2"),
    ];
    let server = ScriptedServer::start(scripts).await.unwrap();
    let mut got = Vec::new();
    for _ in 0..6 {
        let response = client().get(server.uri()).send().await;
        got.push(match response {
            Ok(response) => response.text().await.unwrap(),
            Err(_) => "-".to_owned(),
        });
    }
    assert_eq!(got, ["-", "-", "1", "2", "2", "2"]);
    assert_eq!(server.connections(), 6);
}

#[tokio::test]
async fn several_requests_on_one_connection() {
    let script = Script::new().receive().send("one").receive().send("two").reset();
    let server = ScriptedServer::start([script]).await.unwrap();
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    // The second request is there before the first is answered.
    stream.write_all(b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\ncontent-length: 2\r\n\r\nab").await.unwrap();
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(server.requests().len(), 2);
    assert!(server.requests()[1].ends_with(b"ab"));
}

#[tokio::test]
async fn request_is_received_whole_and_no_other_bytes() {
    /// More than a script receives.
    const HUGE: u64 = 16 * 1024 * 1024;
    let huge = |length: u64| format!("POST / HTTP/1.1\r\ncontent-length: {length}\r\n\r\n");
    let (body, head) = (Script::new().receive(), Script::new().receive_head());
    for (script, sent, received) in [
        (&body, "GET / HTTP/1.1\r\n\r\nmore".to_owned(), Some(18)),
        (&body, "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcd".to_owned(), Some(41)),
        (&body, "\0\0\r\n\r\n".to_owned(), None),
        (&body, "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n".to_owned(), None),
        (&body, huge(HUGE), None),
        (&body, huge(u64::MAX), None),
        (&head, huge(u64::MAX), Some(huge(u64::MAX).len())),
        (&body, format!("GET /{}", "a".repeat(64 * 1024)), None),
    ] {
        let server = ScriptedServer::start([script.clone().reset()]).await.unwrap();
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        for part in sent.as_bytes().chunks(1024).flat_map(|part| [&part[..1], &part[1..]]) {
            // The server may have closed the connection.
            let _ = stream.write_all(part).await;
        }
        let _ = stream.read_to_end(&mut Vec::new()).await;
        let lengths: Vec<_> = server.requests().iter().map(Bytes::len).collect();
        assert_eq!(lengths, Vec::from_iter(received), "{}", &sent[..sent.len().min(80)]);
    }
}

#[test]
fn scripts_are_written_and_read_as_json() {
    let script = Script::new().receive().send("hi").send([255_u8, 0].as_slice()).send_forever("x");
    let script = script.hang().reset();
    let json = r#"["receive",{"send":"hi"},{"send":[255,0]},{"sendForever":"x"},"hang","reset"]"#;
    assert_eq!(serde_json::to_string(&script).unwrap(), json);
    assert_eq!(serde_json::from_str::<Script>(json).unwrap(), script);
}

#[tokio::test]
async fn it_runs_beside_a_fake_and_stops_when_it_is_dropped() {
    let port = FakePort::start().await;
    let server = ScriptedServer::start([]).await.unwrap();
    assert!(client().get(server.uri()).send().await.is_err());
    assert_eq!(client().get(port.uri()).send().await.unwrap().status(), 404);
    let address = server.address();
    let mut idle = TcpStream::connect(address).await.unwrap();
    drop(server);
    assert_eq!(idle.read(&mut [0]).await.unwrap_or(0), 0);
    assert!(TcpStream::connect(address).await.is_err());
}
