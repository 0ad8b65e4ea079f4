//! What is written: a table for people, or one JSON document.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Comparison;
use super::allow::Entry;
use super::difference::{Difference, NotCompared, printable};

/// How wide a value is in the table. JSON has all of it.
const MAX_WIDTH: usize = 60;
/// How far a column goes to stand in line with a long place.
const MAX_PADDING: usize = 120;

#[derive(Debug)]
pub(super) struct Report {
    here: String,
    there: String,
    routes: usize,
    schemas: usize,
    left_out: usize,
    new: Vec<Difference>,
    allowed: Vec<(Difference, Entry)>,
    /// Lines of the allow list that match nothing.
    stale: Vec<Entry>,
    not_compared: BTreeSet<NotCompared>,
}

impl Report {
    pub(super) fn new(comparison: Comparison, list: &[Entry], here: &str, there: &str) -> Self {
        let Comparison { differences, not_compared, routes, schemas, left_out } = comparison;
        let stale =
            list.iter().filter(|entry| !differences.iter().any(|one| entry.allows(one))).cloned().collect();
        let (mut new, mut allowed) = (Vec::new(), Vec::new());
        for difference in differences {
            match list.iter().find(|entry| entry.allows(&difference)) {
                Some(entry) => allowed.push((difference, entry.clone())),
                None => new.push(difference),
            }
        }
        let (here, there) = (here.to_owned(), there.to_owned());
        Self { here, there, routes, schemas, left_out, new, allowed, stale, not_compared }
    }

    /// Whether all that differs is allowed, and all that is allowed differs.
    pub(super) fn is_clean(&self) -> bool {
        self.new.is_empty() && self.stale.is_empty()
    }

    pub(super) fn json(&self) -> String {
        let difference = |one: &Difference| {
            json!({
                "kind": one.kind(), "what": one.what, "where": one.place,
                "here": one.here, "there": one.there, "line": one.line(),
            })
        };
        let entry = |one: &Entry| json!({ "line": one.line, "pattern": one.pattern, "reason": one.reason });
        let allowed = |(one, by): &(Difference, Entry)| {
            let mut value = difference(one);
            value["allowed_by"] = entry(by);
            value
        };
        let not_compared = |one: &NotCompared| json!({ "where": one.place, "side": one.side.to_string(), "reason": one.reason });
        let document = json!({
            "here": self.here,
            "there": self.there,
            "clean": self.is_clean(),
            "compared": { "routes": self.routes, "schemas": self.schemas },
            "routes_left_out": self.left_out,
            "new": self.new.iter().map(difference).collect::<Vec<Value>>(),
            "allowed": self.allowed.iter().map(allowed).collect::<Vec<Value>>(),
            "stale": self.stale.iter().map(entry).collect::<Vec<Value>>(),
            "not_compared": self.not_compared.iter().map(not_compared).collect::<Vec<Value>>(),
        });
        format!("{document:#}\n")
    }

    pub(super) fn text(&self, with_allowed: bool) -> String {
        let mut text = printable(&format!("here:  {}", self.here)) + "\n";
        text += &(printable(&format!("there: {}", self.there)) + "\n");
        if !self.new.is_empty() {
            text += "\nnew\n";
            text += &table(self.new.iter());
        }
        if with_allowed && !self.allowed.is_empty() {
            text += "\nallowed\n";
            text += &self.allowed_by_entry();
        }
        if !self.stale.is_empty() {
            text += "\nlines of the allow list that match nothing any more\n";
            for entry in &self.stale {
                let _ = writeln!(text, "  line {}: {} # {}", entry.line, entry.pattern, entry.reason);
            }
        }
        if !self.not_compared.is_empty() {
            text += "\nnot compared\n";
            text += &self.not_compared_by_reason();
        }
        text + "\n" + &self.summary()
    }

    fn allowed_by_entry(&self) -> String {
        let mut entries: Vec<&Entry> = self.allowed.iter().map(|(_, entry)| entry).collect();
        entries.sort_by_key(|entry| entry.line);
        entries.dedup();
        let mut text = String::new();
        for entry in entries {
            let all = self.allowed.iter().filter(|(_, by)| by == entry).map(|(difference, _)| difference);
            let _ = writeln!(text, "  line {}: {}", entry.line, entry.reason);
            text += &table(all);
        }
        text
    }

    /// One reason often holds for many places.
    fn not_compared_by_reason(&self) -> String {
        let mut text = String::new();
        let mut last = None;
        for one in &self.not_compared {
            if last != Some((one.side, &one.reason)) {
                let _ = writeln!(text, "  {} ({}):", printable(&one.reason), one.side);
                last = Some((one.side, &one.reason));
            }
            let _ = writeln!(text, "    {}", printable(&one.place));
        }
        text
    }

    fn summary(&self) -> String {
        let mut text = format!(
            "{} and {} compared: {} new, {} allowed, {} not compared",
            count(self.routes, "route"),
            count(self.schemas, "schema"),
            self.new.len(),
            self.allowed.len(),
            self.not_compared.len(),
        );
        if !self.stale.is_empty() {
            let lines = count(self.stale.len(), "line");
            let _ = write!(text, ", {lines} of the allow list without effect");
        }
        text.push('\n');
        if self.left_out > 0 {
            let routes = count(self.left_out, "route");
            let _ = writeln!(
                text,
                "{routes} of there left out, away from the contract's; --all-routes lists them"
            );
        }
        text
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn table<'a>(differences: impl Iterator<Item = &'a Difference>) -> String {
    let cell = |value: Option<&String>| value.map_or_else(|| "-".to_owned(), |text| short(&printable(text)));
    let mut rows = vec![["kind", "what", "where", "here", "there"].map(str::to_owned)];
    rows.extend(differences.map(|one| {
        let (here, there) = (cell(one.here.as_ref()), cell(one.there.as_ref()));
        [one.kind().to_owned(), printable(&one.what), printable(&one.place), here, there]
    }));
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default().min(MAX_PADDING)
    };
    let widths = [0, 1, 2, 3, 4].map(width);
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "  {}", cells.join("  ").trim_end());
    }
    text
}

fn short(text: &str) -> String {
    if text.chars().count() <= MAX_WIDTH {
        return text.to_owned();
    }
    text.chars().take(MAX_WIDTH - 1).chain(['…']).collect()
}
