//! Receives deliveries over HTTP/1.1, verifies them, and forwards them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::ALLOW;
use http::request::Parts;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use port_webhooks_receiver::Verifier;
use tokio::net::TcpListener;
use tokio::sync::{RwLock, mpsc};
use tokio::time::timeout;

use super::forward::forward;
use super::report::{Report, Verification};
use crate::clock::{self, Stopwatch};
use crate::failure::Result;
use crate::inspect::Log;
use crate::post::Target;
use crate::signals::Interrupt;

/// How long a sender may take for the head of a request, and how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(30);
const BODY: Duration = Duration::from_secs(30);
/// How long the last responses may take to be written at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

pub(crate) struct Receiver {
    /// `None`: deliveries are not verified.
    pub(crate) verifier: Option<Verifier>,
    pub(crate) secrets: usize,
    pub(crate) max_body: usize,
    pub(crate) forward_to: Option<Target>,
    pub(crate) messages: mpsc::Sender<Message>,
    /// The page that shows deliveries, too.
    pub(crate) inspected: Option<Arc<Log>>,
    pub(crate) interrupt: Interrupt,
    /// Each delivery under way holds a read lock.
    pub(crate) under_way: RwLock<()>,
}

/// A delivery to show; `None` when there are no more.
pub(crate) type Message = Option<Box<Report>>;

/// Serves until a signal arrives, and then until each delivery under way has its response.
pub(crate) async fn serve(mut listener: TcpListener, receiver: Receiver) -> Result<()> {
    let receiver = Arc::new(receiver);
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let connections = GracefulShutdown::new();
    loop {
        let (stream, _) = tokio::select! {
            biased;
            () = receiver.interrupt.wait() => break,
            // Waits when there are too many connections.
            accepted = axum::serve::Listener::accept(&mut listener) => accepted,
        };
        let receiver = Arc::clone(&receiver);
        let service = service_fn(move |request| {
            let receiver = Arc::clone(&receiver);
            async move { Ok::<_, Infallible>(receiver.respond(request).await) }
        });
        tokio::spawn(connections.watch(server.serve_connection(TokioIo::new(stream), service)));
    }
    drop(listener);
    let closing = tokio::spawn(connections.shutdown());
    if receiver.under_way.try_write().is_err() {
        let finished =
            receiver.interrupt.finish("the deliveries under way", receiver.under_way.write()).await;
        let _idle = finished.map_err(|aborted| aborted.advice("their senders got no answer"))?;
    }
    // Do not wait for connections without a request.
    let _ = timeout(LAST_WORDS, closing).await;
    Ok(())
}

impl Receiver {
    async fn respond(&self, request: Request<Incoming>) -> Response {
        let _under_way = self.under_way.read().await;
        let (at, watch) = (clock::timestamp(), Stopwatch::start());
        let (head, body) = request.into_parts();
        let (checked, body, is_whole) = match receive(body, self.max_body).await {
            Ok(body) => (self.check(&head, &body), body, true),
            Err(rejected) => (Err(rejected), Bytes::new(), false),
        };
        let (verification, response, forwarded) = match (checked, &self.forward_to) {
            (Ok(verification), None) => (verification, StatusCode::NO_CONTENT.into_response(), None),
            (Ok(verification), Some(target)) => {
                let (response, forwarded) =
                    forward(target, &head.method, &head.headers, body.clone(), &self.interrupt).await;
                (verification, response, Some(forwarded))
            }
            (Err((StatusCode::METHOD_NOT_ALLOWED, reason)), _) => {
                let allow = METHODS.map(|method| method.to_string()).join(", ");
                let response = (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, allow)]).into_response();
                (Verification::Refused { reason }, response, None)
            }
            (Err((status, reason)), _) => (Verification::Refused { reason }, status.into_response(), None),
        };
        let report = Report {
            at,
            method: head.method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: head.headers,
            body,
            is_whole,
            verification,
            answered: response.status(),
            forwarded,
            milliseconds: watch.milliseconds(),
        };
        if let Some(log) = &self.inspected {
            log.received(&report);
        }
        tokio::select! {
            biased;
            place = self.messages.reserve() => {
                // The channel is closed when the command is ending.
                if let Ok(place) = place {
                    place.send(Some(Box::new(report)));
                }
            }
            // A paused reader does not delay the end.
            () = self.interrupt.wait() => {}
        }
        response
    }

    /// Verifies a delivery, or returns the status and the reason of its rejection.
    fn check(&self, head: &Parts, body: &[u8]) -> Result<Verification, (StatusCode, String)> {
        if !METHODS.contains(&head.method) {
            let reason = "the method is not GET, POST, PUT, PATCH or DELETE".to_owned();
            return Err((StatusCode::METHOD_NOT_ALLOWED, reason));
        }
        let Some(verifier) = &self.verifier else { return Ok(Verification::NotVerified) };
        match verifier.verify(&head.headers, body) {
            Ok(proven) => Ok(Verification::Verified { secret: proven.secret_index(), secrets: self.secrets }),
            Err(error) => Err((StatusCode::UNAUTHORIZED, error.to_string())),
        }
    }
}

async fn receive(body: Incoming, max_body: usize) -> Result<Bytes, (StatusCode, String)> {
    match timeout(BODY, Limited::new(body, max_body).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err((StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {max_body} bytes")))
        }
        Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, "the body ended early".to_owned())),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time".to_owned())),
    }
}
