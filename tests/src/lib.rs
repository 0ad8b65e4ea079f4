//! The README of the workspace, as tests: each of its fences is compiled, and run.
#![cfg_attr(doctest, doc = include_str!("../../README.md"))]

/// The guides of the receiver, which need what the receiver itself does not.
#[cfg(doctest)]
#[doc = include_str!("../../crates/port-webhooks-receiver/guides/actix.md")]
mod actix {}
