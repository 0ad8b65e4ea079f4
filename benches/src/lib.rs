//! What the benchmarks have in common: the calls that are compared, and a server and a client that take next to no time.
//!
//! `cargo xtask bench` runs all of them.

pub mod calls;
pub mod load;
pub mod server;

/// Anything that goes wrong.
pub type Failed = Box<dyn std::error::Error>;
