//! Faults: injected, listed, removed.

use serde_json::{Value, json};

use super::{Refusal, Served, read, read_each};
use crate::fault::{Fault, FaultId, FaultPlan};
use crate::shared::Shared;

/// The most faults that may wait for requests.
const MOST_FAULTS: usize = 10_000;

pub(super) fn inject(shared: &Shared, body: Value) -> Served {
    let faults = read_each::<Fault>(body, Fault::check)?;
    let mut state = shared.state();
    if state.faults.waiting().len() + faults.len() > MOST_FAULTS {
        return Err(Refusal::bad_request(format!("more than {MOST_FAULTS} faults would be waiting")));
    }
    let ids: Vec<_> = faults.into_iter().map(|fault| state.faults.inject(fault).0).collect();
    Ok(json!({ "ids": ids }))
}

pub(super) fn follow(shared: &Shared, body: Value) -> Served {
    let plan: FaultPlan = read(body)?;
    plan.check().map_err(Refusal::bad_request)?;
    shared.state().faults.follow(plan);
    Ok(json!({}))
}

pub(super) fn list(shared: &Shared) -> Value {
    let state = shared.state();
    let faults: Vec<_> = state
        .faults
        .waiting()
        .map(|injected| {
            let left = injected.left.map_or_else(|| json!("always"), |left| json!(left));
            json!({ "id": injected.id.0, "fault": injected.fault, "hits": injected.hits, "left": left })
        })
        .collect();
    json!({ "faults": faults, "plan": state.faults.plan() })
}

pub(super) fn withdraw(shared: &Shared, id: &str) -> Served {
    let id = id.parse().map(FaultId).map_err(|_| Refusal::not_found("no fault has this id"))?;
    let mut state = shared.state();
    if state.faults.hits(id).is_none() {
        return Err(Refusal::not_found("no fault has this id"));
    }
    state.faults.withdraw(id);
    Ok(json!({}))
}
