#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod about;
mod answer;
mod base_url;
mod budget;
mod builder;
mod call;
mod client;
mod clock;
mod ensure;
mod environment;
mod error;
mod identifier;
mod observe;
mod operations;
mod paging;
mod plan;
mod rate_limit;
mod reconcile;
mod redact;
mod region;
mod request;
mod retry;
mod tls;
mod token;
mod webhooks;

pub use builder::ClientBuilder;
pub use client::Client;
pub use clock::{Clock, SystemClock};
pub use ensure::{Ensure, Ensured};
pub use error::{Error, ErrorKind, Outcome};
pub use observe::{Attempted, Observer, Waiting};
pub use operations::{Create, Delete, Get, List, Metadata, Page, Replace, Update};
pub use paging::{PageStream, WebhookStream};
pub use plan::{Action, Change, ChangeKind, Plan, Step, WantedWebhook, diff};
pub use rate_limit::RateLimit;
pub use region::Region;
pub use request::{Operation, Request};
pub use retry::{Retry, Strategy};
pub use token::{AccessToken, TokenError, TokenProvider};
pub use webhooks::Webhooks;

// Their types are in signatures of this crate.
#[doc(no_inline)]
pub use {http, reqwest};

pub use port_webhooks_api::{
    EntityQuery, EventType, ExtraFields, HeaderValues, IntegrationType, JqOrQuery, Mapping, MappingEntity,
    MappingOperation, NewWebhook, Patch, Secret, Security, SecurityPatch, SignatureAlgorithm, Timestamp,
    Webhook, WebhookMetadata, WebhookPatch, WebhookReplacement,
};

/// Verifies, reads and serves deliveries. Feature `receiver`; `receiver-tower`, `receiver-axum` and
/// `receiver-redis` turn on its features of those names.
#[cfg(feature = "receiver")]
pub use port_webhooks_receiver as receiver;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;
