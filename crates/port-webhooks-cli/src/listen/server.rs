//! Takes deliveries over HTTP/1.1, verifies them, and passes them on.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use port_webhooks_receiver::Verifier;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

use super::report::{Forwarded, Report, Verdict};
use crate::clock;
use crate::post::Target;
use crate::signals::Interrupt;

/// Connections that are served at once; more wait.
const CONNECTIONS: u32 = 64;
/// How long a sender may take for its head, and again for its body.
const PATIENCE: Duration = Duration::from_secs(30);
/// What belongs to one connection, and is created again for the next.
const OF_THE_CONNECTION: [HeaderName; 8] =
    [CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// What deliveries are received with.
pub(crate) struct Receiver {
    /// None: nothing is verified.
    pub(crate) verifier: Option<Verifier>,
    pub(crate) secrets: usize,
    pub(crate) max_body: usize,
    pub(crate) forward_to: Option<Target>,
    pub(crate) messages: mpsc::Sender<Message>,
    pub(crate) interrupt: Interrupt,
}

/// What is told to whoever shows deliveries.
pub(crate) enum Message {
    Came(Box<Report>),
    /// Nothing more is to be shown.
    End,
}

/// Serves until somebody interrupts, and then until what is under way has its answer.
pub(crate) async fn serve(listener: TcpListener, receiver: Receiver) {
    let interrupt = receiver.interrupt.clone();
    let receiver = Arc::new(receiver);
    let places = Arc::new(Semaphore::new(CONNECTIONS as usize));
    loop {
        let coming = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, coming) = tokio::select! {
            biased;
            () = interrupt.wait() => break,
            coming = coming => coming,
        };
        // A connection that cannot be taken is its sender's loss.
        let (Ok(place), Ok((stream, _))) = (place, coming) else { continue };
        let (receiver, interrupt) = (Arc::clone(&receiver), interrupt.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let receiver = Arc::clone(&receiver);
                async move { Ok::<_, Infallible>(receiver.receive(request).await) }
            });
            let mut server = http1::Builder::new();
            server.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
            let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
            tokio::select! {
                _ = &mut connection => {}
                () = interrupt.wait() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
            drop(place);
        });
    }
    drop(listener);
    // The last connection gives the last place back.
    let _ = places.acquire_many(CONNECTIONS).await;
}

impl Receiver {
    async fn receive(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        let mut report = Report {
            at: clock::timestamp(),
            method: head.method,
            path,
            headers: head.headers,
            body: Bytes::new(),
            verdict: Verdict::NotVerified,
            answered: StatusCode::NO_CONTENT,
            forwarded: Forwarded::No,
        };
        let answer = self.answer(&mut report, body).await;
        report.answered = answer.status();
        // Whoever reads these has gone when the command ends.
        let message = Message::Came(Box::new(report));
        tokio::select! {
            biased;
            place = self.messages.reserve() => {
                if let Ok(place) = place {
                    place.send(message);
                }
            }
            // A reader who pauses holds nobody up who wants to stop.
            () = self.interrupt.wait() => {}
        }
        answer
    }

    async fn answer(&self, report: &mut Report, body: Incoming) -> Response<Full<Bytes>> {
        let mut refuse = |status, why: String| {
            report.verdict = Verdict::Refused(why);
            empty(status)
        };
        if report.method != Method::POST {
            let mut answer = refuse(StatusCode::METHOD_NOT_ALLOWED, "not a POST".to_owned());
            answer.headers_mut().insert(http::header::ALLOW, HeaderValue::from_static("POST"));
            return answer;
        }
        let body = match timeout(PATIENCE, Limited::new(body, self.max_body).collect()).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                let why = format!("the body is larger than {} bytes", self.max_body);
                return refuse(StatusCode::PAYLOAD_TOO_LARGE, why);
            }
            Ok(Err(_)) => return refuse(StatusCode::BAD_REQUEST, "the body ended early".to_owned()),
            Err(_) => {
                return refuse(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time".to_owned());
            }
        };
        report.body = body.clone();
        if let Some(verifier) = &self.verifier {
            report.verdict = match verifier.verify(&report.headers, &body) {
                Ok(verified) => Verdict::Verified { secret: verified.secret_index(), of: self.secrets },
                Err(error) => {
                    report.verdict = Verdict::Refused(error.to_string());
                    return empty(StatusCode::UNAUTHORIZED);
                }
            };
        }
        match &self.forward_to {
            None => empty(StatusCode::NO_CONTENT),
            Some(target) => forward(target, report, body).await,
        }
    }
}

/// Passes a delivery on, its bytes and its headers as they came, and its answer back.
async fn forward(target: &Target, report: &mut Report, body: Bytes) -> Response<Full<Bytes>> {
    match target.post(without_connection(&report.headers), body).await {
        Ok(answer) => {
            report.forwarded =
                Forwarded::Answered { status: answer.status, milliseconds: answer.milliseconds };
            let mut response = Response::new(Full::new(answer.body));
            *response.status_mut() = answer.status;
            // What tells how to read the body.
            for name in [CONTENT_TYPE, CONTENT_ENCODING] {
                if let Some(value) = answer.headers.get(&name) {
                    response.headers_mut().insert(name, value.clone());
                }
            }
            response
        }
        Err(failure) => {
            report.forwarded = Forwarded::Failed(failure.what().to_owned());
            empty(StatusCode::BAD_GATEWAY)
        }
    }
}

/// The headers without those that belong to one connection, also by what `connection` says.
fn without_connection(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    let named = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    for name in named.flat_map(|names| names.split(',')).map(str::trim) {
        kept.remove(name);
    }
    for name in OF_THE_CONNECTION {
        kept.remove(name);
    }
    kept.remove("keep-alive");
    kept
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
