//! The receiver for axum: an extractor and a router.

use ::axum::extract::FromRequestParts;
use ::axum::handler::Handler;
use ::axum::response::{IntoResponse, Response};
use ::axum::routing::{MethodFilter, on};
use ::axum::{Router, body::Body};
use ::http::request::Parts;

use super::layer::ReceiverLayer;
use super::received::Received;
use super::rejection::Rejection;

/// The methods that a webhook of Port can be configured with.
const METHODS: MethodFilter = MethodFilter::GET
    .or(MethodFilter::POST)
    .or(MethodFilter::PUT)
    .or(MethodFilter::PATCH)
    .or(MethodFilter::DELETE);

/// Takes what a [`ReceiverLayer`] has verified. On a route without the layer each request is answered with 500, and the
/// log says why: nothing has verified it. Feature `axum`.
///
/// ```
/// use axum::{Router, routing::post};
/// use port_webhooks_receiver::{Received, ReceiverLayer, ReplayGuard, Verifier};
///
/// async fn on_delivery(received: Received) {
///     println!("{:?}", received.delivery().event_name());
/// }
///
/// let layer = ReceiverLayer::new(Verifier::body("your-webhook-secret").build()?).replay(ReplayGuard::in_memory());
/// let app: Router = Router::new().route("/port", post(on_delivery).layer(layer));
/// # Ok::<(), port_webhooks_receiver::ConfigError>(())
/// ```
impl<S: Send + Sync> FromRequestParts<S> for Received {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            Rejection::MissingLayer.log();
            Rejection::MissingLayer
        })
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        Self::into_response::<Body>(self)
    }
}

impl ReceiverLayer {
    /// A router that receives deliveries at this path, by GET, POST, PUT, PATCH and DELETE. Feature `axum`.
    ///
    /// ```
    /// use axum::Router;
    /// use port_webhooks_receiver::{Received, ReceiverLayer, ReplayGuard, Verifier};
    ///
    /// let verifier = Verifier::timestamped("client-secret").build()?;
    /// let app: Router = ReceiverLayer::new(verifier)
    ///     .replay(ReplayGuard::in_memory())
    ///     .router("/port", |received: Received| async move { println!("{:?}", received.delivery().run_id()) });
    /// # Ok::<(), port_webhooks_receiver::ConfigError>(())
    /// ```
    ///
    /// # Panics
    /// When axum does not accept the path, for instance because it does not begin with `/`.
    pub fn router<H, T>(self, path: &str, handler: H) -> Router
    where
        H: Handler<T, ()>,
        T: 'static,
    {
        Router::new().route(path, on(METHODS, handler).route_layer(self))
    }
}
