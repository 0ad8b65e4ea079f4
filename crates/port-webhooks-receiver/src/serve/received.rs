//! What a handler gets.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;

use crate::delivery::{Delivery, ParseError};
use crate::scheme::Scheme;
use crate::verify::Verified;

/// A delivery that is verified and parsed, with its body. It dereferences to the [`Delivery`], which clones share.
///
/// With the feature `axum` it is an extractor, for states that have a [`Verifier`](crate::Verifier). Behind a
/// [`ReceiverLayer`](crate::ReceiverLayer) it takes what the layer has verified; elsewhere it verifies by itself, and
/// does not detect replays.
#[derive(Clone)]
pub struct Received {
    delivery: Arc<Delivery>,
    body: Bytes,
    scheme: Scheme,
    timestamp: Option<u64>,
    secret_index: usize,
}

impl Received {
    /// Of a body that was verified. `body` is its bytes.
    pub(super) fn new(verified: &Verified<'_>, body: &Bytes) -> Result<Self, ParseError> {
        Ok(Self {
            delivery: Arc::new(verified.delivery()?),
            body: body.clone(),
            scheme: verified.scheme(),
            timestamp: verified.timestamp(),
            secret_index: verified.secret_index(),
        })
    }

    /// The delivery.
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// The delivery by value.
    pub fn into_delivery(self) -> Delivery {
        Arc::unwrap_or_clone(self.delivery)
    }

    /// The body as it came.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The scheme that it is signed in.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The signed time in seconds since 1970; only in the timestamped scheme.
    pub fn timestamp(&self) -> Option<u64> {
        self.timestamp
    }

    /// Which secret it is signed with: its index in the order in which the builder was given them.
    pub fn secret_index(&self) -> usize {
        self.secret_index
    }
}

impl Deref for Received {
    type Target = Delivery;

    fn deref(&self) -> &Delivery {
        &self.delivery
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Received")
            .field("delivery", &self.delivery)
            .field("scheme", &self.scheme)
            .field("timestamp", &self.timestamp)
            .field("secret_index", &self.secret_index)
            .finish_non_exhaustive()
    }
}
