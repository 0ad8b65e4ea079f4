#![doc = include_str!("links.md")]
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accept;
mod access;
mod activity;
mod admin;
mod auth;
mod builder;
mod call;
mod clock;
#[cfg(feature = "serve")]
mod command;
mod data_source;
mod delivery;
mod engine;
mod fake_port;
mod fault;
// Pages alone, which are not compiled. Their programs are tests of the workspace: some need other crates of ours.
#[cfg(all(doc, not(doctest)))]
pub mod guide;
mod ingest;
mod json;
mod mocks;
mod paging;
mod profile;
mod random;
mod rate_limit;
mod recording;
mod request;
mod response;
mod runs;
mod script;
mod seed;
mod server;
mod settings;
mod state;
mod tokens;
mod validate;
mod webhooks;

pub use activity::Activity;
pub use builder::{Builder, StartError};
pub use call::Route;
#[cfg(feature = "serve")]
pub use command::{ServeArguments, ServeError};
pub use data_source::{EventOutcome, IngestedEvent};
pub use delivery::{
    Deliveries, DeliveryAttempt, DeliveryOutcome, Order, PortEvent, SentDelivery, SigningScheme, Waits,
};
pub use fake_port::{FakePort, Snapshot};
pub use fault::{Ending, Fault, FaultId, FaultPlan, Hint, PagingFault, PlanError};
pub use profile::{CreateStatus, ListKey, PastTheEnd, Profile, Unverified, ValidationStatus};
pub use rate_limit::{ParseRequestLimitError, RequestLimit, Reset};
pub use recording::{AppliedWrite, Counts, Expected, RecordedRequest, Recording, Requests, WriteResponse};
pub use runs::{Invocation, InvokeError, RunChange, RunLogLine, StoredRun};
pub use script::{Script, ScriptStep, ScriptedServer};
pub use seed::{SeedError, SeedFileError, parse_seeds};
pub use wiremock;
