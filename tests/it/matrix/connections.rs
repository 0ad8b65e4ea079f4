//! Rows 1 to 7: connections that are not made, break or stall.

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

use super::cell::{End, Fails, Method, World, end_of, lost_answer, passes, stays};
use crate::support::{ManualClock, client_at, plain_http, play};

const SHORT: Duration = Duration::from_millis(40);

/// No connection is made: the method is tried that often.
async fn unconnected(method: Method, client: ClientBuilder, attempts: u32) {
    let clock = ManualClock::new();
    let hooks = client.clock(clock.clone()).build().unwrap().webhooks();
    let error = method.call(&hooks).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent), "{error:?}");
    assert_eq!((error.attempts(), clock.waits().len()), (attempts, attempts as usize - 1));
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
    unconnected(method, client_at(&format!("http://{nowhere}")), 3).await;

    let named = |names| {
        let http = plain_http().dns_resolver(Arc::new(names));
        client_at("http://port.invalid").allow_plain_http(true).connect_timeout(SHORT).http(http)
    };
    unconnected(method, named(Names(Some("no such host"))), 3).await;
    unconnected(method, named(Names(None)), 3).await;

    // A connection is made, and the handshake of TLS is never answered.
    let silent = play(Script::new().hang()).await;
    let url = format!("https://{}", silent.address());
    unconnected(method, client_at(&url).connect_timeout(SHORT), 3).await;
}

pub async fn r02_bad_certificate(method: Method) {
    let address = server_with_own_certificate().await;
    unconnected(method, client_at(&format!("https://{address}")), 1).await;
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
