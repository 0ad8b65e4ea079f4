//! The ledger, the fake's defaults and the probes agree.

use fake_port::{Reset, Unverified};
use port_webhooks_verify::ledger::{disagreements, read, write};
use port_webhooks_verify::{Finding, Report, Settled};

use crate::fake::facts;
use crate::readings::readings;

pub(crate) const LEDGER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/verified.md");

fn ledger() -> String {
    std::fs::read_to_string(LEDGER).unwrap()
}

#[test]
fn the_defaults_of_the_switches_are_those_of_the_ledger() {
    let facts = facts();
    let place = "docs/verified.md and Unverified::default() of fake-port differ";
    for (switch, default) in readings(Unverified::default()) {
        let fact = facts.iter().find(|fact| fact.id == switch);
        let fact = fact.unwrap_or_else(|| panic!("docs/verified.md has no row of {switch}"));
        assert_eq!(fact.reading, default, "{place} in {switch}");
        assert_eq!(fact.switch.as_deref(), Some(switch));
    }
    let reset = match Reset::default() {
        Reset::EpochMilliseconds => "epoch milliseconds",
        Reset::SecondsToWait => "seconds to wait",
        _ => "epoch seconds",
    };
    let fact = facts.iter().find(|fact| fact.id == "rate_limit_reset").unwrap();
    assert_eq!(fact.reading, reset);
}

#[test]
fn the_fake_does_as_port_does_where_that_is_settled() {
    assert_eq!(disagreements(&facts()), [""; 0]);
}

#[test]
fn every_fact_has_a_name_of_its_own_and_a_probe_or_a_reason() {
    let facts = facts();
    let mut names: Vec<_> = facts.iter().map(|fact| &fact.id).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!((names.len(), ledger().matches("\n| `").count()), (all, all));
    for fact in &facts {
        assert!(
            fact.cannot.is_some() != fact.has_probe(),
            "{fact:?} needs a probe or a reason why there is none"
        );
    }
    assert_eq!(facts.iter().filter(|fact| fact.has_probe()).count(), 44);
}

fn report(value: &str) -> Report {
    let settled = Settled { value: value.into(), evidence: "PATCH: 200 {\"a\":\"|\"}\n".into() };
    let findings = vec![
        Finding { fact: "rename".into(), outcome: Ok(settled) },
        Finding { fact: "put".into(), outcome: Err("no answer".into()) },
    ];
    Report { findings, removed: Vec::new(), left: Vec::new(), requests: 0 }
}

#[test]
fn what_a_run_settles_is_written_with_its_day_and_stays() {
    let old = ledger();
    let new = write(&old, &report("true"), "2030-01-31");
    let row = "| `rename` | whether another identifier in a PATCH or PUT renames | `rename` | true | Port's Terraform \
               provider renames by PUT, and its acceptance tests run against Port | true | 2030-01-31 | \
               PATCH: 200 {\"a\":\"/\"} |";
    assert!(new.contains(row), "{new}");
    let others = |ledger: &str| -> String {
        ledger.split_inclusive('\n').filter(|line| !line.starts_with("| `rename`")).collect()
    };
    assert_eq!(others(&new), others(&old), "what was not settled is not written");

    let empty = Report { findings: Vec::new(), ..report("") };
    assert_eq!(write(&new, &empty, "2031-01-31"), new, "a run that settles nothing takes nothing away");
}

#[test]
fn what_the_fake_does_otherwise_is_told() {
    for (value, told) in [("true", false), ("false", true), ("true by PATCH, ignored by PUT", true)] {
        let said = disagreements(&read(&write(&ledger(), &report(value), "2030-01-31")).unwrap());
        assert_eq!(
            said.iter().any(|line| line.contains("`rename` in `Unverified::default()`")),
            told,
            "{said:?}"
        );
    }
    // Where the profiles differ, Port may be as either of them.
    let facts = facts();
    let mut either = facts.into_iter().find(|fact| fact.readings()[0] != fact.readings()[1]).unwrap();
    for (value, count) in [("taken", 0), ("refused", 0), ("other", 1)] {
        either.settled = Some((value.into(), "2030-01-31".into()));
        assert_eq!(disagreements(std::slice::from_ref(&either)).len(), count);
    }
}

#[test]
fn a_ledger_that_can_not_be_read_is_refused() {
    let whole = ledger();
    for (ledger, problem) in [
        (String::new(), "the ledger has no rows"),
        (whole.replace("| not yet |", "|"), "has not eight cells"),
        (whole.replace("| 422 |", "| |"), "a cell of the ledger is empty"),
    ] {
        assert!(read(&ledger).unwrap_err().contains(problem), "{problem}");
    }
}
