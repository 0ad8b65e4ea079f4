//! What a test reads back: requests, applied writes, counts and the whole state.

mod counts;
mod ledger;
mod log;
mod requests;
mod snapshot;

pub use counts::Counts;
pub use ledger::{Answered, Write};
pub use log::Recording;
pub use requests::{Expected, Mismatch, Requests};
pub use snapshot::Snapshot;

pub(crate) use log::Log;
