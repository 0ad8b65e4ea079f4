//! The JSON form of faults.

use serde_json::{Value, json};

use super::{Fault, FaultPlan};

/// The list of kinds in the README.
fn kinds() -> Vec<Value> {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("The kinds:\n\n```json\n").unwrap();
    let (list, _) = rest.split_once("```").unwrap();
    serde_json::from_str(list).unwrap()
}

#[test]
fn every_kind_that_the_readme_lists_is_read_and_written() {
    let mut names = Vec::new();
    for kind in kinds() {
        let fault: Fault = serde_json::from_value(json!({ "fault": kind }))
            .unwrap_or_else(|error| panic!("{kind}: {error}"));
        fault.check().unwrap();
        let written = json!(fault);
        assert_eq!(serde_json::from_value::<Fault>(written.clone()).unwrap(), fault, "{written}");
        names.push(fault.name());
        let name = kind
            .as_str()
            .map_or_else(|| kind.as_object().unwrap().keys().next().unwrap().clone(), str::to_owned);
        assert_eq!(fault.name(), name);
    }
    names.dedup();
    assert_eq!(names.len(), 18, "each kind is there: {names:?}");
}

#[test]
fn what_narrows_a_fault_is_read_and_written() {
    let json = json!({
        "fault": "drop", "on": ["create"], "identifier": "a", "times": 3, "delayMilliseconds": 5, "applied": true,
    });
    let fault: Fault = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(json!(fault), json);
    assert_eq!(json!(Fault::dropped().always()), json!({ "fault": "drop", "times": "always" }));
}

#[test]
fn a_share_lies_between_none_and_all() {
    for (share, taken) in [(-1.0, 0.0), (0.3, 0.3), (7.0, 1.0), (f64::NAN, 0.0), (f64::INFINITY, 1.0)] {
        assert_eq!(json!(FaultPlan::seeded(1).share(share))["share"], taken);
    }
}
