//! `cargo xtask codegen`: the contract in, the generated half of `port-webhooks-api` out.
//!
//! [`schema`] makes the JSON Schema of the files that the command reads.
//!
//! [`contract`] reads the YAML, [`prepare`] turns it into the document that progenitor is given,
//! [`mod@generate`] runs progenitor, [`enumerations`] writes the types that it cannot write, and [`polish`] makes two files of what comes out: the types as they are, and of the
//! client a constructor for each operation, by [`operations`].

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde_json::Value;
use similar::TextDiff;

use crate::root;

mod by_hand;
mod contract;
#[cfg(test)]
mod edits;
mod enumerations;
mod generate;
mod operations;
mod place;
mod polish;
mod prepare;
mod rules;
mod schema;
mod supported;

const CONTRACT: &str = "openapi/port-webhooks.yaml";
const GENERATED: &str = "crates/port-webhooks-api/src/generated";
const SCHEMA: &str = "crates/port-webhooks-cli/src/document/webhooks.schema.json";

/// How much of a difference `--check` shows of each file.
const DIFF_LINES: usize = 20;

struct GeneratedFile {
    /// Relative to the root of the workspace.
    path: String,
    text: String,
}

/// Writes the generated files that changed.
pub(crate) fn write() -> Result<ExitCode> {
    for file in generate_all()? {
        let path = root().join(&file.path);
        if fs::read_to_string(&path).is_ok_and(|old| old == file.text) {
            println!("unchanged {}", file.path);
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(&path, &file.text).with_context(|| format!("cannot write {}", file.path))?;
        println!("wrote     {}", file.path);
    }
    Ok(ExitCode::SUCCESS)
}

/// Compares what would be written with what is there.
pub(crate) fn check() -> Result<ExitCode> {
    let stale: Vec<String> = generate_all()?.iter().filter_map(|file| difference(root(), file)).collect();
    if stale.is_empty() {
        println!("{GENERATED} and {SCHEMA} are up to date with {CONTRACT}");
        return Ok(ExitCode::SUCCESS);
    }
    print!("{}", stale.concat());
    println!("run `cargo xtask codegen` and commit what it writes");
    Ok(ExitCode::FAILURE)
}

/// What is stale about a file, if it is.
fn difference(root: &Path, file: &GeneratedFile) -> Option<String> {
    let committed = fs::read_to_string(root.join(&file.path)).unwrap_or_default();
    (committed != file.text).then(|| format!("stale: {}\n{}", file.path, short_diff(&committed, &file.text)))
}

fn generate_all() -> Result<Vec<GeneratedFile>> {
    let generated = contract::read(&root().join(CONTRACT)).and_then(|contract| generate(&contract));
    generated.with_context(|| format!("in {CONTRACT}"))
}

/// What is generated of a contract.
fn generate(contract: &Value) -> Result<Vec<GeneratedFile>> {
    contract::check(contract)?;
    let schema = schema::of_files(contract)?;
    let document = prepare::prepare(contract.clone())?;
    by_hand::check(contract, document["components"]["schemas"].as_object().context("no schemas")?)?;
    let polished = polish::polish(generate::generate(&document, contract)?, contract, &document)?;
    let file = |path: String, text| GeneratedFile { path, text };
    Ok(vec![
        file(format!("{GENERATED}/types.rs"), polished.types),
        file(format!("{GENERATED}/operations.rs"), polished.operations),
        file(SCHEMA.to_owned(), schema),
    ])
}

fn short_diff(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let text = diff.unified_diff().context_radius(1).header("committed", "generated").to_string();
    let mut short: Vec<&str> = text.lines().take(DIFF_LINES).collect();
    let total = text.lines().count();
    let rest = format!("… {} more lines", total.saturating_sub(DIFF_LINES));
    if total > DIFF_LINES {
        short.push(&rest);
    }
    short.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_committed_is_what_is_generated_each_time() {
        for file in generate_all().unwrap().iter().chain(&generate_all().unwrap()) {
            assert_eq!(difference(root(), file), None);
            assert!(
                file.text.lines().take(2).any(|line| line.contains("@generated")),
                "{} is not marked",
                file.path
            );
        }
    }

    #[test]
    fn a_stale_file_is_named_with_a_short_difference() {
        let folder = tempfile::tempdir().unwrap();
        let text = "line\n".repeat(100);
        fs::write(folder.path().join("types.rs"), &text).unwrap();
        let file = GeneratedFile { path: "types.rs".to_owned(), text: text + "one more\n" };
        let difference = difference(folder.path(), &file).unwrap();
        assert!(
            difference.starts_with("stale: types.rs\n") && difference.contains("+one more"),
            "{difference}"
        );

        let file = GeneratedFile { text: "other\n".repeat(100), ..file };
        let difference = super::difference(folder.path(), &file).unwrap();
        assert!(difference.lines().count() <= DIFF_LINES + 2, "{difference}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "checking wrote something");
    }

    #[test]
    fn a_file_that_is_missing_is_stale() {
        let folder = tempfile::tempdir().unwrap();
        let file = GeneratedFile { path: "types.rs".to_owned(), text: "line\n".to_owned() };
        assert!(difference(folder.path(), &file).is_some());
    }
}
