//! The fake under wiremock, for tests.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use bytes::Bytes;
use wiremock::{Match, Mock, MockServer, Respond, ResponseTemplate, matchers};

use crate::core::Verdict;
use crate::fault::Act;
use crate::request::Request;
use crate::shared::Shared;

/// As good as never.
const HANG: Duration = Duration::from_secs(365 * 24 * 60 * 60);

pub(crate) struct Server {
    /// Is `None` only while it is dropped.
    server: Option<MockServer>,
}

impl Server {
    pub(crate) async fn start(shared: Shared, listener: TcpListener) -> Self {
        let server = MockServer::builder().listener(listener).disable_request_recording().start().await;
        // wiremock asks the mocks in this order, one request at a time. An error belongs to a whole mock, so
        // the first asks the core and matches only what is not to be answered; the second says the rest.
        let responder = Responder { shared, verdict: Arc::default() };
        let closed = Mock::given(responder.clone());
        closed
            .respond_with_err(|_: &wiremock::Request| io::Error::other("closed on purpose"))
            .mount(&server)
            .await;
        Mock::given(matchers::any()).respond_with(responder).mount(&server).await;
        Self { server: Some(server) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server waits for its own lock when it is dropped. On a thread of a tokio task that has used up
        // its turn this would wait forever; on a thread of its own it does not.
        let server = self.server.take();
        if let Ok(stopping) = thread::Builder::new().spawn(move || drop(server)) {
            let _ = stopping.join();
        }
    }
}

/// Hands the verdict on a request from the mock that asked for it to the one that carries it out.
#[derive(Clone)]
struct Responder {
    shared: Shared,
    verdict: Arc<Mutex<Option<Verdict>>>,
}

impl Match for Responder {
    fn matches(&self, request: &wiremock::Request) -> bool {
        let query = request.url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned()));
        let request = Request {
            method: request.method.clone(),
            path: request.url.path().to_owned(),
            query: query.collect(),
            headers: request.headers.clone(),
            body: Bytes::copy_from_slice(&request.body),
        };
        let verdict = self.shared.answer(request);
        let closed = matches!(verdict.act, Act::Close);
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        closed
    }
}

impl Respond for Responder {
    fn respond(&self, _: &wiremock::Request) -> ResponseTemplate {
        let verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Verdict { wait, act: Act::Answer(answer) }) = verdict else {
            // Hanging is all that is left: faults that wiremock cannot play are refused when they are given.
            return ResponseTemplate::new(200).set_delay(HANG);
        };
        let template = ResponseTemplate::new(answer.status).set_body_bytes(answer.body.to_vec());
        let template = answer
            .headers
            .into_iter()
            .fold(template, |template, (name, value)| template.append_header(name, value));
        if wait.is_zero() { template } else { template.set_delay(wait) }
    }
}
