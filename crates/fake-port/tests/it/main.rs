//! The fake over HTTP, seen by a bare client.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failing test is what they are for.

mod auth;
mod client;
mod documented;
mod errors;
mod handle;
mod live;
mod paging;
#[cfg(unix)]
mod serve;
