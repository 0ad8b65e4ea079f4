//! Tests of `port-webhooks-mapping`.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod corpus;
mod differences;
mod evaluation;
mod port_jq;
mod properties;
mod senders;
mod templates;
