//! The fake over HTTP, seen by a bare client.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failing test is what they are for.

mod access;
mod admin;
mod client;
mod contract;
mod deliveries;
mod ingest;
mod lifetime;
mod mocks;
mod panics;
mod scripts;
mod seeds;
#[cfg(unix)]
mod serve;
mod suite;
mod wire;
