//! Tests of `port-webhooks-mapping`.

mod differences;
mod evaluation;
mod port_jq;
mod properties;
mod senders;
mod templates;
