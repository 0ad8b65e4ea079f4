#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod clock;
mod core;
mod paging;
mod profile;
mod reply;
mod request;
mod server;
mod state;
mod token;
mod validate;
mod webhooks;

pub use builder::{Builder, StartError};
pub use profile::{CreateStatus, ListKey, Profile, Unverified, ValidationStatus};
pub use request::RecordedRequest;
pub use server::FakePort;
pub use state::SeedError;
