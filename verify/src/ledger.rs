//! The ledger, `docs/verified.md`: a table with a row for each fact about Port that nobody had verified.
//!
//! People write what is asked and how the fake reads it; a run writes what Port does, when it was asked, and how that was
//! seen.

use crate::probes::{self, Probe};
use crate::run::{Report, Settled};

const NOT_YET: &str = "not yet";
const BY_NO_RUN: &str = "by no run";

/// A fact about Port.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its name; the fact of a switch of the fake is called like the switch.
    pub id: String,
    /// The switch of the fake that has the reading.
    pub switch: Option<String>,
    /// How the fake reads it, or `documented: A; live: B` where its profiles differ.
    pub reading: String,
    /// What Port does, and the day on which it was asked, as `2026-01-31`.
    pub settled: Option<(String, String)>,
    /// Why no run can settle it, if none can.
    pub cannot: Option<String>,
    pub(crate) probe: Option<Probe>,
}

impl Fact {
    fn read(row: &str) -> Result<Self, String> {
        let cells = cells(row)?;
        if cells.contains(&"") {
            return Err(format!("a cell of the ledger is empty; write – where there is nothing: {row}"));
        }
        let [id, _, switch, reading, _, value, date, how] =
            cells.map(|cell| cell.trim_matches('`').to_owned());
        let is_settled = ![NOT_YET, BY_NO_RUN].contains(&date.as_str());
        Ok(Self {
            switch: Some(switch).filter(|switch| switch != "–"),
            reading,
            cannot: (date == BY_NO_RUN).then_some(how),
            settled: is_settled.then_some((value, date)),
            probe: probes::of(&id),
            id,
        })
    }

    /// How the fake reads it in its profiles `Documented` and `Live`.
    pub fn readings(&self) -> [&str; 2] {
        let two = self.reading.strip_prefix("documented: ").and_then(|rest| rest.split_once("; live: "));
        two.map_or([&self.reading; 2], |(documented, live)| [documented, live])
    }

    /// Whether a run can ask about it.
    pub fn has_probe(&self) -> bool {
        self.probe.is_some()
    }

    /// The same fact with a probe that panics, for tests.
    #[doc(hidden)]
    #[must_use]
    #[allow(clippy::panic)] // It is what is tested.
    pub fn panicking(mut self) -> Self {
        self.probe = Some(|_| Box::pin(async { panic!("on purpose") }));
        self
    }
}

/// Reads all facts, in the order in which they are asked.
///
/// # Errors
///
/// When there is no row, or one has not eight cells with a text in each.
pub fn read(ledger: &str) -> Result<Vec<Fact>, String> {
    let rows = ledger.lines().filter(|line| line.starts_with('|')).skip(2);
    let facts = rows.map(Fact::read).collect::<Result<Vec<_>, _>>()?;
    if facts.is_empty() { Err("the ledger has no rows".to_owned()) } else { Ok(facts) }
}

/// The ledger with what a run has settled. What it has not settled stays as it was.
pub fn write(ledger: &str, report: &Report, date: &str) -> String {
    let row = |line: &str| {
        let [id, question, switch, reading, why, ..] = cells(line).ok()?;
        let Settled { value, evidence } = report.settled(id.trim_matches('`'))?;
        let (value, evidence) = (cell(value), cell(evidence));
        Some(format!("| {id} | {question} | {switch} | {reading} | {why} | {value} | {date} | {evidence} |"))
    };
    ledger.lines().map(|line| row(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

/// The facts that are settled in another way than the fake reads them, each with what to change.
pub fn disagreements(facts: &[Fact]) -> Vec<String> {
    let disagrees = |fact: &Fact| {
        let (value, date) =
            fact.settled.as_ref().filter(|(value, _)| !fact.readings().contains(&value.as_str()))?;
        let place = match &fact.switch {
            Some(switch) if switch.contains("::") => format!("the default of `{switch}` of fake-port"),
            Some(switch) => format!("`{switch}` in `Unverified::default()` of fake-port"),
            None => "what fake-port does".to_owned(),
        };
        let (id, reading) = (&fact.id, &fact.reading);
        Some(format!(
            "{id}: {value} since {date}, and the fake has {reading}: change {place}, and its row in docs/verified.md"
        ))
    };
    facts.iter().filter_map(disagrees).collect()
}

fn cells(row: &str) -> Result<[&str; 8], String> {
    let cells: Vec<&str> = row.trim().trim_matches('|').split('|').map(str::trim).collect();
    cells.try_into().map_err(|_| format!("a row of the ledger has not eight cells: {row}"))
}

/// A text that does not end a cell.
fn cell(text: &str) -> String {
    text.replace('|', "/").replace(['\n', '\r'], " ").trim().to_owned()
}
