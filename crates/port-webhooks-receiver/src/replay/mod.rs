//! Each delivery once: what is handled is remembered, and what is being handled is held.

mod guard;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod store;

#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use guard::{Admission, Claim, Outage, ReplayGuard};
pub use memory::MemoryStore;
pub use store::{BoxFuture, Holder, ReplayStore, Reserved, StoreError};
