//! Runs what `benches/` measures, and keeps the figures.

mod table;

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::root;

/// In the order of the page.
const PROGRAMS: [&str; 6] = ["calls", "allocations", "paging", "receiver", "fake", "builds"];
/// Where the figures of a run are left for machines.
const FIGURES: &str = "target/bench.json";
const PAGE: &str = "docs/performance.md";

#[derive(Args)]
pub(crate) struct Arguments {
    /// What is measured: calls, allocations, paging, receiver, fake, builds. Without any, all of them
    #[arg(value_parser = PROGRAMS)]
    programs: Vec<String>,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Write the tables into docs/performance.md
    #[arg(long)]
    write: bool,
    /// Exit with 1 when an aim is missed
    #[arg(long)]
    check: bool,
}

/// Runs programs one after the other.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let root = root();
    let wanted: Vec<&str> = PROGRAMS
        .into_iter()
        .filter(|program| arguments.programs.is_empty() || arguments.programs.iter().any(|p| p == program))
        .collect();
    let mut reports = Vec::new();
    for program in wanted {
        eprintln!("measuring {program}");
        reports.push(measure(root, program)?);
    }
    let figures = json!({ "machine": machine(), "reports": reports });
    let text = serde_json::to_string_pretty(&figures)?;
    fs::create_dir_all(root.join("target"))?;
    fs::write(root.join(FIGURES), &text).with_context(|| format!("cannot write {FIGURES}"))?;
    if arguments.write {
        write(root, &figures)?;
    }
    if arguments.json {
        println!("{text}");
    } else {
        print!("{}", table::markdown(&figures));
    }
    let missed = table::missed(&figures);
    for row in &missed {
        eprintln!("missed: {row}");
    }
    Ok(if arguments.check && !missed.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn measure(root: &Path, program: &str) -> Result<Value> {
    let manifest = root.join("benches/Cargo.toml");
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(manifest)
        .args(["--bin", program, "--", "--json"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    ensure!(output.status.success(), "{program} failed: {}", output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("{program} printed no figures"))
}

/// What the figures are of: seconds of one machine say little on another.
fn machine() -> Value {
    let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let version = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        Some(text.lines().next()?.trim().to_owned())
    };
    json!({
        "processor": processor,
        "cores": std::thread::available_parallelism().map(usize::from).ok(),
        "system": format!("{} {}", env::consts::OS, env::consts::ARCH),
        "rustc": version("rustc", "--version"),
        "valgrind": version("valgrind", "--version"),
        "date": version("date", "--iso-8601"),
    })
}

/// Puts the tables of each program between its marks on the page; what was not measured stays.
fn write(root: &Path, figures: &Value) -> Result<()> {
    let path = root.join(PAGE);
    let mut page = fs::read_to_string(&path).with_context(|| format!("cannot read {PAGE}"))?;
    let about = table::machine(&figures["machine"]);
    for report in figures["reports"].as_array().into_iter().flatten() {
        let name = report["name"].as_str().unwrap_or_default();
        page = between(&page, name, &format!("{about}\n{}", table::report(report)))?;
    }
    fs::write(&path, page).with_context(|| format!("cannot write {PAGE}"))
}

fn between(page: &str, name: &str, tables: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let Some((before, rest)) = page.split_once(&begin) else { bail!("{PAGE} has no place for {name}") };
    let Some((_, after)) = rest.split_once(&end) else { bail!("the place for {name} in {PAGE} has no end") };
    Ok(format!("{before}{begin}\n{tables}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_go_between_their_marks_and_nothing_else_changes() {
        let page = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n";
        let new = between(page, "x", "new").unwrap();
        assert_eq!(new, "a\n<!-- begin x -->\n\nnew\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n");
        assert_eq!(between(&new, "x", "new").unwrap(), new);
        assert!(between(page, "z", "new").unwrap_err().to_string().contains("no place for z"));
    }

    /// Nothing that is measured is without a place.
    #[test]
    fn the_page_has_a_place_for_each_program() {
        let page = fs::read_to_string(root().join(PAGE)).unwrap();
        for program in PROGRAMS {
            between(&page, program, "").unwrap();
        }
    }
}
