//! Lets each delivery be handled once.

use std::sync::Arc;
use std::time::Duration;

use super::memory::MemoryStore;
use super::store::{BoxFuture, ReplayStore, Reservation, ReservationId, StoreError};
use crate::replay_key::ReplayKey;
use crate::verify::Verified;

/// Lets each delivery be handled once: a copy that comes while it is being handled should be sent again later, and
/// one that comes afterwards is answered without being handled. When handling fails, a copy may be handled. Clones
/// share their store.
///
/// A delivery is identified by its scheme and MAC. In schemes without a timestamp two bodies of the same bytes are
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
#[derive(Clone, Debug)]
pub struct ReplayGuard {
    store: Arc<dyn ReplayStore>,
    remember: Duration,
    reservation: Duration,
    on_store_error: OnStoreError,
}

/// Shorter times would let every copy through.
const SHORTEST: Duration = Duration::from_secs(1);

/// What to do with a delivery while the store cannot answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OnStoreError {
    /// [`admit`](ReplayGuard::admit) returns an error. Answer 503, so that the sender sends it again.
    #[default]
    Refuse,
    /// [`admit`](ReplayGuard::admit) returns [`Admission::Fresh`]: it is handled, perhaps a second time.
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
            state: State::Reserved,
        };
        let (mut in_flight, mut done) = (None, false);
        for key in keys {
            // Noted before it is reserved: it is given back also when this is dropped while the store answers.
            claim.keys.push(key);
            match self.store.reserve(&key, claim.id, self.reservation).await {
                Ok(Reservation::Fresh) => continue,
                // Whoever goes on from here could take what the other needs.
                Ok(Reservation::InFlight(left)) => {
                    in_flight = Some(left);
                    claim.keys.pop();
                    break;
                }
                Ok(Reservation::Done) => done = true,
                Err(error) if self.on_store_error == OnStoreError::Refuse => return Err(error),
                Err(_) => break,
            }
            claim.keys.pop();
        }
        // What cannot be told to the store now ends by itself.
        if done {
            // By whichever secret it comes the next time.
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
#[derive(Debug)]
#[must_use = "dropping it releases the delivery"]
pub struct Claim {
    store: Arc<dyn ReplayStore>,
    keys: Vec<ReplayKey>,
    id: ReservationId,
    remember: Duration,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reserved,
    Handled,
    Settled,
}

impl Claim {
    /// Remembers the delivery as handled, also when this future is dropped before its end, as when the sender
    /// disconnects.
    ///
    /// # Errors
    /// When the store cannot answer. A copy of the delivery may then be handled again.
    pub async fn complete(mut self) -> Result<(), StoreError> {
        self.state = State::Handled;
        let done = complete(&*self.store, &self.keys, self.remember).await;
        self.state = State::Settled;
        done
    }

    /// Releases the delivery, as dropping does, and waits until that is done.
    ///
    /// # Errors
    /// When the store cannot answer. The reservation then ends by itself.
    pub async fn release(mut self) -> Result<(), StoreError> {
        let released = release(&*self.store, &self.keys, self.id).await;
        self.state = State::Settled;
        released
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let (store, keys) = (Arc::clone(&self.store), std::mem::take(&mut self.keys));
        let (id, remember) = (self.id, self.remember);
        // Nobody is left who could be told that the store cannot answer.
        let work: BoxFuture<'static, ()> = match self.state {
            State::Settled => return,
            State::Reserved => Box::pin(async move {
                let _ = release(&*store, &keys, id).await;
            }),
            State::Handled => Box::pin(async move {
                let _ = complete(&*store, &keys, remember).await;
            }),
        };
        self.store.in_background(work);
    }
}

async fn complete(store: &dyn ReplayStore, keys: &[ReplayKey], lasts: Duration) -> Result<(), StoreError> {
    let mut done = Ok(());
    for key in keys {
        done = done.and(store.complete(key, lasts).await);
    }
    done
}

async fn release(store: &dyn ReplayStore, keys: &[ReplayKey], id: ReservationId) -> Result<(), StoreError> {
    let mut done = Ok(());
    for key in keys {
        done = done.and(store.release(key, id).await);
    }
    done
}
