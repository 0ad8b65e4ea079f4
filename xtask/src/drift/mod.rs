//! `cargo xtask drift FILE…`: where the contract and Port's OpenAPI documents differ.
//!
//! [`operations`] and [`schema`] turn each document into [`lines`], which are compared as sets; [`allow`] reads the
//! list of those that differ on purpose.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{document, root};

mod allow;
mod lines;
mod operations;
mod schema;

#[cfg(test)]
mod command_tests;
#[cfg(test)]
mod schema_tests;

const CONTRACT: &str = "openapi/port-webhooks.yaml";
const ALLOWED: &str = "openapi/drift-allowed.txt";

/// The exit status when nothing can be compared: wrong usage, as clap has it, or a file that cannot be read.
pub(crate) const CANNOT_COMPARE: u8 = 2;

/// The documents to compare with.
#[derive(clap::Args)]
#[command(after_help = "\
Exits with 0 when every difference is on the allow list, with 1 when one is not or when a line of the list matches \
nothing, and with 2 when there is nothing to compare: wrong usage, or a file that cannot be read.")]
pub(crate) struct Options {
    /// OpenAPI documents of Port, read as one: 3.0 or 3.1, JSON or YAML
    #[arg(required = true)]
    files: Vec<PathBuf>,

    /// The list of differences that are on purpose [default: openapi/drift-allowed.txt]
    #[arg(long, value_name = "FILE")]
    allow: Option<PathBuf>,
}

/// Compares, and writes the differences to `output`.
///
/// # Errors
///
/// A file cannot be read, is not an OpenAPI document, or is not a valid allow list.
pub(crate) fn run(options: &Options, output: &mut dyn io::Write) -> Result<ExitCode> {
    let contract = read(&root().join(CONTRACT)).with_context(|| format!("the contract, {CONTRACT}"))?;
    let read_published = |file: &PathBuf| {
        read(file).with_context(|| format!("the document to compare with, {}", file.display()))
    };
    let published = options.files.iter().map(read_published).collect::<Result<Vec<Value>>>()?;
    let list = options.allow.clone().unwrap_or_else(|| root().join(ALLOWED));
    let name = list.display();
    let list =
        std::fs::read_to_string(&list).with_context(|| format!("cannot read the allow list, {name}"))?;
    let list = allow::parse(&list).with_context(|| format!("in the allow list, {name}"))?;

    let (differences, same, left_out) = compare(&contract, &published);
    let (allowed, new): (Vec<&String>, Vec<&String>) =
        differences.iter().partition(|line| list.iter().any(|entry| entry.allows(line)));
    let is_stale = |entry: &&allow::Entry| !differences.iter().any(|line| entry.allows(line));
    let stale: Vec<&allow::Entry> = list.iter().filter(is_stale).collect();
    let mut text = String::new();
    if !new.is_empty() {
        text += "New differences. To allow one, add its line to the allow list, with ` # ` and the reason:\n";
    }
    for line in &new {
        writeln!(text, "{line}")?;
    }
    if !stale.is_empty() {
        text += "Lines of the allow list that match nothing and have to go:\n";
    }
    for allow::Entry { number, pattern, reason } in &stale {
        writeln!(text, "line {number}: {pattern} # {reason}")?;
    }
    let counts = format!("{} new, {} allowed, {} stale", new.len(), allowed.len(), stale.len());
    writeln!(text, "{same} lines are the same in both: {counts}; {left_out} routes of Port left out")?;
    // The exit status is right even when stdout is closed.
    let _ = output.write_all(text.as_bytes());
    Ok(if new.is_empty() && stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads an OpenAPI document as plain JSON, since 3.1 has forms that types for 3.0 reject.
fn read(path: &Path) -> Result<Value> {
    let root = document::read(path)?;
    // In YAML without quotes `3.1` is a number.
    let Some(version) = root.get("openapi").map(ToString::to_string) else {
        bail!("is not an OpenAPI document: it has no `openapi`");
    };
    let version = version.trim_matches('"');
    if !matches!(version.split('.').take(2).collect::<Vec<_>>()[..], ["3", "0" | "1"]) {
        bail!("is OpenAPI {version}; this reads OpenAPI 3.0 and 3.1");
    }
    // 3.1 does not require paths, but without them there is nothing to compare.
    if !root.get("paths").is_some_and(Value::is_object) {
        bail!("has no `paths`, so there is nothing to compare");
    }
    Ok(root)
}

/// The differences, how many lines are the same, and how many routes of Port are not below a path of the contract.
fn compare(contract: &Value, published: &[Value]) -> (BTreeSet<String>, usize, usize) {
    let paths = operations::paths(contract);
    let (mut here, mut there) = (lines::Lines::default(), lines::Lines::default());
    operations::read(contract, &paths, &mut here);
    let left_out = published.iter().map(|document| operations::read(document, &paths, &mut there)).sum();
    let mut differences = here.differences(&there, "contract");
    differences.extend(there.differences(&here, "Port"));
    (differences, here.shared(&there), left_out)
}
