//! What the benchmarks have in common: the calls that are compared, servers that take next to nothing, and a client
//! that does.
//!
//! `cargo xtask bench` runs all of them.

pub mod calls;
pub mod load;
pub mod server;

/// Anything that goes wrong.
pub type Failed = Box<dyn std::error::Error>;
