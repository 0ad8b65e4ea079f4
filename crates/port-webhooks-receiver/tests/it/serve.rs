//! The layer, the extractor and the router, asked without a network.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Extension, Router};
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use port_webhooks_receiver::{
    Event, MemoryStore, OnStoreError, Received, ReceiverLayer, Rejection, ReplayGuard, ReplayKey,
    ReplayStore, Reservation, ReservationId, Signer, StoreError, Verifier, VerifyErrorKind,
};
use tokio::sync::{Notify, Semaphore};
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{Down, TestClock, from_base64, to_hex};

const SECRET: &str = "s3cret";
const NOW: u64 = 1_700_000_000;

fn verifier() -> Verifier {
    Verifier::body(SECRET).max_body(1000).build().unwrap()
}

fn request(body: &str) -> Request<axum::body::Body> {
    let mut request = Request::post("/port").body(axum::body::Body::from(body.to_owned())).unwrap();
    request.headers_mut().extend(Signer::body(SECRET).build().unwrap().sign(body.as_bytes()));
    request
}

async fn ask(app: &Router, request: Request<axum::body::Body>) -> Response<axum::body::Body> {
    app.clone().oneshot(request).await.unwrap()
}

/// Counts its calls, and answers with a given status.
#[derive(Clone, Default)]
struct Handler {
    calls: Arc<AtomicUsize>,
    answers: Arc<Mutex<Vec<StatusCode>>>,
}

