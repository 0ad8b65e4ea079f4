//! Asks a Port what nobody has verified about it, and keeps the ledger of what was found, `docs/verified.md`.
//!
//! It speaks plain HTTP and shares nothing with the client but the settings, so a reading of the client's
//! is not taken for a fact.

#![forbid(unsafe_code)]

pub mod ledger;
mod probes;
mod response;
mod run;
mod session;
mod settings;
mod webhooks;

pub use run::{Finding, Report, Settled, run};
pub use session::Wait;
pub use settings::Settings;
pub use webhooks::is_ours;

/// What was found, or why nothing was.
pub type Result<T> = std::result::Result<T, String>;
