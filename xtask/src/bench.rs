//! Runs what `benches/` measures, and writes the figures to the page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::root;

/// In the order of the page.
const PROGRAMS: [&str; 6] = ["calls", "allocations", "paging", "receiver", "fake", "mapping"];
/// What is measured, and what is wanted of it.
const AIMS: &str = "benches/aims.json";
const PAGE: &str = "docs/performance.md";

#[derive(Args)]
pub(crate) struct Arguments {
    /// What is measured: calls, allocations, paging, receiver, fake, mapping. Without any, all of them
    #[arg(value_parser = PROGRAMS)]
    programs: Vec<String>,
    /// Write the tables into docs/performance.md
    #[arg(long)]
    write: bool,
    /// Exit with 1 when an aim is missed, or a call takes 2 % more instructions than were accepted
    #[arg(long)]
    check: bool,
}

/// Figures that stand side by side.
#[derive(Deserialize)]
struct Group {
    program: String,
    #[serde(rename = "group")]
    title: String,
    unit: String,
    /// Subjects, and the most that the ratio of each to the first may be.
    rows: Vec<(String, Option<f64>)>,
}

/// By group and subject.
type Figures = BTreeMap<String, BTreeMap<String, f64>>;

/// Runs programs one after the other.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let is_wanted = |name: &str| {
        arguments.programs.is_empty() || arguments.programs.iter().any(|program| program == name)
    };
    let groups: Vec<Group> = serde_json::from_slice(&fs::read(root().join(AIMS))?).context(AIMS)?;
    let mut page = fs::read_to_string(root().join(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let machine = machine();
    let mut is_missed = false;
    for program in PROGRAMS.into_iter().filter(|program| is_wanted(program)) {
        let own: Vec<&Group> = groups.iter().filter(|group| group.program == program).collect();
        let (figures, is_accepted) = measure(program, &own)?;
        let (tables, missed) = tables(&own, &figures)?;
        println!("{machine}\n{tables}");
        for row in &missed {
            eprintln!("missed: {row}");
        }
        is_missed |= !missed.is_empty() || !is_accepted;
        page = between(&page, program, &format!("{machine}\n{tables}"))?;
    }
    if arguments.write {
        fs::write(root().join(PAGE), page).with_context(|| format!("cannot write {PAGE}"))?;
    }
    Ok(if arguments.check && is_missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The figures of a program, and whether it takes no more instructions than were accepted.
fn measure(program: &str, groups: &[&Group]) -> Result<(Figures, bool)> {
    let mut figures = Figures::new();
    let mut is_accepted = true;
    if matches!(program, "calls" | "allocations") {
        let output = cargo(&["run", "--bin", program, "--release"]).args(["--", "--check"]).output()?;
        is_accepted = output.status.success();
        figures = serde_json::from_slice(&output.stdout).with_context(|| format!("{program} failed"))?;
    }
    if program != "allocations" {
        let status = cargo(&["bench", "--bench", program]).stdout(Stdio::inherit()).status()?;
        ensure!(status.success(), "{program} failed: {status}");
    }
    for group in groups.iter().filter(|group| group.unit == "ns") {
        for (name, _) in &group.rows {
            let path = format!("benches/target/criterion/{}/{name}/new/estimates.json", group.title);
            let text = fs::read(root().join(&path)).with_context(|| format!("cannot read {path}"))?;
            let median = serde_json::from_slice::<Value>(&text)?["median"]["point_estimate"].as_f64();
            let median = median.with_context(|| format!("{path} has no median"))?;
            figures.entry(group.title.clone()).or_default().insert(name.clone(), median);
        }
    }
    Ok((figures, is_accepted))
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).args(["--quiet", "--locked", "--manifest-path"]);
    command.arg(root().join("benches/Cargo.toml")).current_dir(root()).stderr(Stdio::inherit());
    command
}

/// What the figures are of: seconds of one machine say little on another.
fn machine() -> String {
    let first_line = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output().ok()?;
        Some(String::from_utf8(output.stdout).ok()?.lines().next()?.trim().to_owned())
    };
    let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let cores = std::thread::available_parallelism().map(|cores| format!("{cores} cores")).ok();
    let system = Some(format!("{} {}", env::consts::OS, env::consts::ARCH));
    let [date, rustc] = [first_line("date", "--iso-8601"), first_line("rustc", "--version")];
    let parts = [date, processor, cores, system, rustc, first_line("valgrind", "--version")];
    format!("Measured: {}.\n", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// The tables of groups, and each row whose aim is missed.
fn tables(groups: &[&Group], figures: &Figures) -> Result<(String, Vec<String>)> {
    let (mut text, mut missed) = (String::new(), Vec::new());
    for Group { title, unit, rows, .. } in groups {
        let _ = write!(text, "**{title}**\n\n| | figure | ratio | aim |\n|---|---:|---:|---|\n");
        let figure = |name: &str| figures.get(title)?.get(name).copied().filter(|figure| *figure > 0.0);
        let first = rows.first().and_then(|(name, _)| figure(name));
        for (name, most) in rows {
            let figure = figure(name).with_context(|| format!("{title}: {name} was not measured"))?;
            let ratio = figure / first.unwrap_or(figure);
            let is_met = most.is_none_or(|most| ratio <= most);
            let aim = most.map_or_else(String::new, |most| {
                format!("≤ {most} {}", if is_met { "met" } else { "**missed**" })
            });
            let _ =
                writeln!(text, "| {name} | {} | {ratio:.3} | {aim} |", format!("{figure:.0} {unit}").trim());
            if !is_met {
                missed.push(format!("{title}: {name}"));
            }
        }
        text.push('\n');
    }
    Ok((text.trim_end().to_owned(), missed))
}

/// The page with other tables between the marks of a program.
fn between(page: &str, name: &str, tables: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let parts = page.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) = parts.with_context(|| format!("{PAGE} has no place for {name}"))?;
    Ok(format!("{before}{begin}\n{tables}\n\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_go_between_their_marks_and_nothing_else_changes() {
        let page = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n";
        let new = between(page, "x", "new").unwrap();
        assert_eq!(
            new,
            "a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n"
        );
        assert_eq!(between(&new, "x", "new").unwrap(), new);
        assert!(between(page, "z", "new").unwrap_err().to_string().contains("no place for z"));
    }

    /// Nothing that is measured is without a place.
    #[test]
    fn page_has_a_place_for_each_program() {
        let page = fs::read_to_string(root().join(PAGE)).unwrap();
        let groups: Vec<Group> = serde_json::from_slice(&fs::read(root().join(AIMS)).unwrap()).unwrap();
        for program in PROGRAMS {
            between(&page, program, "").unwrap();
            assert!(groups.iter().any(|group| group.program == program), "{program}");
        }
    }

    #[test]
    fn table_has_each_figure_and_names_what_is_missed() {
        let text =
            r#"{"program":"x","group":"g","unit":"ns","rows":[["a",null],["b",1.2],["c",0.5],["d",null]]}"#;
        let group: Group = serde_json::from_str(text).unwrap();
        let own =
            [("a", 1000.0), ("b", 1300.0), ("c", 400.0)].map(|(name, figure)| (name.to_owned(), figure));
        let mut figures = Figures::from([("g".to_owned(), own.into())]);
        assert_eq!(tables(&[&group], &figures).unwrap_err().to_string(), "g: d was not measured");
        figures.get_mut("g").unwrap().insert("d".to_owned(), 2.4);
        let (text, missed) = tables(&[&group], &figures).unwrap();
        assert_eq!(
            text,
            "**g**\n\n| | figure | ratio | aim |\n|---|---:|---:|---|\n| a | 1000 ns | 1.000 |  |\n\
             | b | 1300 ns | 1.300 | ≤ 1.2 **missed** |\n| c | 400 ns | 0.400 | ≤ 0.5 met |\n| d | 2 ns | 0.002 |  |"
        );
        assert_eq!(missed, ["g: b"]);
    }
}
