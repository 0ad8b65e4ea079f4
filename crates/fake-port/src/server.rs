//! The fake's server: HTTP/1.1 on hyper, on its own thread and runtime. It keeps no requests, and takes a
//! connection over from hyper where a fault asks for what HTTP does not allow.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::TcpListener;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::io::{InspectReader, InspectWriter};

use crate::accept::accept;
use crate::access::Access;
use crate::admin;
use crate::engine::{self, Decision, Engine};
use crate::mocks::{MockResponse, Mocks};
use crate::profile::Unverified;
use crate::request::Request;
use crate::response::Rejection;
use crate::script::{Script, play};

/// As much of a body is read, so that a client that sends too much still gets its response.
const READ: usize = 64 * 1024 * 1024;

/// A running server. Once it is dropped, nothing listens and no connection is open.
pub(crate) struct Server {
    /// Is `None` only while it is dropped.
    running: Option<(oneshot::Sender<Infallible>, thread::JoinHandle<()>)>,
}

impl Server {
    /// A runtime for a server. Timers of a runtime whose clock a test has paused would end at once.
    pub(crate) fn runtime() -> io::Result<Runtime> {
        Builder::new_current_thread().enable_io().enable_time().build()
    }

    pub(crate) fn start(runtime: Runtime, listener: TcpListener, served: Served) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = {
            let _context = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("fake-port".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    never = accept_all(listener, served) => match never {},
                }
            });
            // Does not wait for a name that a delivery still looks up.
            runtime.shutdown_background();
        })?;
        Ok(Self { running: Some((stop, thread)) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            // The address is free when this returns.
            let _ = thread.join();
        }
    }
}

/// The fake, and the mocks beside it, which respond to requests.
#[derive(Clone)]
pub(crate) struct Served {
    pub(crate) engine: Engine,
    pub(crate) mocks: Arc<Mocks>,
    pub(crate) access: Arc<Access>,
    pub(crate) admin: bool,
}

async fn accept_all(listener: tokio::net::TcpListener, served: Served) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            stream = accept(&listener) => {
                connections.spawn(serve(stream, served.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: tokio::net::TcpStream, served: Served) {
    let traffic = &served.engine.traffic;
    traffic.connections.fetch_add(1, Ordering::Relaxed);
    let count_received = |bytes: &[u8]| {
        traffic.received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    };
    let count_sent = |bytes: &[u8]| {
        traffic.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    };
    let counted = InspectReader::new(InspectWriter::new(stream, count_sent), count_received);
    let script = Mutex::new(None);
    let service = service_fn(|request| Box::pin(respond(request, &served, &script)));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(counted), service);
    // An error is a peer that left, or the end that a fault asked for.
    let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let stream = connection.into_parts().io.into_inner().into_inner().into_inner();
    let script = script.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(script) = script {
        // An error is a peer that left.
        let _ = play(&script, stream, &traffic.sent, drop).await;
    }
}

/// Responds. An error ends hyper's part of the connection; what else to do with it is in `script`.
async fn respond(
    request: http::Request<Incoming>,
    served: &Served,
    script: &Mutex<Option<Script>>,
) -> io::Result<http::Response<Full<Bytes>>> {
    let Served { engine, mocks, access, admin } = served;
    if let Err(message) = access.check(&request) {
        let rejection = Rejection::new(StatusCode::FORBIDDEN, message);
        return Ok(rejection.into_response(Unverified::default()).map(Full::new));
    }
    let is_admin = *admin && admin::serves(request.uri().path());
    // A byte more is kept, so that a longer body is rejected.
    let keep = if is_admin || mocks.are_mounted() { admin::BODY_LIMIT } else { engine::BODY_LIMIT } + 1;
    let target = request.uri().clone();
    let mut request = receive(request, keep).await?;
    if is_admin {
        return Ok(admin::respond(engine, &request).await.map(Full::new));
    }
    match mocks.respond(&target, &request).await {
        MockResponse::Unmatched => {}
        MockResponse::Response(response) => {
            engine.record_mocked(request, Some(response.status().as_u16()));
            return Ok(response.map(Full::new));
        }
        MockResponse::Closed => {
            engine.record_mocked(request, None);
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
    }
    request.body.truncate(engine::BODY_LIMIT + 1);
    let Decision { wait, cleared, action, accepted } = engine.respond(request);
    if let Some(event) = accepted {
        engine.process(event).await;
    }
    if !wait.is_zero() {
        // A delay is meant to be felt on the other side of a socket.
        #[allow(clippy::disallowed_methods)]
        let delay = tokio::time::sleep(wait);
        tokio::select! {
            () = delay => {}
            () = cleared => {}
        }
    }
    match action.into_response() {
        Ok(response) => return Ok(response.map(Full::new)),
        Err(steps) => *script.lock().unwrap_or_else(PoisonError::into_inner) = Some(steps),
    }
    Err(io::ErrorKind::ConnectionAborted.into())
}

async fn receive(request: http::Request<Incoming>, keep: usize) -> io::Result<Request> {
    let (head, mut incoming) = request.into_parts();
    let (mut body, mut read) = (BytesMut::new(), 0);
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame.map_err(io::Error::other)?.into_data() else { continue };
        read += data.len();
        body.extend_from_slice(&data[..data.len().min(keep - body.len())]);
        if read > READ {
            break;
        }
    }
    let query = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
    Ok(Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: query.into_owned().collect(),
        headers: head.headers,
        body: body.freeze(),
    })
}