impl Handler {
    fn answering(answers: impl IntoIterator<Item = StatusCode>) -> Self {
        let mut answers: Vec<StatusCode> = answers.into_iter().collect();
        answers.reverse();
        Self { answers: Arc::new(Mutex::new(answers)), ..Self::default() }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn app(&self, layer: ReceiverLayer) -> Router {
        let handler = self.clone();
        layer.router("/port", move |_: Received| async move {
            handler.calls.fetch_add(1, Ordering::SeqCst);
            handler.answers.lock().unwrap().pop().unwrap_or(StatusCode::OK)
        })
    }
}

#[tokio::test]
async fn a_handler_gets_the_typed_delivery_and_its_bytes() {
    let seen = Arc::new(Mutex::new(None));
    let app = ReceiverLayer::new(verifier()).router("/port", {
        let seen = Arc::clone(&seen);
        move |delivery: Received| async move {
            let Event::EntityCreated(entity) = delivery.delivery().event() else { panic!("{delivery:?}") };
            *seen.lock().unwrap() = Some((entity.identifier.clone(), delivery.body().clone()));
            StatusCode::NO_CONTENT
        }
    });
    let body = r#"{"event":"entity.created",  "data":{"entity":{"identifier":"a"}}}"#;
    assert_eq!(ask(&app, request(body)).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(*seen.lock().unwrap(), Some((Some("a".to_owned()), Bytes::from(body))));
}

/// Whatever is wrong with a signature, the answers cannot be told apart.
#[tokio::test]
async fn every_failure_to_verify_is_one_opaque_401() {
    let handler = Handler::default();
    let app = handler.app(ReceiverLayer::new(verifier()).replay(ReplayGuard::in_memory()));
    let good = request("{}");
    let with = |value: &'static str| {
        let mut request = request("{}");
        request.headers_mut().insert("x-port-signature", value.parse().unwrap());
        request
    };
    let mut twice = request("{}");
    twice.headers_mut().append("x-port-signature", good.headers()["x-port-signature"].clone());
    let mut other_body = request("{ }");
    *other_body.headers_mut() = good.headers().clone();
    let zeros = "sha256=0000000000000000000000000000000000000000000000000000000000000000";
    let requests = [
        (Request::post("/port").body(axum::body::Body::from("{}")).unwrap(), VerifyErrorKind::MissingHeader),
        (twice, VerifyErrorKind::DuplicateHeader),
        (with("nonsense"), VerifyErrorKind::MalformedHeader),
        (with("sha1=00"), VerifyErrorKind::UnsupportedAlgorithm),
        (with(zeros), VerifyErrorKind::InvalidSignature),
        (other_body, VerifyErrorKind::InvalidSignature),
    ];
    for (request, expected) in requests {
        let response = ask(&app, request).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        // The operator can tell.
        let rejection: &Rejection = response.extensions().get().unwrap();
        assert!(
            matches!(rejection, Rejection::Unverified(error) if error.kind() == expected),
            "{rejection:?}"
        );
        let headers = response.headers().clone();
        assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
        assert!(headers.keys().all(|name| name == "content-length"), "{headers:?}");
    }
    assert_eq!(handler.calls(), 0);
}

#[tokio::test]
async fn any_signed_body_is_handled_once() {
    let handler = Handler::default();
    let app = handler.app(ReceiverLayer::new(verifier()).replay(ReplayGuard::in_memory()));
    let bodies =
        ["", "[]", "{", "null", "5", "\u{feff}", r#"{"event":1}"#, r#"{"a":1,"a":1}"#, r#""\ud800""#];
    for body in bodies.iter().chain(&bodies) {
        assert_eq!(ask(&app, request(body)).await.status(), StatusCode::OK, "{body:?}");
    }
    assert_eq!(handler.calls(), bodies.len());
}

#[tokio::test]
async fn a_replay_is_200_without_the_handler() {
    let handler = Handler::answering([StatusCode::ACCEPTED]);
    let app = handler.app(ReceiverLayer::new(verifier()).replay(ReplayGuard::in_memory()));
    let statuses =
        [ask(&app, request("{}")).await, ask(&app, request("{}")).await, ask(&app, request("{}")).await];
    assert_eq!(
        statuses.map(|response| response.status()),
        [StatusCode::ACCEPTED, StatusCode::OK, StatusCode::OK]
    );
    assert_eq!(handler.calls(), 1);
    // Without a guard each is handled.
    let handler = Handler::default();
    let app = handler.app(ReceiverLayer::new(verifier()));
    ask(&app, request("{}")).await;
    ask(&app, request("{}")).await;
    assert_eq!(handler.calls(), 2);
}

#[tokio::test]
async fn a_handler_that_fails_gives_the_delivery_back() {
    let failures = [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::NOT_FOUND, StatusCode::FOUND];
    let handler = Handler::answering(failures.into_iter().chain([StatusCode::OK]));
    let app = handler.app(ReceiverLayer::new(verifier()).replay(ReplayGuard::in_memory()));
    for expected in failures.into_iter().chain([StatusCode::OK, StatusCode::OK]) {
        assert_eq!(ask(&app, request("{}")).await.status(), expected);
    }
    assert_eq!(handler.calls(), 4, "the last was a replay");
}

#[tokio::test]
async fn one_in_flight_is_409_with_the_time_to_wait() {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    let app = ReceiverLayer::new(verifier()).replay(ReplayGuard::in_memory()).router("/port", {
        let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
        move |_: Received| async move {
            entered.notify_one();
            leave.acquire().await.unwrap().forget();
        }
    });
    let first = tokio::spawn({
        let app = app.clone();
        async move { ask(&app, request("{}")).await.status() }
    });
    entered.notified().await;
    let response = ask(&app, request("{}")).await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    let wait: u64 = response.headers()[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    leave.add_permits(1);
    assert_eq!(first.await.unwrap(), StatusCode::OK);
    assert_eq!(ask(&app, request("{}")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_handler_that_panics_or_is_dropped_gives_the_delivery_back() {
    let entered = Arc::new(Notify::new());
    let calls = Arc::new(AtomicUsize::new(0));
    let app = ReceiverLayer::new(verifier()).replay(ReplayGuard::in_memory()).router("/port", {
        let (entered, calls) = (Arc::clone(&entered), Arc::clone(&calls));
        move |_: Received| async move {
            match calls.fetch_add(1, Ordering::SeqCst) {
                0 => panic!("the handler's own"),
                1 => {
                    entered.notify_one();
                    std::future::pending::<()>().await;
                }
                _ => {}
            }
        }
    });
    let spawn = || {
        let app = app.clone();
        tokio::spawn(async move { ask(&app, request("{}")).await.status() })
    };
    assert!(spawn().await.unwrap_err().is_panic());
    let dropped = spawn();
    entered.notified().await;
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    assert_eq!(spawn().await.unwrap(), StatusCode::OK);
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

/// A body that counts how much of it was taken.
struct Counted {
    pieces: usize,
    told: bool,
    taken: Arc<AtomicUsize>,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.pieces == 0 {
            return Poll::Ready(None);
        }
        self.pieces -= 1;
        self.taken.fetch_add(100, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 100])))))
    }

    fn size_hint(&self) -> SizeHint {
        if self.told { SizeHint::with_exact(100 * self.pieces as u64) } else { SizeHint::default() }
    }
}

#[tokio::test]
async fn too_large_body_is_413_and_reading_stops_at_the_limit() {
    let service = ReceiverLayer::new(verifier()).layer(service_fn(|_: Request<Full<Bytes>>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    for (pieces, told, status, most) in [
        (11, true, StatusCode::PAYLOAD_TOO_LARGE, 0),
        (1_000_000, false, StatusCode::PAYLOAD_TOO_LARGE, 1_100),
        (10, false, StatusCode::UNAUTHORIZED, 1_000),
        (10, true, StatusCode::UNAUTHORIZED, 1_000),
    ] {
        let taken = Arc::new(AtomicUsize::new(0));
        let body = Counted { pieces, told, taken: Arc::clone(&taken) };
        let response = service.clone().oneshot(Request::new(body)).await.unwrap();
        assert_eq!((response.status(), taken.load(Ordering::SeqCst)), (status, most), "{pieces} {told}");
    }
}

#[tokio::test]
async fn a_body_in_pieces_is_one_and_one_that_breaks_off_is_400() {
    let stream = |pieces: Vec<Result<&'static str, &'static str>>| {
        let pieces = pieces.into_iter().map(|piece| piece.map(Bytes::from).map_err(std::io::Error::other));
        axum::body::Body::from_stream(futures_util::stream::iter(pieces))
    };
    let app = Handler::default().app(ReceiverLayer::new(verifier()));
    let headers = request(r#"{"a":"bcd"}"#).headers().clone();
    let mut whole = request("");
    *whole.headers_mut() = headers.clone();
    *whole.body_mut() = stream(vec![Ok(""), Ok(r#"{"a""#), Ok(""), Ok(r#":"b"#), Ok(r#"cd"}"#)]);
    assert_eq!(ask(&app, whole).await.status(), StatusCode::OK);
    let mut broken = request("");
    *broken.headers_mut() = headers;
    *broken.body_mut() = stream(vec![Ok(r#"{"a":"bcd"}"#), Err("reset")]);
    assert_eq!(ask(&app, broken).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_store_that_is_down_is_503_or_lets_through() {
    let handler = Handler::default();
    let app = handler.app(ReceiverLayer::new(verifier()).replay(ReplayGuard::new(Down("down"))));
    let response = ask(&app, request("{}")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(matches!(response.extensions().get(), Some(Rejection::StoreDown(_))));
    assert_eq!(handler.calls(), 0);
    // It is asked only about what is verified.
    let unsigned = Request::post("/port").body(axum::body::Body::from("{}")).unwrap();
    assert_eq!(ask(&app, unsigned).await.status(), StatusCode::UNAUTHORIZED);

    let app = handler.app(
        ReceiverLayer::new(verifier())
            .replay(ReplayGuard::new(Down("down")).on_store_error(OnStoreError::LetThrough)),
    );
    assert_eq!(ask(&app, request("{}")).await.status(), StatusCode::OK);
    assert_eq!(handler.calls(), 1);
}

/// Takes long to remember.
#[derive(Debug)]
struct Slow {
    inner: MemoryStore,
    completing: Arc<Notify>,
    calls: AtomicUsize,
}

impl ReplayStore for Slow {
    async fn reserve(
        &self,
        key: &ReplayKey,
        id: ReservationId,
        lasts: Duration,
    ) -> Result<Reservation, StoreError> {
        ReplayStore::reserve(&self.inner, key, id, lasts).await
    }

    async fn complete(&self, key: &ReplayKey, lasts: Duration) -> Result<(), StoreError> {
        if self.calls.fetch_add(1, Ordering::SeqCst) == 0 {
            self.completing.notify_one();
            std::future::pending::<()>().await;
        }
        ReplayStore::complete(&self.inner, key, lasts).await
    }

    async fn release(&self, key: &ReplayKey, id: ReservationId) -> Result<(), StoreError> {
        ReplayStore::release(&self.inner, key, id).await
    }
}

#[tokio::test]
async fn handled_delivery_is_remembered_when_the_sender_disconnects() {
    let completing = Arc::new(Notify::new());
    let store =
        Slow { inner: MemoryStore::new(), completing: Arc::clone(&completing), calls: AtomicUsize::new(0) };
    let handler = Handler::default();
    let app = handler.app(ReceiverLayer::new(verifier()).replay(ReplayGuard::new(store)));
    let gone = tokio::spawn({
        let app = app.clone();
        async move { ask(&app, request("{}")).await.status() }
    });
    completing.notified().await;
    gone.abort();
    assert!(gone.await.is_err());
    assert_eq!(ask(&app, request("{}")).await.status(), StatusCode::OK);
    assert_eq!(handler.calls(), 1);
}

#[tokio::test]
async fn extractor_without_the_layer_is_500_and_never_a_delivery() {
    let handler = |_: Received| async { "handled" };
    let app = Router::new().route("/port", post(handler)).with_state(());
    let response = ask(&app, request("{}")).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(matches!(response.extensions().get(), Some(Rejection::MissingLayer)));
    assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
    let app = Router::new().route("/port", post(handler).layer(ReceiverLayer::new(verifier())));
    assert_eq!(ask(&app, request("{}")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn handler_with_a_state_is_put_behind_the_layer() {
    let app = Router::new()
        .route("/port", post(|State(name): State<&'static str>, _: Received| async move { name }))
        .layer(ReceiverLayer::new(verifier()))
        .with_state("state");
    let response = ask(&app, request("{}")).await;
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "state");
}

#[tokio::test]
async fn handler_is_tested_without_a_signature() {
    let app: Router = Router::new().route(
        "/port",
        post(|received: Received| async move {
            assert_eq!(received.unsigned_run_id(), Some("r_2"));
            format!("{} {}", received.method(), received.delivery().run_id().unwrap_or_default())
        }),
    );
    let received = Received::for_tests(r#"{"context":{"runId":"r_1"}}"#)
        .with_method(http::Method::PUT)
        .with_unsigned_run_id("r_2");
    let mut unsigned = Request::post("/port").body(axum::body::Body::empty()).unwrap();
    unsigned.extensions_mut().insert(received);
    let response = ask(&app, unsigned).await;
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "PUT r_1");
}

#[tokio::test]
async fn agent_body_arrives_without_white_space() {
    let verifier = Verifier::timestamped(SECRET).agent(true).build().unwrap();
    let app: Router = Router::new().route(
        "/port",
        post(|headers: http::HeaderMap, body: String| async move {
            format!("{} {body}", headers["content-length"].to_str().unwrap())
        })
        .layer(ReceiverLayer::new(verifier)),
    );
    let mut agent = Request::post("/port").body(axum::body::Body::from(r#"{"a": [1, " "]}"#)).unwrap();
    *agent.headers_mut() = Signer::timestamped(SECRET).build().unwrap().sign(br#"{"a":[1," "]}"#);
    agent.headers_mut().insert("content-length", "15".parse().unwrap());
    let response = ask(&app, agent).await;
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), r#"13 {"a":[1," "]}"#);
}

#[tokio::test]
async fn idempotency_key_is_the_same_for_copies_alone() {
    let keys = Arc::new(Mutex::new(Vec::new()));
    let verifier = Verifier::timestamped("new").secret("old").clock(TestClock::at(NOW)).build().unwrap();
    let app = ReceiverLayer::new(verifier).router("/port", {
        let keys = Arc::clone(&keys);
        move |received: Received| async move {
            keys.lock().unwrap().push(received.idempotency_key().to_owned());
        }
    });
    for (secret, time, body) in
        [("new", NOW, "a"), ("old", NOW, "a"), ("new", NOW + 1, "a"), ("new", NOW, "b")]
    {
        let mut request = Request::post("/port").body(axum::body::Body::from(body)).unwrap();
        let signer = Signer::timestamped(secret).build().unwrap();
        *request.headers_mut() = signer.sign_at(Duration::from_secs(time), body.as_bytes());
        assert_eq!(ask(&app, request).await.status(), StatusCode::OK);
    }
    let keys = keys.lock().unwrap();
    assert_eq!(keys[0], keys[1]);
    assert_eq!(keys.iter().collect::<std::collections::HashSet<_>>().len(), 3);
    // Users keep it in databases: a later version must not change it. SHA-256 of 0x02 and "1700000000.a".
    assert_eq!(keys[0], "9b58da50f3d26394adcd242985bb923e237ecc9fd6b81c790251cab889342a60");
    let signature = Signer::timestamped("new").build().unwrap().sign_at(Duration::from_secs(NOW), b"a");
    let mac = signature["x-port-signature"].to_str().unwrap().strip_prefix("v1,").unwrap();
    assert_ne!(keys[0], to_hex(&from_base64(mac)));
}

#[tokio::test]
async fn layer_puts_the_delivery_into_the_extensions() {
    let app: Router = Router::new()
        .route(
            "/port",
            post(|Extension(delivery): Extension<Received>, body: String| async move {
                assert_eq!(delivery.body(), body.as_bytes(), "and the body is there as it came");
            }),
        )
        .route_layer(ReceiverLayer::new(verifier()).replay(ReplayGuard::in_memory()));
    assert_eq!(ask(&app, request("{}")).await.status(), StatusCode::OK);
    let mut unsigned = request("{}");
    unsigned.headers_mut().clear();
    assert_eq!(ask(&app, unsigned).await.status(), StatusCode::UNAUTHORIZED);
}

/// What `tracing` writes while requests are answered: events, and spans when they close.
fn logged(work: impl Future<Output = ()>) -> String {
    use std::io::{self, Write};
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl Write for Log {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(text)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_writer({
            let log = log.clone();
            move || log.clone()
        });
    tracing::subscriber::with_default(subscriber.finish(), || {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work);
    });
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

fn unsigned() -> Request<axum::body::Body> {
    Request::post("/port").body(axum::body::Body::from("{}")).unwrap()
}

#[test]
fn rejection_is_an_event_for_the_operator() {
    let text = logged(async {
        let app =
            Handler::default().app(ReceiverLayer::new(verifier()).replay(ReplayGuard::new(Down("down"))));
        ask(&app, unsigned()).await;
        ask(&app, request("{}")).await;
        ask(&Router::new().route("/port", post(|_: Received| async {})), request("{}")).await;
    });
    assert!(text.contains("header missing (x-port-signature) kind=\"MissingHeader\""), "{text}");
    assert!(text.contains("ERROR") && text.contains("cause=\"down\""), "{text}");
    assert!(text.contains("put a `ReceiverLayer` on the route"), "{text}");
}

#[test]
fn delivery_is_a_span_with_its_outcome() {
    let handler = Handler::answering([StatusCode::NO_CONTENT, StatusCode::BAD_GATEWAY]);
    let text = logged(async {
        let app = handler.app(ReceiverLayer::new(verifier()).replay(ReplayGuard::in_memory()));
        ask(&app, request("{}")).await;
        ask(&app, request("{}")).await;
        ask(&app, request("[]")).await;
        ask(&app, unsigned()).await;
    });
    let spans: Vec<&str> = text.lines().filter(|line| line.contains("close")).collect();
    let outcomes = [("handled", 204), ("replayed", 200), ("failed", 502), ("unverified", 401)];
    assert_eq!(spans.len(), outcomes.len(), "{text}");
    for (span, (outcome, status)) in spans.iter().zip(outcomes) {
        for part in [
            "port_webhooks_receiver.delivery{".to_owned(),
            "http.request.method=POST".to_owned(),
            "port.scheme=\"body\"".to_owned(),
            format!("port.outcome=\"{outcome}\""),
            format!("http.response.status_code={status}"),
        ] {
            assert!(span.contains(&part), "{part}: {span}");
        }
    }
    assert!(spans[3].contains("error.type=\"MissingHeader\""), "{}", spans[3]);
}
