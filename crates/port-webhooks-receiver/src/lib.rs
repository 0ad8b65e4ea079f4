#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod clock;
mod codec;
mod config;
mod delivery;
mod headers;
mod mac;
mod replay;
mod replay_key;
mod scheme;
#[cfg(feature = "tower")]
mod serve;
mod sign;
mod verify;

pub use builder::{BodyBuilder, TimestampedBuilder};
pub use clock::{Clock, SystemClock};
pub use config::{ConfigError, ConfigErrorKind};
pub use delivery::{Delivery, DeliveryRef, Event, ParseError, ParseErrorKind};
pub use headers::{Headers, Occurrence};
#[cfg(feature = "redis")]
pub use replay::RedisStore;
pub use replay::{
    Admission, BoxFuture, Claim, MemoryStore, OnStoreError, ReplayGuard, ReplayStore, Reservation,
    ReservationId, StoreError,
};
pub use replay_key::ReplayKey;
pub use scheme::Scheme;
#[cfg(feature = "tower")]
pub use serve::{Received, ReceiverLayer, ReceiverService, Unhandled};
pub use sign::Signer;
pub use verify::{Verified, Verifier, VerifyError, VerifyErrorKind};

pub use port_webhooks_api::{
    DeliveredAction, DeliveredBlueprint, DeliveredEntity, DeliveredRun, DeliveryData, EventType, ExtraFields,
    Secret, Timestamp,
};
