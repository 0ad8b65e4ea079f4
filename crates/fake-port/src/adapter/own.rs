//! The fake under a server of its own on hyper: it holds on to nothing, and takes a connection over from
//! hyper where a fault asks for what HTTP does not allow.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::{error, fmt, io};

use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::accept::accept;
use crate::admin;
use crate::core::{self, Verdict};
use crate::fault::{Act, broken_script};
use crate::reply::Answer;
use crate::request::Request;
use crate::script::{Recorder, Script, play};
use crate::shared::Shared;
use crate::traffic::{Counted, Traffic};

/// As much of a body is read, so that a client that sends too much still gets its answer.
const READ: usize = 64 * 1024 * 1024;

pub(crate) struct Server {
    traffic: Arc<Traffic>,
    /// Ends with the server.
    _tasks: JoinSet<Infallible>,
}

impl Server {
    pub(crate) fn start(shared: Shared, listener: TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let traffic = Arc::new(Traffic::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(serve_all(listener, shared, Arc::clone(&traffic)));
        Ok(Self { traffic, _tasks: tasks })
    }

    pub(crate) fn traffic(&self) -> &Traffic {
        &self.traffic
    }
}

async fn serve_all(listener: tokio::net::TcpListener, shared: Shared, traffic: Arc<Traffic>) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            stream = accept(&listener) => {
                let stream = Counted::new(stream, Arc::clone(&traffic));
                connections.spawn(serve(stream, shared.clone(), Arc::clone(&traffic)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: Counted, shared: Shared, traffic: Arc<Traffic>) {
    let script = Arc::new(Mutex::new(None));
    let admin = shared.state().settings.admin;
    let service = service_fn(|request| {
        Box::pin(respond(request, shared.clone(), Arc::clone(&traffic), admin, Arc::clone(&script)))
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // An error is a peer that left, or the end that a fault asked for.
    let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let script = script.lock().unwrap_or_else(PoisonError::into_inner).take();
    let stream: TcpStream = connection.into_parts().io.into_inner().into_inner();
    if let Some(script) = script {
        let requests = Mutex::default();
        play(&script, stream, Recorder { sent: &traffic.sent, requests: &requests }).await;
    }
}

/// Answers, or puts down what to do with the connection and gives it up.
async fn respond(
    request: http::Request<Incoming>,
    shared: Shared,
    traffic: Arc<Traffic>,
    admin: bool,
    script: Arc<Mutex<Option<Script>>>,
) -> Result<Response<Full<Bytes>>, GivenUp> {
    let is_admin = admin && admin::serves(request.uri().path());
    // A byte more than is taken, so that what is longer is refused.
    let keep = if is_admin { admin::BODY_LIMIT } else { core::BODY_LIMIT } + 1;
    let request = receive(request, keep).await?;
    if is_admin {
        return Ok(response(admin::answer(&shared, &traffic, &request).await));
    }
    let Verdict { wait, act } = shared.answer(request);
    if !wait.is_zero() {
        // A delay is meant to be felt on the other side of a socket.
        #[allow(clippy::disallowed_methods)]
        tokio::time::sleep(wait).await;
    }
    let take_over = match act {
        Act::Answer(answer) => return Ok(response(answer)),
        Act::Close => Script::new(),
        Act::Hang => Script::new().hang(),
        Act::Broken(answer, breakage) => broken_script(&answer, breakage),
        Act::Play(script) => script.after_request(),
    };
    *script.lock().unwrap_or_else(PoisonError::into_inner) = Some(take_over);
    Err(GivenUp)
}

async fn receive(request: http::Request<Incoming>, keep: usize) -> Result<Request, GivenUp> {
    let (head, mut incoming) = request.into_parts();
    let (mut body, mut read) = (BytesMut::new(), 0);
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame.map_err(|_| GivenUp)?.into_data() else { continue };
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
        query: query.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
        headers: head.headers,
        body: body.freeze(),
    })
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    for (name, value) in answer.headers {
        // Headers of faults were checked when they were given; those of the core are sound.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// The connection is no longer hyper's.
#[derive(Debug)]
struct GivenUp;

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was given up")
    }
}

impl error::Error for GivenUp {}
