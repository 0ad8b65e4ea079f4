//! Rows 1 to 7 and 45: connections that are not made, break or stall.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fake_port::{Ending, Fault, Script, ScriptedServer};
use port_webhooks::{ClientBuilder, ErrorKind, Outcome};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::answers::send;
use super::cell::{End, Fails, Method, World, end_of, lost_answer, passes, stays};
use crate::support::{ManualClock, client_at, plain_http, play};

const SHORT: Duration = Duration::from_millis(40);

/// No connection is made: the method is tried that often.
async fn unconnected(method: Method, client: ClientBuilder, attempts: u32, why: &str) {
    let clock = ManualClock::new();
    let hooks = client.clock(clock.clone()).build().unwrap().webhooks();
    let error = method.call(&hooks).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent), "{error:?}");
    assert_eq!((error.attempts(), clock.waits().len()), (attempts, attempts as usize - 1));
    assert!(error.to_string().contains(why), "{error}");
}

/// What a resolver makes of every name.
struct Names(Option<&'static str>);

impl Resolve for Names {
    fn resolve(&self, _: Name) -> Resolving {
        let answer = self.0;
        Box::pin(async move {
            match answer {
                Some(what) => Err(what.into()),
                None => std::future::pending::<Result<Addrs, _>>().await,
            }
        })
    }
}

pub async fn r01_no_connection(method: Method) {
    // Nobody listens: the port is free again when the listener is dropped.
    let nowhere = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = format!(": http://{nowhere} cannot be reached: connection refused [");
    unconnected(method, client_at(&format!("http://{nowhere}")), 3, &refused).await;

    let named = |names| {
        let http = plain_http().dns_resolver(Arc::new(names));
        client_at("http://port.invalid").allow_plain_http(true).connect_timeout(SHORT).http(http)
    };
    let unknown = ": http://port.invalid:80 cannot be reached: unknown host [";
    unconnected(method, named(Names(Some("no such host"))), 3, unknown).await;
    let late = ": http://port.invalid:80 cannot be reached: it did not respond in time [";
    unconnected(method, named(Names(None)), 3, late).await;

    // A connection is made, and the handshake of TLS is never answered.
    let silent = play(Script::new().hang()).await;
    let url = format!("https://{}", silent.address());
    let late = format!(": {url} cannot be reached: it did not respond in time [");
    unconnected(method, client_at(&url).connect_timeout(SHORT), 3, &late).await;

    // The server does not speak TLS.
    let plain = play(Script::new().send("HTTP/1.1 400 Bad Request\r\n\r\n").hang()).await;
    let url = format!("https://{}", plain.address());
    let not_tls = format!(": {url} cannot be reached: it does not speak TLS: is it http? [");
    unconnected(method, client_at(&url), 1, &not_tls).await;
}

pub async fn r02_bad_certificate(method: Method) {
    let address = server_with_own_certificate().await;
    let why = format!(": https://{address} cannot be reached: its certificate is not trusted: ");
    unconnected(method, client_at(&format!("https://{address}")), 1, &why).await;
}

/// Speaks TLS with a certificate that nobody has signed.
async fn server_with_own_certificate() -> SocketAddr {
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    address
}

pub async fn r03_reset_before_answer(method: Method) {
    let world = World::new().await;
    world.expect(method, Fault::reset(), passes(ErrorKind::Transport)).await;
    let world = World::new().await;
    world.expect(method, Fault::reset().always(), stays(ErrorKind::Transport)).await;
    let world = World::new().await;
    world.expect(method, Fault::dropped().always(), stays(ErrorKind::Transport)).await;

    // A connection that was kept and is reset when it is used again. The next one answers.
    let metadata = r#"{"ok":true,"webhooks":[]}"#;
    let head = |length| {
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n")
    };
    let kept = Script::new().receive().send(head(metadata.len())).send(metadata).receive().reset();
    let webhook = r#"{"ok":true,"webhook":{"identifier":"a"},"webhooks":[]}"#;
    let next = Script::new().receive().send(head(webhook.len())).send(webhook).hang();
    let server = ScriptedServer::start([kept, next]).await.unwrap();
    let hooks = client_at(&server.uri()).build().unwrap().webhooks();
    hooks.metadata().await.unwrap();
    let result = method.call(&hooks).await;
    let unknown = Fails(ErrorKind::Transport, Outcome::Unknown);
    assert_eq!(end_of(result.as_ref().copied()), method.of([End::Ok, unknown, End::Ok]), "{result:?}");
    assert_eq!(server.connections(), method.of([2, 1, 2]));
}

pub async fn r05_reset_in_body(method: Method) {
    for ending in [Ending::Reset, Ending::Close] {
        let world = World::new().await;
        let fault = Fault::broken_body(5, ending).always();
        world.expect(method, fault, lost_answer(3, ErrorKind::Transport)).await;
    }
}

pub async fn r06_no_headers_in_time(method: Method) {
    let world = World::new().await;
    world.expect(method, Fault::hanging(), passes(ErrorKind::Timeout)).await;
    let world = World::new().await;
    world.expect(method, Fault::hanging().always(), stays(ErrorKind::Timeout)).await;
}

pub async fn r07_body_stalls(method: Method) {
    let world = World::with_stalled_bodies().await;
    let fault = Fault::broken_body(5, Ending::Hang).always();
    world.expect(method, fault, lost_answer(3, ErrorKind::Timeout)).await;
}

pub async fn r45_early_response(method: Method) {
    let large = "x".repeat(1024 * 1024 - 300);
    for status in [401, 413, 422] {
        let body = r#"{"ok":false,"error":"early"}"#;
        let early = Script::early_response(status, body);
        let kind = match status {
            401 => ErrorKind::Authentication,
            413 => ErrorKind::PayloadTooLarge,
            _ => ErrorKind::Validation,
        };
        for size in [1000, large.len()] {
            let server = play(early.clone()).await;
            let hooks = client_at(&server.uri()).build().unwrap().webhooks();
            let error = send(method, &hooks, &large[..size]).await.unwrap_err();
            assert_eq!(end_of(Err(&error)), Fails(kind, Outcome::NotApplied), "{error}");
            assert_eq!((error.status().unwrap().as_u16(), error.code()), (status, Some("early")));
        }
        // A reset can overtake the response. Then nobody knows what was done.
        let server = play(early.reset()).await;
        let hooks = client_at(&server.uri()).build().unwrap().webhooks();
        let end = end_of(Err(&send(method, &hooks, &large).await.unwrap_err()));
        let lost = Fails(ErrorKind::Transport, Outcome::Unknown);
        assert!(end == lost || end == Fails(kind, Outcome::NotApplied), "{end:?}");
    }
}
