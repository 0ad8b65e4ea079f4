//! The tests that hold the crates of this workspace together: the contract against the fake, the
//! client against the fake, and the client against servers that misbehave.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic)]

mod blocking;
mod cancellation;
mod contract;
mod corpus;
mod deliveries;
mod end_to_end;
mod ensure;
mod errors;
mod from_python;
mod generated;
mod guides;
mod histories;
mod identifiers;
mod ingest;
mod invocations;
mod json;
mod links;
mod matrix;
mod memory;
mod model;
mod observers;
mod paging;
mod prefetch;
mod providers;
mod published;
mod quickstart;
mod raw;
mod receive;
mod reconcile;
mod retries;
mod runs;
mod runtimes;
mod secrets;
mod service;
mod settings;
mod show;
mod stability;
mod support;
mod test_util;
mod tokens;
mod traces;
mod types;
mod wire;
