//! Receives deliveries over HTTP/1.1, verifies them, and forwards them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, on};
use axum::{Extension, Router};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use port_webhooks_receiver::{Received, ReceiverLayer, Rejection, Verifier};
use tokio::net::TcpListener;
use tokio::sync::{RwLock, mpsc};
use tokio::time::timeout;

use super::forward::forward;
use super::report::{Forwarded, Report, Verdict};
use crate::clock;
use crate::failure::Result;
use crate::mask::MASK;
use crate::post::Target;
use crate::signals::Interrupt;

/// How long a sender may take for the head of a request, and how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(30);
/// How long a sender may take for a body.
const BODY: Duration = Duration::from_secs(30);
/// How long the last responses may take to be written at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The settings of the server.
pub(crate) struct Receiver {
    /// `None`: deliveries are not verified.
    pub(crate) verifier: Option<Verifier>,
    pub(crate) secrets: usize,
    pub(crate) max_body: usize,
    pub(crate) forward_to: Option<Target>,
    pub(crate) messages: mpsc::Sender<Message>,
    pub(crate) interrupt: Interrupt,
    /// Each delivery under way holds a read lock.
    pub(crate) under_way: RwLock<()>,
}

/// A delivery to show; `None` when there are no more.
pub(crate) type Message = Option<Box<Report>>;

/// The body as it arrived. That of the agent is verified in another form.
#[derive(Clone)]
struct Arrived(Bytes);

/// Serves until a signal arrives, and then until each delivery under way has its response.
pub(crate) async fn serve(mut listener: TcpListener, receiver: Receiver) -> Result<()> {
    let receiver = Arc::new(receiver);
    let app = TowerToHyperService::new(app(&receiver));
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
        tokio::spawn(connections.watch(server.serve_connection(TokioIo::new(stream), app.clone())));
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

fn app(receiver: &Arc<Receiver>) -> Router {
    let methods = MethodFilter::GET
        .or(MethodFilter::POST)
        .or(MethodFilter::PUT)
        .or(MethodFilter::PATCH)
        .or(MethodFilter::DELETE);
    let mut route = on(methods, deliver);
    if let Some(verifier) = &receiver.verifier {
        route = route.route_layer(ReceiverLayer::new(verifier.clone()));
    }
    Router::new()
        .fallback_service(route.with_state(Arc::clone(receiver)))
        .layer(from_fn_with_state(Arc::clone(receiver), report))
}

/// Handles requests that passed verification, or all of them if there is none.
async fn deliver(
    State(receiver): State<Arc<Receiver>>,
    verified: Option<Extension<Received>>,
    Extension(Arrived(body)): Extension<Arrived>,
    request: Request,
) -> Response {
    let mut response = match &receiver.forward_to {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(target) => forward(target, request, body, &receiver.interrupt).await,
    };
    let verdict = verified.map_or(Verdict::NotVerified, |Extension(verified)| Verdict::Verified {
        secret: verified.secret_index(),
        secrets: receiver.secrets,
    });
    response.extensions_mut().insert(verdict);
    response
}

/// Reports each request with its response.
async fn report(State(receiver): State<Arc<Receiver>>, request: Request, next: Next) -> Response {
    let _under_way = receiver.under_way.read().await;
    let at = clock::timestamp();
    let (mut head, body) = request.into_parts();
    // A query may be a token.
    let query = head.uri.query().map_or_else(String::new, |_| format!("?{MASK}"));
    let path = format!("{}{query}", head.uri.path());
    let (method, headers) = (head.method.clone(), head.headers.clone());
    let (mut response, body) = match receive(body, receiver.max_body).await {
        Ok(body) => {
            head.extensions.insert(Arrived(body.clone()));
            (next.run(Request::from_parts(head, Body::from(body.clone()))).await, body)
        }
        Err((status, reason)) => {
            ((status, Extension(Verdict::Refused { reason })).into_response(), Bytes::new())
        }
    };
    let forwarded = response.extensions_mut().remove::<Forwarded>();
    let report = Report {
        at,
        method,
        path,
        headers,
        body,
        verdict: verdict(&response),
        answered: response.status(),
        forwarded,
    };
    tokio::select! {
        biased;
        place = receiver.messages.reserve() => {
            // The channel is closed when the command is ending.
            if let Ok(place) = place {
                place.send(Some(Box::new(report)));
            }
        }
        // A paused reader does not delay the end.
        () = receiver.interrupt.wait() => {}
    }
    response
}

async fn receive(body: Body, max_body: usize) -> Result<Bytes, (StatusCode, String)> {
    match timeout(BODY, Limited::new(body, max_body).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err((StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {max_body} bytes")))
        }
        Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, "the body ended early".to_owned())),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time".to_owned())),
    }
}

fn verdict(response: &Response) -> Verdict {
    if let Some(verdict) = response.extensions().get::<Verdict>() {
        return verdict.clone();
    }
    let reason = match response.extensions().get::<Rejection>() {
        Some(Rejection::Unverified(error)) => error.to_string(),
        Some(rejection) => rejection.to_string(),
        // The route itself rejected it.
        None => "the method is not GET, POST, PUT, PATCH or DELETE".to_owned(),
    };
    Verdict::Refused { reason }
}
