#![doc = include_str!("links.md")]
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod clock;
mod config;
#[cfg(feature = "decrypt")]
mod decrypt;
mod delivery;
// Pages alone, which are not compiled. Their programs are tests of the workspace: some need other crates of ours.
#[cfg(all(doc, not(doctest)))]
pub mod guide;
mod json;
mod mac;
mod parse_error;
mod replay;
mod replay_key;
mod scheme;
#[cfg(feature = "tower")]
mod serve;
mod sign;
mod timestamp;
mod verify;

pub use builder::{BodyBuilder, TimestampedBuilder};
pub use clock::WallClock;
pub use config::{ConfigError, ConfigErrorKind};
#[cfg(feature = "decrypt")]
pub use decrypt::{DecryptError, DecryptErrorKind, InputDecryptor};
pub use delivery::event::*;
pub use delivery::{Delivery, Live};
pub use parse_error::{ParseError, ParseErrorKind};
#[cfg(feature = "redis")]
pub use replay::RedisStore;
pub use replay::{
    Admission, Claim, MemoryStore, OnStoreError, ReplayGuard, ReplayStore, Reservation, ReservationId,
    StoreError,
};
pub use replay_key::ReplayKey;
pub use scheme::Scheme;
#[cfg(feature = "tower")]
pub use serve::{Received, ReceiverLayer, ReceiverService, Rejection};
pub use sign::Signer;
pub use verify::{Verified, Verifier, VerifyError, VerifyErrorKind};

pub use port_webhooks_api::{
    Change, ChangeDiff, Delivery as Documented, DeliveryContext, DeliveryData, EventType, ExtraFields,
    Invocation, InvocationPayload, InvokedAction, LiveEntity, Secret, Timestamp, Trigger, TriggerData,
    TriggeredBy, TriggeredRun, User,
};
