//! What a test reads back: requests, applied writes and counts.

mod counts;
mod ledger;
mod log;
mod requests;

pub use counts::Counts;
pub use ledger::{Answered, Write};
pub use log::Recording;
pub use requests::{Expected, Mismatch, Requests};

pub(crate) use log::Log;
