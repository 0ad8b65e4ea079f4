//! What `cargo xtask codegen` writes. Only this file is by hand.

#[cfg(feature = "client")]
#[allow(unreachable_pub, clippy::pedantic)]
#[rustfmt::skip]
pub(crate) mod client;
#[allow(clippy::pedantic)]
#[rustfmt::skip]
pub(crate) mod types;
