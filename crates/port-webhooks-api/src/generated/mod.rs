//! What `cargo xtask codegen` writes. Only this file is by hand.

#[allow(clippy::pedantic)]
#[rustfmt::skip]
pub mod operations;
#[allow(clippy::pedantic)]
#[rustfmt::skip]
pub(crate) mod types;
