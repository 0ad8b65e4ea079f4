//! What a handler gets.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::request::Parts;

use crate::delivery::Delivery;
use crate::scheme::Scheme;
use crate::verify::Verified;

/// A verified delivery. Clones share the body and what is read of it.
///
/// With the feature `axum` it is an extractor, on routes behind a [`ReceiverLayer`](crate::ReceiverLayer).
///
/// ```
/// use port_webhooks_receiver::Received;
///
/// async fn on_delivery(received: Received) {
///     println!("{:?}: report on {:?}", received.delivery().event_name(), received.delivery().run_id());
/// }
/// ```
#[doc(alias = "extractor")]
#[derive(Clone, Debug)]
pub struct Received {
    delivery: Delivery,
    method: Method,
    scheme: Scheme,
    timestamp: Option<Duration>,
    secret_index: usize,
    idempotency_key: String,
    unsigned_run_id: Option<String>,
}

impl Received {
    pub(super) fn new(parts: &Parts, verified: &Verified<'_>, body: Bytes) -> Self {
        let mut run_ids = parts.headers.get_all("run_id").iter();
        let unsigned_run_id = match (run_ids.next(), run_ids.next()) {
            (Some(id), None) => id.to_str().ok().filter(|id| !id.is_empty()).map(str::to_owned),
            _ => None,
        };
        Self {
            delivery: Delivery::new(body),
            method: parts.method.clone(),
            scheme: verified.scheme(),
            timestamp: verified.timestamp(),
            secret_index: verified.secret_index(),
            idempotency_key: verified.idempotency_key(),
            unsigned_run_id,
        }
    }

    /// The delivery.
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// The body that is signed: the bytes as they came, or without white space if the verifier
    /// [removes it](crate::TimestampedBuilder::agent).
    pub fn body(&self) -> &Bytes {
        self.delivery.body()
    }

    /// The method of the request. It is not signed.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The signature scheme of the delivery.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The signed time, since 1970; only in the timestamped scheme.
    pub fn timestamp(&self) -> Option<Duration> {
        self.timestamp
    }

    /// Which secret it is signed with: its index in the order in which the builder was given them.
    pub fn secret_index(&self) -> usize {
        self.secret_index
    }

    /// 64 hex digits that identify this delivery in your own database, to handle it once there. See
    /// [`Verified::idempotency_key`].
    #[doc(alias = "deduplication")]
    pub fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// The run of the header `RUN_ID`, which many examples of Port set. The signature does not cover headers: whoever
    /// passes a delivery on can change it. Prefer [`Delivery::run_id`].
    pub fn unsigned_run_id(&self) -> Option<&str> {
        self.unsigned_run_id.as_deref()
    }
}

/// Feature `test-util`: deliveries for tests of a handler, without a signature.
#[cfg(feature = "test-util")]
impl Received {
    /// A delivery with this body, by POST, in the timestamped scheme, at 0 seconds since 1970, by the first secret. To
    /// test an axum handler, put it into the extensions of a request.
    ///
    /// ```
    /// use port_webhooks_receiver::Received;
    ///
    /// async fn replicas(received: Received) -> Option<u64> {
    ///     received.delivery().json::<serde_json::Value>().ok()?["replicas"].as_u64()
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// assert_eq!(replicas(Received::for_tests(r#"{"replicas":3}"#)).await, Some(3));
    /// # }
    /// ```
    pub fn for_tests(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self {
            method: Method::POST,
            scheme: Scheme::Timestamped,
            timestamp: Some(Duration::ZERO),
            secret_index: 0,
            idempotency_key: crate::replay_key::idempotency_key(Scheme::Timestamped, Some("0"), &body),
            unsigned_run_id: None,
            delivery: Delivery::new(body),
        }
    }

    /// Sets the method.
    pub fn with_method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// Sets the run of the header `RUN_ID`.
    pub fn with_unsigned_run_id(mut self, run_id: impl Into<String>) -> Self {
        self.unsigned_run_id = Some(run_id.into());
        self
    }
}
