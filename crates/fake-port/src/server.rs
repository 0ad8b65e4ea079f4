//! The fake as tests hold it, and the adapter between the HTTP server and the core.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, thread};

use serde_json::Value;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

use crate::builder::Builder;
use crate::clock::later;
use crate::core;
use crate::reply::JSON;
use crate::request::RecordedRequest;
use crate::state::{SeedError, State};

/// A running fake Port. It stops when it is dropped.
///
/// ```
/// # #[tokio::main]
/// # async fn main() {
/// let port = fake_port::FakePort::start().await;
/// assert!(port.uri().starts_with("http://127.0.0.1:"));
/// # }
/// ```
pub struct FakePort {
    shared: Shared,
    uri: String,
    client_id: String,
    client_secret: String,
    /// Is `None` only while the fake is dropped.
    server: Option<MockServer>,
}

impl FakePort {
    /// Starts a fake of the documented profile on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// When the system has no port to give. [`Builder::start`] returns that as an error instead.
    pub async fn start() -> Self {
        #[allow(clippy::expect_used)] // A test that cannot have its server is over; documented above.
        Self::builder().start().await.expect("no local port for the fake Port")
    }

    /// Begins a fake that differs from the default.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), fake_port::StartError> {
    /// use fake_port::{FakePort, Profile};
    ///
    /// let port = FakePort::builder()
    ///     .profile(Profile::Live)
    ///     .webhook(serde_json::json!({ "identifier": "github", "title": "GitHub", "enabled": true }))
    ///     .start()
    ///     .await?;
    /// assert_eq!(port.webhooks().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Serves a state to whoever connects to the listener.
    pub(crate) async fn serve(state: State, listener: TcpListener) -> Self {
        let (client_id, client_secret) =
            (state.settings.client_id.clone(), state.settings.client_secret.clone());
        let shared = Shared(Arc::new(Mutex::new(state)));
        let server = MockServer::builder().listener(listener).disable_request_recording().start().await;
        Mock::given(matchers::any()).respond_with(shared.clone()).mount(&server).await;
        Self { shared, uri: server.uri(), client_id, client_secret, server: Some(server) }
    }

    /// The base URL, without a slash at the end: `http://127.0.0.1:4010`.
    pub fn uri(&self) -> String {
        self.uri.clone()
    }

    /// The client id that the token route takes.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The client secret that the token route takes.
    pub fn client_secret(&self) -> &str {
        &self.client_secret
    }

    /// Stores a webhook as if it had always been there.
    ///
    /// A seed is not held to the rules of a request: fields and events that the fake would refuse are kept,
    /// which is how to see whether a client reads and keeps them too. `enabled`, the times and whatever else
    /// the server sets are added where they are missing.
    ///
    /// # Errors
    ///
    /// When the seed is not an object, or its `identifier` is empty, not a string, taken by another webhook,
    /// or missing (the live profile makes one).
    pub fn seed(&self, webhook: Value) -> Result<(), SeedError> {
        self.seed_all([webhook])
    }

    /// Stores several webhooks like [`seed`](Self::seed): all of them or none.
    ///
    /// # Errors
    ///
    /// When one of them cannot be stored; [`SeedError::index`] tells which.
    pub fn seed_all(&self, webhooks: impl IntoIterator<Item = Value>) -> Result<(), SeedError> {
        // The caller's iterator may call this fake, so it is done before the lock.
        let webhooks: Vec<Value> = webhooks.into_iter().collect();
        self.shared.state().seed(webhooks)
    }

    /// Every stored webhook in creation order.
    pub fn webhooks(&self) -> Vec<Value> {
        self.shared.state().webhooks.iter().cloned().map(Value::Object).collect()
    }

    /// The stored webhook with this identifier.
    pub fn webhook(&self, identifier: &str) -> Option<Value> {
        let state = self.shared.state();
        let at = state.position(identifier)?;
        Some(Value::Object(state.webhooks[at].clone()))
    }

    /// Every request since the start or the last [`clear_requests`](Self::clear_requests), oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.state().requests.clone()
    }

    /// Forgets the recorded requests. Webhooks and tokens stay.
    pub fn clear_requests(&self) {
        self.shared.state().requests.clear();
    }

    /// Ends every token there is, as if its time had passed.
    pub fn expire_tokens(&self) {
        let mut state = self.shared.state();
        let now = state.clock.now();
        state.tokens.expire(now);
    }

    /// Takes every token back before its time.
    pub fn revoke_tokens(&self) {
        self.shared.state().tokens.revoke();
    }

    /// How many requests to the token route succeeded.
    pub fn tokens_issued(&self) -> usize {
        self.shared.state().tokens.granted()
    }

    /// A valid token without a request, for a client that is given a token. It is not counted by
    /// [`tokens_issued`](Self::tokens_issued).
    pub fn issue_token(&self) -> String {
        let mut state = self.shared.state();
        let end = later(state.clock.now(), state.settings.token_lifetime);
        state.tokens.make(end)
    }

    /// Moves the fake's clock forward: tokens age, and timestamps are later.
    pub fn advance(&self, by: Duration) {
        self.shared.state().clock.advance(by);
    }
}

impl fmt::Debug for FakePort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakePort").field("uri", &self.uri).finish_non_exhaustive()
    }
}

impl Drop for FakePort {
    fn drop(&mut self) {
        // The server waits for its own lock when it is dropped. On a thread of a tokio task that has used up
        // its turn this would wait forever; on a thread of its own it does not.
        let server = self.server.take();
        if let Ok(stopping) = thread::Builder::new().spawn(move || drop(server)) {
            let _ = stopping.join();
        }
    }
}

/// The state, shared by the handle and the server. As a responder it is the whole adapter.
#[derive(Clone)]
struct Shared(Arc<Mutex<State>>);

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Respond for Shared {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let query = request.url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned()));
        let request = RecordedRequest::new(
            request.method.clone(),
            request.url.path().to_owned(),
            query.collect(),
            request.headers.clone(),
            request.body.clone(),
        );
        let reply = core::answer(&mut self.state(), request);
        let body = reply.body.to_string().into_bytes();
        let template = ResponseTemplate::new(reply.status).set_body_raw(body, JSON);
        reply
            .headers
            .into_iter()
            .fold(template, |template, (name, value)| template.insert_header(name, value))
    }
}
