//! Asks a Port what nobody has verified about it, and keeps the ledger of what was found, `docs/verified.md`.
//!
//! It speaks plain HTTP and shares nothing with the client but the settings, so a reading of the client's
//! is not taken for a fact.

#![forbid(unsafe_code)]

pub mod ledger;
mod names;
mod probes;
mod report;
mod response;
mod run;
mod session;
mod settings;
mod webhooks;

pub use names::{Names, is_ours};
pub use report::{Finding, Report, Settled};
pub use run::run;
pub use session::Wait;
pub use settings::Settings;

/// What was found, or why nothing was.
type Result<T> = std::result::Result<T, String>;
