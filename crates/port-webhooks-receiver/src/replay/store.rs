//! Where a guard remembers deliveries.

use std::collections::hash_map::RandomState;
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use crate::replay_key::ReplayKey;

/// The boxed future that a store returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where a [`ReplayGuard`](crate::ReplayGuard) remembers deliveries. Replicas that share a store together handle each
/// delivery once.
///
/// A key is free, reserved by a holder, or done. It becomes free again when its time is over. Each method must be
/// atomic, across all processes that share the store. To test a store, take keys from
/// [`Verified::replay_keys`](crate::Verified::replay_keys) of a body that a [`Signer`](crate::Signer) has signed.
///
/// ```
/// use std::time::Duration;
/// use port_webhooks_receiver::{BoxFuture, Holder, ReplayKey, ReplayStore, Reserved, StoreError};
///
/// /// A store that is always down.
/// #[derive(Debug)]
/// struct Down;
///
/// impl ReplayStore for Down {
///     fn reserve<'a>(
///         &'a self,
///         _key: &'a ReplayKey,
///         _holder: Holder,
///         _lasts: Duration,
///     ) -> BoxFuture<'a, Result<Reserved, StoreError>> {
///         Box::pin(async { Err(StoreError::new("down")) })
///     }
///
///     fn complete<'a>(&'a self, _key: &'a ReplayKey, _lasts: Duration) -> BoxFuture<'a, Result<(), StoreError>> {
///         Box::pin(async { Err(StoreError::new("down")) })
///     }
///
///     fn release<'a>(&'a self, _key: &'a ReplayKey, _holder: Holder) -> BoxFuture<'a, Result<(), StoreError>> {
///         Box::pin(async { Err(StoreError::new("down")) })
///     }
/// }
/// ```
pub trait ReplayStore: fmt::Debug + Send + Sync + 'static {
    /// Reserves a key for this time, if it is free.
    fn reserve<'a>(
        &'a self,
        key: &'a ReplayKey,
        holder: Holder,
        lasts: Duration,
    ) -> BoxFuture<'a, Result<Reserved, StoreError>>;

    /// Marks a key as done for this time, whoever has reserved it.
    fn complete<'a>(&'a self, key: &'a ReplayKey, lasts: Duration) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Frees a key if this holder has reserved it and it is not done.
    fn release<'a>(&'a self, key: &'a ReplayKey, holder: Holder) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Runs a future that nobody waits for, after a handler was dropped. The default polls it once, which is enough
    /// for a store that never waits; other stores spawn it on their runtime. If it does not finish, the reservation
    /// ends when its time is over.
    fn in_background(&self, mut work: BoxFuture<'static, ()>) {
        // Done or not, there is nobody to be told.
        let _ = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
}

impl<S: ReplayStore + ?Sized> ReplayStore for Arc<S> {
    fn reserve<'a>(
        &'a self,
        key: &'a ReplayKey,
        holder: Holder,
        lasts: Duration,
    ) -> BoxFuture<'a, Result<Reserved, StoreError>> {
        (**self).reserve(key, holder, lasts)
    }

    fn complete<'a>(&'a self, key: &'a ReplayKey, lasts: Duration) -> BoxFuture<'a, Result<(), StoreError>> {
        (**self).complete(key, lasts)
    }

    fn release<'a>(&'a self, key: &'a ReplayKey, holder: Holder) -> BoxFuture<'a, Result<(), StoreError>> {
        (**self).release(key, holder)
    }

    fn in_background(&self, work: BoxFuture<'static, ()>) {
        (**self).in_background(work);
    }
}

/// The result of [`ReplayStore::reserve`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a guard has to know all of them
pub enum Reserved {
    /// The key was free, and is reserved now.
    Fresh,
    /// Another holder has reserved it, for at most this much longer.
    InFlight(Duration),
    /// It is done.
    Done,
}

/// Who has reserved a key. Each is unique, across all processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Holder(u128);

impl Holder {
    /// A new holder, for tests of a store; a guard makes its own.
    pub fn unique() -> Self {
        // The standard library draws a key at random once for each thread, and counts it up for each of these.
        let [high, low] = [(); 2].map(|()| u128::from(RandomState::new().build_hasher().finish()));
        Self(high << 64 | low)
    }
}

/// 32 hex digits.
impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

/// Why a store cannot answer.
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
        formatter.write_str("the store of handled deliveries cannot answer")
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_holders_are_the_same() {
        let holders: HashSet<Holder> = (0..10_000).map(|_| Holder::unique()).collect();
        assert_eq!(holders.len(), 10_000);
    }
}
