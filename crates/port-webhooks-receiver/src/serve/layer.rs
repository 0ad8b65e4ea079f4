//! The receiver as a tower layer.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower_layer::Layer;
use tower_service::Service;

use super::body;
use super::received::Received;
use super::unhandled::Unhandled;
use crate::replay::{Admission, BoxFuture, Claim, ReplayGuard};
use crate::verify::Verifier;

/// A tower layer that lets through only deliveries that are verified and parsed; with a [guard](Self::replay) each of
/// them once.
///
/// The service finds the [`Received`] in the extensions of its request, and the body as it came. An answer of 2xx
/// means that the delivery was handled. After any other answer, an error, a panic or a cancelled request a copy of
/// the delivery is let through again. All other requests are answered [without the service](Unhandled).
///
/// The layer does not limit how long a sender may take to send a body: the server, or a layer in front of this one,
/// has to.
///
/// ```
/// use std::convert::Infallible;
///
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use port_webhooks_receiver::{Event, Received, ReceiverLayer, ReplayGuard, Signer, Verifier};
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = ServiceBuilder::new()
///     .layer(
///         ReceiverLayer::new(Verifier::body("your-webhook-secret").build()?).replay(ReplayGuard::in_memory()),
///     )
///     .service_fn(|request: Request<Full<Bytes>>| async move {
///         let received: Option<&Received> = request.extensions().get();
///         if let Some(Event::EntityCreated(entity)) = received.map(|received| received.event()) {
///             println!("{:?}", entity.identifier);
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
#[derive(Clone, Debug)]
pub struct ReceiverLayer {
    verifier: Verifier,
    guard: Option<ReplayGuard>,
}

impl ReceiverLayer {
    /// A layer that verifies and parses, and does not detect replays.
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier, guard: None }
    }

    /// Lets each delivery through once, by this guard.
    pub fn replay(mut self, guard: ReplayGuard) -> Self {
        self.guard = Some(guard);
        self
    }

    #[cfg(feature = "axum")]
    pub(super) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The delivery, and the claim on it where there is a guard.
    async fn receive<B: Body>(
        &self,
        headers: &HeaderMap,
        body: B,
    ) -> Result<(Received, Option<Claim>), Unhandled> {
        let body = body::read(body, self.verifier.max_body()).await?;
        let verified = self.verifier.verify(headers, &body)?;
        let claim = match &self.guard {
            None => None,
            Some(guard) => match guard.admit(&verified).await {
                Ok(Admission::Fresh(claim)) => Some(claim),
                Ok(Admission::InFlight { retry_after }) => return Err(Unhandled::InFlight(retry_after)),
                Ok(Admission::Replayed) => return Err(Unhandled::Replayed),
                Err(error) => return Err(Unhandled::StoreDown(error)),
            },
        };
        match Received::new(&verified, &body) {
            Ok(received) => Ok((received, claim)),
            Err(error) => {
                release(claim).await;
                Err(Unhandled::Unparsable(error))
            }
        }
    }
}

/// What a verifier and, without a guard, an extractor do.
#[cfg(feature = "axum")]
pub(super) async fn receive<B: Body>(
    verifier: &Verifier,
    headers: &HeaderMap,
    body: B,
) -> Result<Received, Unhandled> {
    let layer = ReceiverLayer::new(verifier.clone());
    layer.receive(headers, body).await.map(|(received, _)| received)
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
        // The one that is ready goes with the request.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let (received, claim) = match layer.receive(&parts.headers, body).await {
                Ok(received) => received,
                Err(unhandled) => {
                    unhandled.log();
                    return Ok(unhandled.into_response());
                }
            };
            let body = Full::new(received.body().clone());
            parts.extensions.insert(received);
            let response = inner.call(Request::from_parts(parts, body)).await;
            let handled = response.as_ref().is_ok_and(|response| response.status().is_success());
            if handled {
                complete(claim).await;
            } else {
                release(claim).await;
            }
            response
        })
    }
}

/// The delivery was handled, and the sender is told so whether the store can be or not.
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
