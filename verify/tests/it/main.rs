//! The run against the fake, which has to be found as it is set, and the ledger.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accidents;
mod command;
mod fake;
mod findings;
mod ledger;
mod limits;
mod readings;
mod unexpected;
