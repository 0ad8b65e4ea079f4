#![doc = include_str!("links.md")]
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod base_url;
#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod client;
mod clock;
/// For the command `port-webhooks`.
#[doc(hidden)]
pub mod connect_error;
mod engine;
mod ensure;
mod environment;
mod error;
// Pages alone, which are not compiled. Their programs are tests of the workspace: some need other crates of ours.
#[cfg(all(doc, not(doctest)))]
pub mod guide;
mod headers;
#[cfg(feature = "ingest")]
mod ingest;
mod list;
mod paging;
pub mod plan;
mod rate_limit;
mod raw;
mod reconcile;
mod redact;
mod request;
mod runs;
#[cfg(any(test, feature = "test-util"))]
pub mod test_util;
mod tls;
pub mod types;
mod webhooks;

pub use builder::ClientBuilder;
pub use client::Client;
pub use engine::retry::Retry;
pub use error::{Error, ErrorKind, Outcome};
#[cfg(feature = "ingest")]
pub use ingest::Ingest;
pub use port_webhooks_api::{EventType, NewWebhook, Webhook, WebhookPatch};
pub use request::Request;
pub use runs::{Reporter, Runs};
pub use webhooks::Webhooks;

// Their types are in signatures of this crate.
#[doc(no_inline)]
pub use {http, reqwest};

/// Verifies, reads and serves deliveries. Feature `receiver`; `receiver-tower`, `receiver-axum` and
/// `receiver-redis` turn on its features of those names.
#[cfg(feature = "receiver")]
pub use port_webhooks_receiver as receiver;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;
