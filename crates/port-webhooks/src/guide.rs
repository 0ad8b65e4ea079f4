//! Guides: one task each, from start to end. Tests run their programs.
//!
//! | | |
//! |---|---|
//! | [Managing webhooks](managing_webhooks) | create or change, pause, replace, delete; other routes of Port; without a runtime |
//! | [Data sources](data_sources) | from a third party's payload to a tested mapping, to Port, to the first event |
//! | [Errors and retries](errors_and_retries) | what to do when a call fails, what is retried, traces and metrics |
//! | [Coming from Python](from_python) | PyPort's calls, options and errors beside those of this crate |
//!
//! The receiver and the fake have guides of their own.

#[doc = include_str!("links.md")]
#[doc = include_str!("../guides/data-sources.md")]
pub mod data_sources {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../guides/errors-and-retries.md")]
pub mod errors_and_retries {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../guides/from-python.md")]
pub mod from_python {}

#[doc = include_str!("links.md")]
#[doc = include_str!("../guides/managing-webhooks.md")]
pub mod managing_webhooks {}
