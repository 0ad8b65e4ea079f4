//! Where a guard remembers deliveries.

use std::collections::hash_map::RandomState;
use std::error::Error;
use std::fmt;
use std::future::Ready;
use std::hash::{BuildHasher, Hasher};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use crate::replay_key::ReplayKey;

/// Where a [`ReplayGuard`](crate::ReplayGuard) remembers deliveries. Replicas that share a store together handle each
/// delivery once.
///
/// A key is free, reserved, or done. It becomes free again when its time is over. Each method must be
/// atomic, across all processes that share the store. To test a store, take keys from
/// [`Verified::replay_keys`](crate::Verified::replay_keys) of a body that a [`Signer`](crate::Signer) has signed.
///
/// ```
/// use std::time::Duration;
/// use port_webhooks_receiver::{ReplayKey, ReplayStore, Reservation, ReservationId, StoreError};
///
/// /// A store that is always down.
/// #[derive(Debug)]
/// struct Down;
///
/// impl ReplayStore for Down {
///     async fn reserve(
///         &self,
///         _key: &ReplayKey,
///         _id: ReservationId,
///         _lasts: Duration,
///     ) -> Result<Reservation, StoreError> {
///         Err(StoreError::new("down"))
///     }
///
///     async fn complete(&self, _key: &ReplayKey, _lasts: Duration) -> Result<(), StoreError> {
///         Err(StoreError::new("down"))
///     }
///
///     async fn release(&self, _key: &ReplayKey, _id: ReservationId) -> Result<(), StoreError> {
///         Err(StoreError::new("down"))
///     }
/// }
/// ```
pub trait ReplayStore: fmt::Debug + Send + Sync + 'static {
    /// Reserves a key for this time, if it is free. If this id has reserved it already, it stays so and is
    /// [fresh](Reservation::Fresh): a store may send a command again whose answer was lost.
    fn reserve(
        &self,
        key: &ReplayKey,
        id: ReservationId,
        lasts: Duration,
    ) -> impl Future<Output = Result<Reservation, StoreError>> + Send;

    /// Marks a key as done for this time, whoever has reserved it.
    fn complete(
        &self,
        key: &ReplayKey,
        lasts: Duration,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Frees a key if this id has reserved it and it is not done.
    fn release(
        &self,
        key: &ReplayKey,
        id: ReservationId,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Runs a future in the background: it reports to the store how a delivery ended, after its claim was dropped or
    /// the store could not answer. The default polls it once, which is enough for a store that never waits; other
    /// stores spawn it on their runtime. If it does not finish, the reservation ends when its time is over.
    fn in_background(&self, work: impl Future<Output = ()> + Send + 'static) {
        // When it is pending, the reservation ends when its time is over.
        let _ = pin!(work).poll(&mut Context::from_waker(Waker::noop()));
    }

    /// Waits for this time before a report in the background is repeated. The default is `None`: it is not repeated.
    /// A store that runs its background work on a runtime returns a timer of that runtime.
    fn sleep(&self, _lasts: Duration) -> Option<impl Future<Output = ()> + Send + 'static> {
        None::<Ready<()>>
    }
}

impl<S: ReplayStore> ReplayStore for Arc<S> {
    async fn reserve(
        &self,
        key: &ReplayKey,
        id: ReservationId,
        lasts: Duration,
    ) -> Result<Reservation, StoreError> {
        (**self).reserve(key, id, lasts).await
    }

    async fn complete(&self, key: &ReplayKey, lasts: Duration) -> Result<(), StoreError> {
        (**self).complete(key, lasts).await
    }

    async fn release(&self, key: &ReplayKey, id: ReservationId) -> Result<(), StoreError> {
        (**self).release(key, id).await
    }

    fn in_background(&self, work: impl Future<Output = ()> + Send + 'static) {
        (**self).in_background(work);
    }

    fn sleep(&self, lasts: Duration) -> Option<impl Future<Output = ()> + Send + 'static> {
        (**self).sleep(lasts)
    }
}

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A [`ReplayStore`] of any type, with boxed futures.
pub(super) trait DynStore: fmt::Debug + Send + Sync {
    fn reserve<'a>(
        &'a self,
        key: &'a ReplayKey,
        id: ReservationId,
        lasts: Duration,
    ) -> BoxFuture<'a, Result<Reservation, StoreError>>;

    fn complete<'a>(&'a self, key: &'a ReplayKey, lasts: Duration) -> BoxFuture<'a, Result<(), StoreError>>;

    fn release<'a>(&'a self, key: &'a ReplayKey, id: ReservationId) -> BoxFuture<'a, Result<(), StoreError>>;

    fn in_background(&self, work: BoxFuture<'static, ()>);

    fn sleep(&self, lasts: Duration) -> Option<BoxFuture<'static, ()>>;
}

impl<S: ReplayStore> DynStore for S {
    fn reserve<'a>(
        &'a self,
        key: &'a ReplayKey,
        id: ReservationId,
        lasts: Duration,
    ) -> BoxFuture<'a, Result<Reservation, StoreError>> {
        Box::pin(ReplayStore::reserve(self, key, id, lasts))
    }

    fn complete<'a>(&'a self, key: &'a ReplayKey, lasts: Duration) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(ReplayStore::complete(self, key, lasts))
    }

    fn release<'a>(&'a self, key: &'a ReplayKey, id: ReservationId) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(ReplayStore::release(self, key, id))
    }

    fn in_background(&self, work: BoxFuture<'static, ()>) {
        ReplayStore::in_background(self, work);
    }

    fn sleep(&self, lasts: Duration) -> Option<BoxFuture<'static, ()>> {
        ReplayStore::sleep(self, lasts).map(|sleep| -> BoxFuture<'static, ()> { Box::pin(sleep) })
    }
}

/// The result of [`ReplayStore::reserve`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a guard has to know all of them
pub enum Reservation {
    /// The key was free, and is reserved now.
    Fresh,
    /// It is reserved by another id, for at most this much longer.
    InFlight(Duration),
    /// It is done.
    Done,
}

/// Identifies one reservation of a key. Unique across all processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReservationId(u128);

impl ReservationId {
    /// A new id, for tests of a store; a guard makes its own.
    pub fn unique() -> Self {
        // The standard library draws a key at random once for each thread, and counts it up for each of these.
        let [high, low] = [(); 2].map(|()| u128::from(RandomState::new().build_hasher().finish()));
        Self(high << 64 | low)
    }
}

/// 32 hex digits.
impl fmt::Display for ReservationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

/// Why a store cannot answer. With `{:#}` it is shown with its source.
#[derive(Clone, Debug)]
pub struct StoreError(Arc<dyn Error + Send + Sync>);

impl StoreError {
    /// An error with this reason as its source.
    pub fn new(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(reason.into().into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the store of handled deliveries cannot answer")?;
        if formatter.alternate() { write!(formatter, ": {}", self.0) } else { Ok(()) }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
