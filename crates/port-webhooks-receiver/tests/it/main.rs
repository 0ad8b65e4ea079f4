//! The receiver as its users meet it: the vectors of the policy, properties, replays, servers, and the fake.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
mod vectors;
