//! `cargo xtask api`: the public API of each published library, as a text next to its manifest.
//!
//! [`libraries`] finds them, [`rustdoc`] has their API written, and [`foreign`] finds the types of others in it. A
//! change of the API is then a change of a file, which a review sees.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use similar::TextDiff;

use crate::root;
use foreign::Foreign;
use libraries::Library;

mod foreign;
mod libraries;
mod rustdoc;

/// What of other crates may be in the public API.
const ALLOWED: &str = "xtask/foreign.txt";

/// Writes the snapshots that changed, or with `check` shows where they differ from what is there.
pub(crate) fn run(check: bool) -> Result<ExitCode> {
    let list = fs::read_to_string(root().join(ALLOWED)).with_context(|| format!("cannot read {ALLOWED}"))?;
    let mut foreign = Foreign::new(&list).with_context(|| format!("in {ALLOWED}"))?;
    let (libraries, target) = libraries::published()?;
    let mut right = true;
    for library in &libraries {
        let api = rustdoc::public_api(library, &target)?;
        right &= snapshot(library, &api, check)?;
        foreign.look(&library.name, &api);
    }
    let wrong = foreign.wrong();
    for line in &wrong {
        println!("{line}");
    }
    if !wrong.is_empty() {
        println!(
            "what users see of other crates binds us to their versions: {ALLOWED} says what is wanted, and why"
        );
    }
    Ok(if right && wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the snapshot is right, or was made so.
fn snapshot(library: &Library, api: &str, check: bool) -> Result<bool> {
    let path = root().join(&library.snapshot);
    let old = fs::read_to_string(&path).unwrap_or_default();
    if old == api {
        println!("unchanged {}", library.snapshot);
        return Ok(true);
    }
    if check {
        print!("{}", difference(&library.snapshot, &old, api));
        println!("run `cargo xtask api` and commit what it writes, if the change is meant");
        return Ok(false);
    }
    fs::write(&path, api).with_context(|| format!("cannot write {}", library.snapshot))?;
    println!("wrote     {}", library.snapshot);
    Ok(true)
}

/// What went and what came, all of it.
fn difference(name: &str, old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().context_radius(0).header(name, "as it is").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_shown() {
        let old = "pub fn a::f()\n".repeat(100);
        let new = old.replace("()", "(u8)");
        let difference = difference("api.txt", &old, &new);
        assert_eq!(difference.lines().filter(|line| line.starts_with("-pub ")).count(), 100, "{difference}");
        assert_eq!(difference.lines().filter(|line| line.starts_with("+pub ")).count(), 100, "{difference}");
    }
}
