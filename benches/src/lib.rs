//! What the programs here have in common: measuring in turns, and what is printed of it.
//!
//! Each program prints tables for people; `--json` prints the same for machines, and `--check` fails when an aim is
//! missed. `cargo xtask bench` runs them all.

pub mod load;
pub mod processor;
mod report;
pub mod served;
mod turns;

pub use report::{Aim, Report, Row, Table};
pub use turns::{Subject, compare, quantile, subject, timed};
