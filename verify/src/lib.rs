//! Asks a Port what nobody has verified about it, and keeps the ledger of what was found, `docs/verified.md`.
//!
//! It speaks plain HTTP and shares nothing with the client but the settings, so a reading of the client's
//! is not taken for a fact.

#![forbid(unsafe_code)]

mod facts;
pub mod ledger;
mod names;
mod probes;
mod readings;
mod report;
mod response;
mod run;
mod session;
mod settings;
mod webhooks;

pub use facts::{Fact, Reading, facts};
pub use names::{Names, is_ours};
pub use readings::readings;
pub use report::{Finding, Outcome, Report, Settled};
pub use run::{run, run_with};
pub use session::Wait;
pub use settings::Settings;
