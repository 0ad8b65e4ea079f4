#![doc = include_str!("links.md")]
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod call;
#[cfg(feature = "client")]
mod client;
// Only the client parses with it.
#[cfg_attr(not(feature = "client"), allow(dead_code))]
mod exact_numbers;
#[cfg(feature = "client")]
pub mod exchange;
mod extra_fields;
#[macro_use]
mod open_enum;
mod generated;
mod header_values;
mod json;
#[cfg(feature = "client")]
mod json_error;
mod lenient;
mod live;
mod mapping;
#[macro_use]
mod patch;
mod requests;
mod run_requests;
mod run_values;
mod secret;
mod timestamp;
mod webhook;

pub use call::Call;
#[doc(hidden)]
pub use call::identifier_flaw;
pub use extra_fields::ExtraFields;
pub use generated::operations;
pub use generated::types::*;
pub use header_values::HeaderValues;
#[doc(hidden)]
pub use json::{has_reserved_key, mend_json};
pub use mapping::{EntityQuery, JqOrQuery, MappingOperation};
pub use patch::{Patch, SecurityPatch, WebhookPatch};
pub use run_values::{HiddenJson, Links};
pub use secret::Secret;
#[doc(hidden)]
pub use secret::is_invisible;
pub use timestamp::Timestamp;

#[cfg(feature = "client")]
pub use client::{Client, Decoded, Error, ResponseError};
#[cfg(feature = "client")]
pub use json_error::JsonError;
