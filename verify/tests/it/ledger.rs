//! The ledger, the fake's defaults and the facts say the same.

use fake_port::{Reset, Unverified};
use port_webhooks_verify::ledger::{Entry, disagreements, entries, note, write};
use port_webhooks_verify::{Finding, Reading, Report, Settled, facts, readings};

pub(crate) const LEDGER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/verified.md");

fn ledger() -> String {
    std::fs::read_to_string(LEDGER).unwrap()
}

/// The value that a row has, whether it is settled or not.
fn value_of(ledger: &str, name: &str) -> String {
    let start = format!("| `{name}` |");
    let row = ledger.lines().find(|line| line.starts_with(&start));
    let row = row.unwrap_or_else(|| panic!("docs/verified.md has no row of {name}: cargo verify table"));
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    assert_eq!(cells.len(), 8, "{row}");
    assert!(!cells[6].is_empty(), "a row has a reason or evidence: {row}");
    cells[4].to_owned()
}

#[test]
fn the_defaults_of_the_switches_are_those_of_the_ledger() {
    let ledger = ledger();
    for (switch, default) in readings(Unverified::default()) {
        let place = "docs/verified.md and Unverified::default() of fake-port differ";
        assert_eq!(value_of(&ledger, switch), default, "{place} in {switch}");
    }
    let reset = match Reset::default() {
        Reset::EpochMilliseconds => "epoch milliseconds",
        Reset::SecondsToWait => "seconds to wait",
        _ => "epoch seconds",
    };
    assert_eq!(value_of(&ledger, "rate_limit_reset"), reset);
}

#[test]
fn the_fake_does_as_port_does_where_that_is_settled() {
    assert_eq!(disagreements(&facts(), &entries(&ledger()).unwrap()), [""; 0]);
}

#[test]
fn the_table_is_as_it_would_be_written() {
    let ledger = ledger();
    let anew = write(&ledger, &facts(), &entries(&ledger).unwrap()).unwrap();
    assert_eq!(ledger, anew, "the table is stale, or was edited by hand: cargo verify table");
}

#[test]
fn every_fact_has_a_name_of_its_own_and_a_reason() {
    let mut names: Vec<_> = facts().iter().map(|fact| fact.id).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    let rows = include_str!("../../facts.md").lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(all, rows, "a row of verify/facts.md cannot be read");
    for fact in facts() {
        assert!(
            fact.cannot.is_some() != fact.has_probe(),
            "{fact:?} needs a probe or a reason why there is none"
        );
        assert!(!fact.why.is_empty() && !fact.question.is_empty(), "{fact:?}");
        for text in [fact.why, fact.question, &fact.reading.to_string(), fact.cannot.unwrap_or_default()] {
            assert!(!text.contains(['|', '\n']), "{text}");
        }
    }
}

fn report(value: &str) -> Report {
    let settled = Settled { value: value.into(), evidence: "PATCH: 200 {\"a\":\"|\"}\n".into() };
    let findings = vec![
        Finding { fact: "rename", outcome: Ok(settled) },
        Finding { fact: "put", outcome: Err("no answer".into()) },
    ];
    Report { findings, removed: Vec::new(), left: Vec::new(), requests: 0 }
}

#[test]
fn what_a_run_settles_is_written_with_its_day_and_stays() {
    let old = ledger();
    let facts = facts();
    let mut known = entries(&old).unwrap();
    let others = known.keys().filter(|name| *name != "rename").count();
    note(&mut known, &report("true"), "2030-01-31");
    let new = write(&old, &facts, &known).unwrap();
    assert!(new.contains("| `rename` | whether another identifier in a PATCH or PUT renames | `rename` | true | 2030-01-31 | PATCH: 200 {\"a\":\"/\"} |"), "{new}");

    let mut again = entries(&new).unwrap();
    assert_eq!(again.len(), others + 1, "what was not settled is not written");
    assert_eq!(write(&new, &facts, &again).unwrap(), new);
    note(&mut again, &Report { findings: Vec::new(), ..report("") }, "2031-01-31");
    assert_eq!(again["rename"].date, "2030-01-31", "a run that settles nothing takes nothing away");
}

#[test]
fn what_the_fake_does_otherwise_is_told() {
    let facts = facts();
    for (value, told) in [("true", false), ("false", true), ("true by PATCH, ignored by PUT", true)] {
        let mut known = entries(&ledger()).unwrap();
        note(&mut known, &report(value), "2030-01-31");
        let said = disagreements(&facts, &known);
        assert_eq!(
            said.iter().any(|line| line.contains("`rename` in `Unverified::default()`")),
            told,
            "{said:?}"
        );
    }
    // Where the profiles differ, Port may be as either of them.
    let either = facts.iter().find(|fact| matches!(fact.reading, Reading::Two { .. })).unwrap();
    for (value, count) in [("taken", 0), ("refused", 0), ("other", 1)] {
        let entry = Entry { value: value.into(), date: "2030-01-31".into(), evidence: "x".into() };
        assert_eq!(disagreements(&facts, &[(either.id.to_owned(), entry)].into()).len(), count);
    }
}

#[test]
fn a_ledger_that_can_not_be_read_is_refused() {
    let whole = ledger();
    assert!(entries("").is_err());
    assert!(entries(&whole.replace("<!-- End", "<!-- end")).is_err());
    assert!(entries(&whole.replace("| not yet |", "|")).is_err());
}
