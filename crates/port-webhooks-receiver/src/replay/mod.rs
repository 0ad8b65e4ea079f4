//! Each delivery once: deliveries that were handled are remembered, and those being handled are reserved.

mod guard;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod store;

#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use guard::{Admission, Claim, OnStoreError, ReplayGuard};
pub use memory::MemoryStore;
#[cfg(feature = "tower")]
pub(crate) use store::BoxFuture;
pub use store::{ReplayStore, Reservation, ReservationId, StoreError};
