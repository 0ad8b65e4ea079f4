//! The ledger: a table in a Markdown file, between two markers, which is written by this alone.
//!
//! A row that is settled holds what was found, when, and how. One that is not holds how the fake reads the
//! fact, and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::facts::{Fact, Reading};
use crate::report::Report;

const BEGIN: &str = "<!-- The table is written by `cargo verify`. -->\n";
const END: &str = "<!-- End of the table. -->\n";
const NOT_YET: &str = "not yet";
const HEAD: &str = "| name | what is asked | switch of the fake | value | settled | how, or why the fake reads it so |\n\
                    |---|---|---|---|---|---|\n";

/// A fact that was settled, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What was found.
    pub value: String,
    /// The day, as `2026-01-31`.
    pub date: String,
    /// What was asked and what came back.
    pub evidence: String,
}

/// What is settled, by the fact's name.
pub type Entries = BTreeMap<String, Entry>;

/// Reads what is settled out of the ledger.
///
/// # Errors
///
/// When the markers are missing or a row has not six cells.
pub fn entries(ledger: &str) -> Result<Entries, String> {
    let (_, table, _) = parts(ledger)?;
    let mut entries = Entries::new();
    for row in table.lines().skip(2) {
        let cells: Vec<&str> = row.trim().trim_matches('|').split('|').map(str::trim).collect();
        let [name, _, _, value, date, evidence] = cells[..] else {
            return Err(format!("a row of the ledger has not six cells: {row}"));
        };
        if date != NOT_YET {
            let entry = Entry { value: value.into(), date: date.into(), evidence: evidence.into() };
            entries.insert(name.trim_matches('`').to_owned(), entry);
        }
    }
    Ok(entries)
}

/// The ledger with a new table.
///
/// # Errors
///
/// When the markers are missing.
pub fn write(ledger: &str, facts: &[Fact], entries: &Entries) -> Result<String, String> {
    let (head, _, tail) = parts(ledger)?;
    Ok(format!("{head}{BEGIN}{}{END}{tail}", table(facts, entries)))
}

/// Adds what a run has settled. What it has not settled stays as it was.
pub fn note(entries: &mut Entries, report: &Report, date: &str) {
    for finding in &report.findings {
        if let Ok(settled) = &finding.outcome {
            let entry = Entry {
                value: cell(&settled.value),
                date: date.to_owned(),
                evidence: cell(&settled.evidence),
            };
            entries.insert(finding.fact.to_owned(), entry);
        }
    }
}

/// The facts that are settled in another way than the fake reads them, each with what to change.
pub fn disagreements(facts: &[Fact], entries: &Entries) -> Vec<String> {
    let disagrees = |fact: &Fact| {
        let entry = entries.get(fact.id)?;
        let agrees = match fact.reading {
            Reading::One(value) => entry.value == value,
            Reading::Two { documented, live } => entry.value == documented || entry.value == live,
        };
        let place = match fact.switch {
            Some(switch) if switch.contains("::") => format!("the default of `{switch}` of fake-port"),
            Some(switch) => format!("`{switch}` in `Unverified::default()` of fake-port"),
            None => "what fake-port does, and its row in verify/facts.md".to_owned(),
        };
        let Entry { value, date, .. } = entry;
        let says = format!("{}: {value} since {date}, and the fake has {}", fact.id, fact.reading);
        (!agrees).then(|| format!("{says}: change {place}"))
    };
    facts.iter().filter_map(disagrees).collect()
}

/// The rows.
fn table(facts: &[Fact], entries: &Entries) -> String {
    let mut table = HEAD.to_owned();
    for fact in facts {
        let switch = fact.switch.map_or_else(|| "–".to_owned(), |switch| format!("`{switch}`"));
        let (value, date, how) = match entries.get(fact.id) {
            Some(entry) => (entry.value.clone(), entry.date.as_str(), entry.evidence.clone()),
            None => (fact.reading.to_string(), NOT_YET, reason(fact)),
        };
        let _ =
            writeln!(table, "| `{}` | {} | {switch} | {value} | {date} | {how} |", fact.id, fact.question);
    }
    table
}

fn reason(fact: &Fact) -> String {
    match fact.cannot {
        Some(cannot) => format!("{}. Not by a run: {cannot}", fact.why),
        None => fact.why.to_owned(),
    }
}

/// A text that does not end a cell.
fn cell(text: &str) -> String {
    text.replace('|', "/").replace(['\n', '\r'], " ").trim().to_owned()
}

fn parts(ledger: &str) -> Result<(&str, &str, &str), String> {
    let (head, rest) =
        ledger.split_once(BEGIN).ok_or("the ledger has no table: its first marker is missing")?;
    let (table, tail) = rest.split_once(END).ok_or("the ledger's table has no end: its marker is missing")?;
    Ok((head, table, tail))
}
