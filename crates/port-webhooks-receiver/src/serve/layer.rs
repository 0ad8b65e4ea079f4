//! The receiver as a tower layer.

use std::borrow::Cow;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower_layer::Layer;
use tower_service::Service;
use tracing::{Instrument, Span, field};

use super::body;
use super::received::Received;
use super::rejection::Rejection;
use crate::replay::{Admission, BoxFuture, Claim, ReplayGuard};
use crate::verify::Verifier;

/// A tower layer that lets through only verified deliveries; with a [guard](Self::replay) each of them once.
///
/// The service finds the [`Received`] in the extensions of its request, and the verified body. Its response is the
/// response to Port. A response of 2xx means that the delivery was handled. After any other response, an error, a panic
/// or a cancelled request a copy of the delivery is let through again. All other requests are answered
/// [without the service](Rejection).
///
/// The layer does not limit how long a sender may take to send a body: the server, or a layer in front of this one,
/// has to.
///
/// Each delivery is a `tracing` span, `port_webhooks_receiver.delivery`, with its outcome.
///
/// ```
/// use std::convert::Infallible;
///
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use port_webhooks_receiver::{Received, ReceiverLayer, ReplayGuard, Signer, Verifier};
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = ServiceBuilder::new()
///     .layer(
///         ReceiverLayer::new(Verifier::body("your-webhook-secret").build()?).replay(ReplayGuard::in_memory()),
///     )
///     .service_fn(|request: Request<Full<Bytes>>| async move {
///         if let Some(received) = request.extensions().get::<Received>() {
///             println!("{:?}", received.delivery().event_name());
///         }
///         Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
///     });
///
/// let body = r#"{"event":"entity.created","data":{"entity":{"identifier":"a"}}}"#;
/// let mut request = Request::new(Full::<Bytes>::from(body));
/// *request.headers_mut() = Signer::body("your-webhook-secret").build()?.sign(body.as_bytes());
/// assert_eq!(service.oneshot(request).await?.status(), 200);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "middleware")]
#[derive(Clone, Debug)]
pub struct ReceiverLayer {
    verifier: Verifier,
    guard: Option<ReplayGuard>,
}

impl ReceiverLayer {
    /// A layer that verifies, and does not detect replays.
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier, guard: None }
    }

    /// Lets each delivery through once, by this guard.
    pub fn replay(mut self, guard: ReplayGuard) -> Self {
        self.guard = Some(guard);
        self
    }

    /// Verifies and admits a request. The claim is `None` without a guard.
    async fn receive<B: Body>(&self, parts: &Parts, body: B) -> Result<(Received, Option<Claim>), Rejection> {
        let body = body::read(body, self.verifier.max_body()).await?;
        let verified = self.verifier.verify(&parts.headers, &body)?;
        let claim = match &self.guard {
            None => None,
            Some(guard) => match guard.admit(&verified).await {
                Ok(Admission::Fresh(claim)) => Some(claim),
                Ok(Admission::InFlight { retry_after }) => return Err(Rejection::InFlight(retry_after)),
                Ok(Admission::Replayed) => return Err(Rejection::Replayed),
                Err(error) => return Err(Rejection::StoreDown(error)),
            },
        };
        let signed_body = match verified.clone().into_body() {
            Cow::Borrowed(_) => body.clone(),
            Cow::Owned(without_white_space) => without_white_space.into(),
        };
        Ok((Received::new(parts, &verified, signed_body), claim))
    }

    /// The span of a delivery. Its outcome is recorded at its end.
    fn span(&self, parts: &Parts) -> Span {
        tracing::info_span!(
            "port_webhooks_receiver.delivery",
            otel.name = "receive delivery",
            http.request.method = %parts.method,
            port.scheme = self.verifier.scheme().as_str(),
            port.outcome = field::Empty,
            http.response.status_code = field::Empty,
            error.r#type = field::Empty,
        )
    }
}

impl<S> Layer<S> for ReceiverLayer {
    type Service = ReceiverService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ReceiverService { layer: self.clone(), inner }
    }
}

/// The service that a [`ReceiverLayer`] makes.
#[derive(Clone, Debug)]
pub struct ReceiverService<S> {
    layer: ReceiverLayer,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for ReceiverService<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    R: Default + Send,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<R>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The clone takes the place of the service that is ready.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        let (mut parts, body) = request.into_parts();
        let span = layer.span(&parts);
        let outcome = span.clone();
        let response = async move {
            let (received, claim) = match layer.receive(&parts, body).await {
                Ok(received) => received,
                Err(rejection) => {
                    rejection.log();
                    record(&outcome, rejection.as_str(), Some(rejection.status().as_u16()));
                    if let Rejection::Unverified(error) = &rejection {
                        outcome.record("error.type", error.kind().as_str());
                    }
                    return Ok(rejection.into_response());
                }
            };
            let body = received.body().clone();
            if parts.headers.contains_key(CONTENT_LENGTH) {
                parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            }
            parts.extensions.insert(received);
            let response = inner.call(Request::from_parts(parts, Full::new(body))).await;
            let status = response.as_ref().ok().map(Response::status);
            if status.is_some_and(|status| status.is_success()) {
                complete(claim).await;
                record(&outcome, "handled", status.map(|status| status.as_u16()));
            } else {
                release(claim).await;
                record(&outcome, "failed", status.map(|status| status.as_u16()));
            }
            response
        };
        Box::pin(response.instrument(span))
    }
}

fn record(span: &Span, outcome: &str, status: Option<u16>) {
    span.record("port.outcome", outcome);
    if let Some(status) = status {
        span.record("http.response.status_code", status);
    }
}

/// The delivery was handled, so the sender gets the response of the handler even when the store fails.
async fn complete(claim: Option<Claim>) {
    if let Some(claim) = claim
        && let Err(error) = claim.complete().await
    {
        tracing::warn!(reason = format!("{error:#}"), "a delivery that was handled is not remembered yet");
    }
}

async fn release(claim: Option<Claim>) {
    if let Some(claim) = claim
        && let Err(error) = claim.release().await
    {
        tracing::warn!(reason = format!("{error:#}"), "a delivery that failed is not released yet");
    }
}
