#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

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
mod headers;
#[cfg(feature = "ingest")]
mod ingest;
mod list;
mod paging;
mod plan;
mod rate_limit;
mod raw;
mod reconcile;
mod redact;
mod request;
mod runs;
#[cfg(any(test, feature = "test-util"))]
pub mod test_util;
mod tls;
mod webhooks;

pub use base_url::Region;
pub use builder::ClientBuilder;
pub use client::Client;
pub use clock::{Clock, SystemClock};
pub use engine::observe::{Attempt, Observer, Waiting};
pub use engine::retry::{Retry, Strategy};
pub use engine::token::{AccessToken, TokenError, TokenProvider};
pub use ensure::{Ensure, Ensured};
pub use error::{Error, ErrorKind, Outcome};
#[cfg(feature = "ingest")]
pub use ingest::{Ingest, IngestEvent};
pub use list::Page;
pub use paging::{PageStream, WebhookStream};
pub use plan::{Action, Change, ChangeKind, Plan, Step, WantedWebhook, diff};
pub use rate_limit::RateLimit;
pub use raw::{Json, RawResponse};
pub use reconcile::Create;
pub use request::Request;
pub use runs::{Drained, Ending, LogPage, LogStream, NodeRun, Report, Reported, Reporter, RunLogger, Runs};
pub use webhooks::Webhooks;

// Their types are in signatures of this crate.
#[doc(no_inline)]
pub use {http, reqwest};

pub use port_webhooks_api::{
    ApprovalDecision, Call, EntityQuery, EventType, ExtraFields, GivenApproval, HeaderValues, HiddenJson,
    IntegrationType, JqOrQuery, Links, LogLevel, Mapping, MappingEntity, MappingOperation, NewRunLog,
    NewWebhook, NodeRunLog, NodeRunPatch, NodeRunResult, NodeRunStatus, Patch, Run, RunLog, RunPatch,
    RunStatus, RunSubject, Secret, Security, SecurityPatch, SignatureAlgorithm, Timestamp, Webhook,
    WebhookMetadata, WebhookPatch, WebhookReplacement,
};

/// Verifies, reads and serves deliveries. Feature `receiver`; `receiver-tower`, `receiver-axum` and
/// `receiver-redis` turn on its features of those names.
#[cfg(feature = "receiver")]
pub use port_webhooks_receiver as receiver;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;
