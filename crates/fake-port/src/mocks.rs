//! Mocks of the test's own, beside the fake on the same address.
//!
//! They live in a wiremock server, which starts with the first of them. Every request is sent there before the fake
//! looks at it; a marked response says that no mock matched.

use std::cell::RefCell;
use std::error::Error;
use std::net::SocketAddr;
use std::panic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use futures_util::FutureExt;
use http::header::CONTENT_LENGTH;
use http::{StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::call::{Call, NoRoute};
use crate::profile::Unverified;
use crate::request::Request;
use crate::response::{Rejection, Response};

/// The header of the response to a request that no mock matches.
const UNMATCHED: &str = "x-fake-port-unmatched";
/// Mocks of a lower priority, which is a greater number, get only what the fake does not serve.
const PRIORITY: u8 = 100;

/// The response of the mocks to a request.
pub(crate) enum MockResponse {
    /// No mock matches it.
    Unmatched,
    Response(Response),
    /// A mock closes the connection.
    Closed,
}

#[derive(Default)]
pub(crate) struct Mocks {
    server: OnceCell<MockServer>,
    /// How often a mock was mounted. The fake's own mocks of the last time are the ones that match.
    mounted: Arc<AtomicU64>,
    panics: Arc<Panics>,
}

impl Mocks {
    pub(crate) fn are_mounted(&self) -> bool {
        self.server.initialized()
    }

    /// Mounts a mock for as long as the fake runs. wiremock's scoped mocks would not do: it confuses them with others
    /// once it has sorted mocks of several priorities.
    pub(crate) async fn mount(&self, mock: Mock) {
        let start = async || {
            Panics::watch();
            let server = MockServer::builder().disable_request_recording().start().await;
            // Of the mocks of the highest priority the first is asked first.
            let panics = Arc::clone(&self.panics);
            let first = move |_: &wiremock::Request| {
                PANICS.set(Some(Arc::clone(&panics)));
                false
            };
            server
                .register(Mock::given(first).respond_with(ResponseTemplate::new(500)).with_priority(1))
                .await;
            server
        };
        let server = self.server.get_or_init(start).await;
        server.register(mock).await;
        // wiremock asks mocks of the same priority in the order in which they were mounted, and the fake comes last.
        let number = self.mounted.fetch_add(1, Ordering::SeqCst) + 1;
        for (priority, others_too) in [(PRIORITY, false), (u8::MAX, true)] {
            let mounted = Arc::clone(&self.mounted);
            let of_the_fake = move |request: &wiremock::Request| {
                let other = || matches!(Call::of(&request.method, request.url.path()), Err(NoRoute(None)));
                mounted.load(Ordering::SeqCst) == number && (others_too || !other())
            };
            let unmatched = ResponseTemplate::new(404).insert_header(UNMATCHED, "");
            server.register(Mock::given(of_the_fake).respond_with(unmatched).with_priority(priority)).await;
        }
    }

    /// Sends a request to the mocks, as it was received.
    pub(crate) async fn respond(&self, target: &Uri, request: &Request) -> MockResponse {
        let Some(server) = self.server.get() else { return MockResponse::Unmatched };
        match send(*server.address(), target, request).await {
            Ok(response) if response.headers().contains_key(UNMATCHED) => MockResponse::Unmatched,
            Ok(response) => MockResponse::Response(response),
            Err(_) => match self.panics.next() {
                Some(message) => {
                    let rejection = Rejection::new(StatusCode::INTERNAL_SERVER_ERROR, message);
                    MockResponse::Response(rejection.into_response(Unverified::default()))
                }
                None => MockResponse::Closed,
            },
        }
    }

    /// Stops the mocks, and returns what wiremock says when they do not meet their expectations, or the panic of a mock.
    /// In a test that fails anyway they need not meet them.
    pub(crate) fn verify(self, failing: bool) -> Result<(), String> {
        let Some(server) = self.server.into_inner() else { return Ok(()) };
        if failing {
            server.reset().now_or_never();
        }
        // wiremock blocks on a lock, which could wait forever on the thread of a task that has used up its turn.
        let dropped = std::thread::spawn(move || drop(server)).join();
        if let Some(message) = self.panics.log().messages.first().filter(|_| !failing) {
            return Err(message.clone());
        }
        let Err(panic) = dropped else { return Ok(()) };
        let message = panic.downcast::<String>().map(|message| *message).unwrap_or_default();
        // The rest is advice on a server that the test does not have.
        let message = message.split("Enable request recording").next().unwrap_or_default();
        Err(message.trim_end().to_owned())
    }
}

/// The panics in the matchers and responders of the mocks of one fake. wiremock only closes the connection then, like
/// for a mock that is to do so.
#[derive(Default)]
struct Panics(Mutex<PanicLog>);

#[derive(Default)]
struct PanicLog {
    messages: Vec<String>,
    /// How many of them were sent as responses.
    sent: usize,
}

thread_local! {
    /// Set on the threads of wiremock's servers, each of which belongs to one fake.
    static PANICS: RefCell<Option<Arc<Panics>>> = const { RefCell::new(None) };
}

impl Panics {
    /// Has panics reported on threads where [`PANICS`] is set, and everywhere to the hook before.
    fn watch() {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                // A thread that is ending has none any more.
                let _ = PANICS.try_with(|panics| {
                    if let Some(panics) = &*panics.borrow() {
                        panics.log().messages.push(format!("a mock {info}"));
                    }
                });
                before(info);
            }));
        });
    }

    fn log(&self) -> MutexGuard<'_, PanicLog> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The oldest panic that was not sent yet.
    fn next(&self) -> Option<String> {
        let mut log = self.log();
        let message = log.messages.get(log.sent)?.clone();
        log.sent += 1;
        Some(message)
    }
}

async fn send(
    address: SocketAddr,
    target: &Uri,
    request: &Request,
) -> Result<Response, Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut copy = http::Request::new(Full::new(request.body.clone()));
    *copy.method_mut() = request.method.clone();
    *copy.uri_mut() = target.clone();
    *copy.headers_mut() = request.headers.clone();
    // Of a long body not everything was kept.
    if let Some(length) = copy.headers_mut().get_mut(CONTENT_LENGTH) {
        *length = request.body.len().into();
    }
    let (head, body) = sender.send_request(copy).await?.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}
