//! `cargo xtask drift FILE`: where the contract and an OpenAPI document of Port differ.
//!
//! [`load`] reads both as plain JSON, [`routes`] finds what belongs together, [`operations`] and
//! [`schemas`] compare it, [`allow`] takes out what is on purpose, and [`report`] writes the rest.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::root;
use difference::{Difference, NotCompared};
use load::Document;

mod allow;
mod alternative;
mod branches;
mod content;
mod difference;
mod keywords;
mod load;
mod operations;
mod pair;
mod parameters;
mod report;
mod resolve;
mod routes;
mod schema;
mod schemas;
#[cfg(test)]
mod tests;

const CONTRACT: &str = "openapi/port-webhooks.yaml";
const ALLOWED: &str = "openapi/drift-allowed.txt";

/// What cannot be compared at all: wrong usage, as clap has it, or a file that cannot be read.
pub(crate) const CANNOT_COMPARE: u8 = 2;

/// What to compare with, and what to show of it.
#[derive(clap::Args)]
#[command(after_help = "\
Exits with 0 when nothing is new, with 1 when something is, or when a line of the allow list matches nothing \
any more, and with 2 when there is nothing to compare: wrong usage, or a file that cannot be read.")]
pub(crate) struct Options {
    /// The OpenAPI document of Port: 3.0 or 3.1, JSON or YAML
    file: PathBuf,

    /// Write one JSON document instead of a table
    #[arg(long)]
    json: bool,

    /// Show the differences that are allowed as well, each with its reason
    #[arg(long)]
    allowed: bool,

    /// The list of differences that are on purpose [default: openapi/drift-allowed.txt]
    #[arg(long, value_name = "FILE")]
    allow: Option<PathBuf>,

    /// List every route that only the document of Port has, not only those near the contract's
    #[arg(long)]
    all_routes: bool,
}

/// What a comparison found.
#[derive(Debug, Default)]
struct Comparison {
    differences: BTreeSet<Difference>,
    not_compared: BTreeSet<NotCompared>,
    /// How many routes stand in both documents.
    routes: usize,
    /// How many schemas were compared, each place counted by itself.
    schemas: usize,
    /// How many routes stand only there and are none of the contract's concern.
    left_out: usize,
}

/// Compares, and writes what was found to stdout.
///
/// # Errors
///
/// A file that cannot be read, that is not what it should be, or an allow list that is not valid.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let here = load::read(&root().join(CONTRACT)).with_context(|| format!("the contract, {CONTRACT}"))?;
    let there = load::read(&options.file)
        .with_context(|| format!("the document to compare with, {}", options.file.display()))?;
    let list = match &options.allow {
        Some(path) => read_list(path, &path.display().to_string()),
        None => read_list(&root().join(ALLOWED), ALLOWED),
    }?;

    let comparison = compare(&here, &there, options.all_routes);
    let report = report::Report::new(comparison, &list, CONTRACT, &options.file.display().to_string());
    let text = if options.json { report.json() } else { report.text(options.allowed) };
    // A reader that has gone away has seen what it wanted; the exit code stays true.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read_list(path: &Path, name: &str) -> Result<Vec<allow::Entry>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the allow list, {name}"))?;
    allow::parse(&text).with_context(|| format!("in the allow list, {name}"))
}

fn compare(here: &Document, there: &Document, all_routes: bool) -> Comparison {
    let mut comparer = schemas::Comparer::new(here, there);
    operations::documents(&mut comparer, all_routes);
    comparer.found
}
