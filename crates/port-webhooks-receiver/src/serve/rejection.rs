//! Requests that are answered without the handler.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderValue, Response, StatusCode};

use crate::replay::StoreError;
use crate::verify::{VerifyError, VerifyErrorKind};

/// Why a request was answered without the handler.
///
/// The sender gets a status and an empty body. The reason is for the operator: it is a `tracing` event, and this value
/// is in the extensions of the response.
///
/// ```
/// use std::convert::Infallible;
///
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use port_webhooks_receiver::{ReceiverLayer, Rejection, Verifier, VerifyErrorKind};
/// use tower::{ServiceBuilder, ServiceExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = ServiceBuilder::new()
///     .layer(ReceiverLayer::new(Verifier::body("your-webhook-secret").build()?))
///     .service_fn(|_: Request<Full<Bytes>>| async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())) });
///
/// let response = service.oneshot(Request::new(Full::<Bytes>::from("{}"))).await?; // without a signature
/// assert_eq!(response.status(), 401);
/// let Some(Rejection::Unverified(error)) = response.extensions().get() else { panic!("no reason") };
/// assert_eq!(error.kind(), VerifyErrorKind::MissingHeader);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Rejection {
    /// The body is too large: 413.
    TooLarge,
    /// The body ended early: 400.
    BrokenBody,
    /// The signature is missing or wrong in any way: 401.
    Unverified(VerifyError),
    /// A copy of it is being handled: 409, with `Retry-After`. Holds the longest remaining time of the reservation.
    InFlight(Duration),
    /// It was handled before: 200.
    Replayed,
    /// The store cannot tell whether it was handled before: 503.
    StoreDown(StoreError),
    /// A handler asks for [`Received`](crate::Received) on a route without a [`ReceiverLayer`](crate::ReceiverLayer):
    /// 500. Nothing has verified the request.
    MissingLayer,
}

impl Rejection {
    /// The status that the sender gets.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BrokenBody => StatusCode::BAD_REQUEST,
            Self::Unverified(_) => StatusCode::UNAUTHORIZED,
            Self::InFlight(_) => StatusCode::CONFLICT,
            Self::Replayed => StatusCode::OK,
            Self::StoreDown(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A stable name for metrics; the `port.outcome` of the span of a delivery.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::BrokenBody => "broken_body",
            Self::Unverified(_) => "unverified",
            Self::InFlight(_) => "in_flight",
            Self::Replayed => "replayed",
            Self::StoreDown(_) => "store_down",
            Self::MissingLayer => "missing_layer",
        }
    }

    /// Logs the reason.
    pub(super) fn log(&self) {
        match self {
            Self::TooLarge | Self::BrokenBody => tracing::warn!(reason = %self, "delivery rejected"),
            Self::Unverified(error) => {
                tracing::warn!(reason = %error, kind = error.kind().as_str(), "delivery rejected");
            }
            Self::InFlight(_) | Self::Replayed => {
                tracing::info!(reason = %self, "delivery not handled again");
            }
            Self::StoreDown(error) => {
                let cause = error.source().map(ToString::to_string);
                tracing::error!(reason = %error, cause, "delivery rejected");
            }
            Self::MissingLayer => tracing::error!(reason = %self, "request rejected"),
        }
    }

    pub(super) fn into_response<B: Default>(self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status();
        if let Self::InFlight(left) = &self {
            // Part of a second counts as a whole one.
            let seconds = left.as_secs().saturating_add(u64::from(left.subsec_nanos() > 0));
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<VerifyError> for Rejection {
    fn from(error: VerifyError) -> Self {
        match error.kind() {
            VerifyErrorKind::BodyTooLarge => Self::TooLarge,
            _ => Self::Unverified(error),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TooLarge => "the body is too large",
            Self::BrokenBody => "the body ended early",
            Self::Unverified(_) => "the delivery is not verified",
            Self::InFlight(_) => "a copy of it is being handled",
            Self::Replayed => "it was handled before",
            Self::StoreDown(_) => "the store cannot tell whether it was handled before",
            Self::MissingLayer => "nothing has verified this request: put a `ReceiverLayer` on the route",
        })
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unverified(error) => Some(error),
            Self::StoreDown(error) => Some(error),
            Self::TooLarge | Self::BrokenBody | Self::InFlight(_) | Self::Replayed | Self::MissingLayer => {
                None
            }
        }
    }
}
