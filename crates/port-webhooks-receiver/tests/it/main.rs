//! The receiver as its users meet it: the policy of the verifier, properties, replays, servers, and the fake.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::similar_names)] // a verifier and what is verified

mod decrypt;
mod fake;
mod live;
mod policy;
mod properties;
mod redis;
mod replay;
mod schemes;
mod secrets;
mod serve;
mod support;
mod timing;
mod vectors;
mod views;
