//! Lets each delivery be handled once.

use std::sync::Arc;
use std::time::Duration;

use super::memory::MemoryStore;
use super::store::{DynStore, ReplayStore, Reservation, ReservationId, StoreError};
use crate::replay_key::ReplayKey;
use crate::verify::Verified;

/// Lets each delivery be handled once: a copy that arrives while it is being handled should be sent again later, and
/// one that arrives afterwards is answered without being handled. When handling fails, a copy may be handled. Clones
/// share their store.
///
/// A delivery is identified by its scheme and MAC, which does not cover the method: a GET and a DELETE without a body
/// that are signed within the same second are one delivery. In schemes without a timestamp two bodies of the same bytes are
/// therefore one delivery.
///
/// ```
/// use port_webhooks_receiver::{Admission, ReplayGuard, Signer, Verifier};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let verifier = Verifier::body("your-webhook-secret").build()?;
/// let guard = ReplayGuard::in_memory();
/// # let body = b"{}";
/// # let headers = Signer::body("your-webhook-secret").build()?.sign(body);
///
/// let verified = verifier.verify(&headers, body)?;
/// match guard.admit(&verified).await? {
///     Admission::Fresh(claim) => {
///         // … handle it; when that fails, drop the claim …
///         claim.complete().await?; // 200
///     }
///     Admission::InFlight { retry_after: _ } => {} // 409
///     Admission::Replayed => {}                    // 200
/// }
/// # assert!(matches!(guard.admit(&verified).await?, Admission::Replayed));
/// # Ok(())
/// # }
/// ```
#[doc(alias("idempotency", "deduplication", "replay attack"))]
#[derive(Clone, Debug)]
pub struct ReplayGuard {
    store: Arc<dyn DynStore>,
    remember: Duration,
    reservation: Duration,
    on_store_error: OnStoreError,
}

/// Shorter times would let every copy through.
const SHORTEST: Duration = Duration::from_secs(1);

/// The pause before a report to the store is repeated. Each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What to do with a delivery while the store cannot answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OnStoreError {
    /// [`admit`](ReplayGuard::admit) returns an error. Answer 503, so that the sender sends it again.
    #[default]
    Refuse,
    /// [`admit`](ReplayGuard::admit) returns [`Admission::Fresh`] and logs a warning: the delivery is handled, perhaps
    /// a second time.
    LetThrough,
}

/// Whether a delivery is to be handled.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums)] // a receiver has to answer each of them
#[must_use = "a delivery is handled once only if this is acted on"]
pub enum Admission {
    /// Handle it now, then complete the claim.
    Fresh(Claim),
    /// A copy is being handled, or its reservation has not ended. Answer 409 with `Retry-After`.
    InFlight {
        /// How long the reservation lasts at most; at least a second.
        retry_after: Duration,
    },
    /// It was handled before. Answer 200, and do nothing.
    Replayed,
}

impl ReplayGuard {
    /// A guard with this store.
    pub fn new(store: impl ReplayStore) -> Self {
        Self {
            store: Arc::new(store),
            remember: Duration::from_secs(24 * 60 * 60),
            reservation: Duration::from_secs(60),
            on_store_error: OnStoreError::default(),
        }
    }

    /// A guard with a [`MemoryStore`], for a service that is one process.
    pub fn in_memory() -> Self {
        Self::new(MemoryStore::new())
    }

    /// How long a delivery is remembered in schemes without a timestamp, whose signatures never expire. Default: 24
    /// hours. With a timestamp it is always twice the tolerance and a second, the time that a delivery can be fresh.
    /// Less than a second counts as one.
    pub fn remember(mut self, lasts: Duration) -> Self {
        self.remember = lasts.max(SHORTEST);
        self
    }

    /// How long a reservation lasts that is neither completed nor released. Default: 60 seconds. A handler that takes
    /// longer may run beside a second one for a copy. Less than a second counts as one.
    pub fn reservation(mut self, lasts: Duration) -> Self {
        self.reservation = lasts.max(SHORTEST);
        self
    }

    /// What to do while the store cannot answer. Default: [`OnStoreError::Refuse`].
    pub fn on_store_error(mut self, on_store_error: OnStoreError) -> Self {
        self.on_store_error = on_store_error;
        self
    }

