#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod accept;
mod adapter;
mod admin;
mod auth;
mod builder;
mod call;
mod clock;
#[cfg(feature = "serve")]
mod command;
mod core;
mod delivery;
mod fault;
mod handle;
mod json;
mod masked;
mod paging;
mod profile;
mod random;
mod rate_limit;
mod read;
mod reply;
mod request;
mod script;
mod seed;
mod settings;
mod shared;
mod snapshot;
mod state;
mod stored;
mod tokens;
mod traffic;
mod validate;
mod webhooks;

pub use builder::{Builder, StartError};
pub use call::Route;
#[cfg(feature = "serve")]
pub use command::{ServeArguments, ServeError};
pub use delivery::{
    Deliveries, DeliveryAttempt, DeliveryOutcome, Order, PortEvent, SentDelivery, SigningScheme, Waits,
};
pub use fault::{Ending, Fault, FaultId, FaultPlan, Hint, PagingFault, PlanError};
pub use handle::FakePort;
pub use profile::{CreateStatus, ListKey, Profile, Unverified, ValidationStatus};
pub use rate_limit::{ParseRequestLimitError, RequestLimit, Reset};
pub use read::{Answered, Counts, Expected, Mismatch, Recording, Requests, Write};
pub use request::RecordedRequest;
pub use script::{Script, ScriptedServer, Step};
pub use seed::{SeedError, SeedFileError, parse_seeds};
pub use snapshot::Snapshot;
