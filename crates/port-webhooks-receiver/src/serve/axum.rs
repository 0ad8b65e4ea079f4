//! The receiver for axum: an extractor and a router.

use ::axum::extract::{FromRef, FromRequest, Request};
use ::axum::handler::Handler;
use ::axum::response::{IntoResponse, Response};
use ::axum::routing::post;
use ::axum::{Router, body::Body};

use super::layer::{ReceiverLayer, receive};
use super::received::Received;
use super::unhandled::Unhandled;
use crate::verify::Verifier;

/// Takes what a [`ReceiverLayer`] has verified, or verifies and parses by itself. Feature `axum`.
///
/// ```
/// use axum::{Router, routing::post};
/// use port_webhooks_receiver::{Event, Received, Verifier};
///
/// async fn on_delivery(delivery: Received) {
///     match delivery.event() {
///         Event::EntityCreated(entity) => println!("{:?}", entity.identifier),
///         other => println!("{other:?}"),
///     }
/// }
///
/// let verifier = Verifier::body("your-webhook-secret").build()?;
/// let app: Router = Router::new().route("/port", post(on_delivery)).with_state(verifier);
/// # Ok::<(), port_webhooks_receiver::ConfigError>(())
/// ```
impl<S> FromRequest<S> for Received
where
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    type Rejection = Unhandled;

    async fn from_request(request: Request, state: &S) -> Result<Self, Unhandled> {
        let (mut parts, body) = request.into_parts();
        if let Some(received) = parts.extensions.remove::<Self>() {
            return Ok(received);
        }
        let received = receive(&Verifier::from_ref(state), &parts.headers, body).await;
        received.inspect_err(Unhandled::log)
    }
}

impl IntoResponse for Unhandled {
    fn into_response(self) -> Response {
        Self::into_response::<Body>(self)
    }
}

impl ReceiverLayer {
    /// A router that receives deliveries by POST at this path. Feature `axum`.
    ///
    /// ```
    /// use axum::Router;
    /// use port_webhooks_receiver::{Event, Received, ReceiverLayer, ReplayGuard, Verifier};
    ///
    /// let verifier = Verifier::body("your-webhook-secret").build()?;
    /// let app: Router = ReceiverLayer::new(verifier)
    ///     .replay(ReplayGuard::in_memory())
    ///     .router("/port", |delivery: Received| async move { println!("{:?}", delivery.event()) });
    /// # Ok::<(), port_webhooks_receiver::ConfigError>(())
    /// ```
    ///
    /// # Panics
    /// When axum does not accept the path, for instance because it does not begin with `/`.
    pub fn router<H, T>(self, path: &str, handler: H) -> Router
    where
        H: Handler<T, Verifier>,
        T: 'static,
    {
        let verifier = self.verifier().clone();
        Router::new().route(path, post(handler).route_layer(self)).with_state(verifier)
    }
}