    /// Decides whether a delivery is to be handled, and reserves it if so.
    ///
    /// # Errors
    /// When the store cannot answer, unless the guard has [`OnStoreError::LetThrough`]. Answer 503.
    pub async fn admit(&self, verified: &Verified<'_>) -> Result<Admission, StoreError> {
        let mut keys: Vec<ReplayKey> = verified.replay_keys().collect();
        // In one order everywhere: of two that reserve the same keys, one gets all.
        keys.sort_unstable();
        // A secret that is given twice.
        keys.dedup();
        let mut claim = Claim {
            store: Arc::clone(&self.store),
            keys: Vec::with_capacity(keys.len()),
            id: ReservationId::unique(),
            // The signature is good from as long before its time to as long after it, both ends included.
            remember: verified.fresh_for().map_or(self.remember, |fresh_for| {
                fresh_for.saturating_mul(2).saturating_add(Duration::from_secs(1))
            }),
            reservation: self.reservation,
            handled: false,
            in_background: false,
        };
        let (mut in_flight, mut done) = (None, false);
        for key in keys {
            // Added before it is reserved, so that it is released if this future is dropped meanwhile.
            claim.keys.push(key);
            match self.store.reserve(&key, claim.id, self.reservation).await {
                Ok(Reservation::Fresh) => continue,
                // The other copy may still have to reserve the keys after this one.
                Ok(Reservation::InFlight(left)) => {
                    in_flight = Some(left);
                    claim.keys.pop();
                    break;
                }
                Ok(Reservation::Done) => done = true,
                Err(error) if self.on_store_error == OnStoreError::Refuse => return Err(error),
                Err(error) => {
                    tracing::warn!(
                        reason = format!("{error:#}"),
                        "a delivery is let through without replay protection"
                    );
                    break;
                }
            }
            claim.keys.pop();
        }
        // A report that fails is repeated in the background.
        if done {
            // With every key, since the next copy may be signed with another secret.
            let _ = claim.complete().await;
            return Ok(Admission::Replayed);
        }
        if let Some(left) = in_flight {
            let _ = claim.release().await;
            return Ok(Admission::InFlight { retry_after: left.max(Duration::from_secs(1)) });
        }
        Ok(Admission::Fresh(claim))
    }
}

/// The reservation of a delivery that is being handled. Dropping it releases the delivery, so that a copy may be
/// handled.
///
/// When the store cannot answer, the report of how the delivery ended is repeated in the background, after pauses of at
/// most 2 seconds, for as long as a reservation lasts. Copies are in flight meanwhile.
#[derive(Debug)]
#[must_use = "dropping it releases the delivery"]
pub struct Claim {
    store: Arc<dyn DynStore>,
    /// Those that are not reported to the store yet.
    keys: Vec<ReplayKey>,
    id: ReservationId,
    remember: Duration,
    reservation: Duration,
    handled: bool,
    in_background: bool,
}

impl Claim {
    /// Remembers the delivery as handled, also when this future is dropped before its end, as when the sender
    /// disconnects.
    ///
    /// # Errors
    /// When the store cannot answer. The report is repeated in the background, so answer as after a success. If it
    /// does not succeed before the reservation ends, which is logged, a copy of the delivery may be handled again.
    pub async fn complete(mut self) -> Result<(), StoreError> {
        self.handled = true;
        self.settle().await
    }

    /// Releases the delivery, as dropping does, and waits until that is done.
    ///
    /// # Errors
    /// When the store cannot answer. The report is repeated in the background until the reservation ends by itself.
    pub async fn release(mut self) -> Result<(), StoreError> {
        self.settle().await
    }

    /// Reports to the store how the delivery ended.
    async fn settle(&mut self) -> Result<(), StoreError> {
        while let Some(key) = self.keys.last() {
            if self.handled {
                self.store.complete(key, self.remember).await?;
            } else {
                self.store.release(key, self.id).await?;
            }
            self.keys.pop();
        }
        Ok(())
    }

    /// Repeats the report for as long as a reservation lasts.
    async fn settle_in_background(mut self) {
        let (mut pause, mut left) = (FIRST_PAUSE, self.reservation);
        while let Err(error) = self.settle().await {
            pause = pause.min(left);
            let sleep = if left.is_zero() { None } else { self.store.sleep(pause) };
            let Some(sleep) = sleep else {
                let reason = format!("{error:#}");
                if self.handled {
                    tracing::error!(reason, "a delivery that was handled cannot be remembered");
                } else {
                    tracing::warn!(reason, "a delivery is held until its reservation ends");
                }
                return;
            };
            sleep.await;
            left -= pause;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // In the background it is dropped when it is done, or when the runtime ends.
        if self.keys.is_empty() || self.in_background {
            return;
        }
        let claim = Self {
            store: Arc::clone(&self.store),
            keys: std::mem::take(&mut self.keys),
            in_background: true,
            ..*self
        };
        self.store.in_background(Box::pin(claim.settle_in_background()));
    }
}
