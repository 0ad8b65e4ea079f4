#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[macro_use]
mod open_enum;

mod access_token;
mod call;
#[cfg(feature = "client")]
mod client;
mod event_type;
// Only the client parses with it.
#[cfg_attr(not(feature = "client"), allow(dead_code))]
mod exact_numbers;
#[cfg(feature = "client")]
pub mod exchange;
mod extra_fields;
mod generated;
mod header_values;
mod integration_type;
mod json;
#[cfg(feature = "client")]
mod json_error;
mod lenient;
mod live;
mod mapping;
mod patch;
mod requests;
mod run_requests;
mod run_values;
mod secret;
mod signature_algorithm;
mod timestamp;
mod webhook;

pub use call::Call;
#[doc(hidden)]
pub use call::identifier_flaw;
pub use event_type::EventType;
pub use extra_fields::ExtraFields;
pub use generated::operations;
pub use generated::types::*;
pub use header_values::HeaderValues;
pub use integration_type::IntegrationType;
#[doc(hidden)]
pub use json::{has_reserved_key, mend_json};
pub use mapping::{EntityQuery, JqOrQuery, MappingOperation};
pub use patch::{Patch, SecurityPatch, WebhookPatch};
pub use run_values::{
    ApprovalDecision, HiddenJson, Links, LogLevel, NodeRunResult, NodeRunStatus, RunStatus,
};
pub use secret::Secret;
pub use signature_algorithm::SignatureAlgorithm;
pub use timestamp::Timestamp;

#[cfg(feature = "client")]
pub use client::{Client, Decoded, Error, ResponseError};
#[cfg(feature = "client")]
pub use json_error::JsonError;
