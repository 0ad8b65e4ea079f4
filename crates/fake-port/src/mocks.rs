//! Mocks of the test's own, beside the fake on the same address.
//!
//! They live in a wiremock server, which starts with the first of them. Every request is sent there before the fake
//! looks at it; a marked response says that no mock matched.

use std::error::Error;
use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use crate::call::{Call, NoCall};
use crate::request::Request;

/// The header of the response to a request that no mock matches.
const UNMATCHED: &str = "x-fake-port-unmatched";
/// Mocks of a lower priority, which is a greater number, get only what the fake does not serve.
const PRIORITY: u8 = 100;

/// What the mocks make of a request.
pub(crate) enum MockResponse {
    /// No mock matches it.
    Unmatched,
    Response(Response<Full<Bytes>>),
    /// A mock closes the connection.
    Closed,
}

#[derive(Default)]
pub(crate) struct Mocks(OnceCell<MockServer>);

impl Mocks {
    pub(crate) fn are_mounted(&self) -> bool {
        self.0.initialized()
    }

    /// Mounts a mock for as long as the fake runs. wiremock's scoped mocks would not do: it confuses them with others
    /// once it has sorted mocks of several priorities.
    pub(crate) async fn mount(&self, mock: Mock) {
        self.server().await.register(mock).await;
    }

    async fn server(&self) -> &MockServer {
        let start = async || {
            let server = MockServer::builder().disable_request_recording().start().await;
            let unmatched = || ResponseTemplate::new(404).insert_header(UNMATCHED, "");
            let of_the_fake = |request: &wiremock::Request| {
                !matches!(Call::of(&request.method, request.url.path()), Err(NoCall::NoRoute))
            };
            Mock::given(of_the_fake).respond_with(unmatched()).with_priority(PRIORITY).mount(&server).await;
            let rest = Mock::given(matchers::any()).respond_with(unmatched());
            rest.with_priority(u8::MAX).mount(&server).await;
            server
        };
        self.0.get_or_init(start).await
    }

    /// Sends a request to the mocks, as it came.
    pub(crate) async fn respond(&self, target: &Uri, request: &Request) -> MockResponse {
        let Some(server) = self.0.get() else { return MockResponse::Unmatched };
        match send(*server.address(), target, request).await {
            Err(_) => MockResponse::Closed,
            Ok(response) if response.headers().contains_key(UNMATCHED) => MockResponse::Unmatched,
            Ok(response) => MockResponse::Response(response),
        }
    }

    /// Stops the mocks, and returns what wiremock says when they do not meet their expectations. In a test that fails
    /// anyway they need not.
    pub(crate) fn verify(self, failing: bool) -> Result<(), String> {
        let Some(server) = self.0.into_inner() else { return Ok(()) };
        if failing {
            server.reset().now_or_never();
        }
        // wiremock blocks on a lock, which could wait forever on the thread of a task that has used up its turn.
        let Err(panic) = std::thread::spawn(move || drop(server)).join() else { return Ok(()) };
        let message = panic.downcast::<String>().map(|message| *message).unwrap_or_default();
        // What follows is advice on a server that the test does not have.
        let message = message.split("Enable request recording").next().unwrap_or_default();
        Err(message.trim_end().to_owned())
    }
}

async fn send(
    address: SocketAddr,
    target: &Uri,
    request: &Request,
) -> Result<Response<Full<Bytes>>, Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut copy = http::Request::new(Full::new(request.body.clone()));
    *copy.method_mut() = request.method.clone();
    *copy.uri_mut() = target.clone();
    *copy.headers_mut() = request.headers.clone();
    let (head, body) = sender.send_request(copy).await?.into_parts();
    Ok(Response::from_parts(head, Full::new(body.collect().await?.to_bytes())))
}
