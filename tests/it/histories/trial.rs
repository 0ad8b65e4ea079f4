//! Holds what calls reported against the fake's ledger.
//!
//! Every request carries the number of its call, so each write in the ledger belongs to one call. The calls about
//! one webhook follow each other, so the state before and after each of them is what the ledger says.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use fake_port::{AppliedWrite, RecordedRequest, Requests};
use serde_json::Value;

use super::belief::Beliefs;
use super::call::Call;
use super::judge;
use super::player::{Deeds, TAG};

/// A call with what the fake knows of it.
pub struct Case<'a> {
    pub call: &'a Call,
    /// Its requests, as they arrived.
    pub requests: &'a [&'a RecordedRequest],
    /// What they changed.
    pub writes: &'a [&'a AppliedWrite],
    /// The webhooks of the worker before the call, those alone that no late request may change.
    pub before: &'a BTreeMap<String, Value>,
    /// Whether others changed webhooks meanwhile.
    pub disturbed: bool,
}

impl Case<'_> {
    /// The webhook that the call is about, before it.
    pub fn was(&self) -> Option<&Value> {
        self.before.get(self.call.identifier.as_deref()?)
    }

    /// The same after it.
    pub fn is(&self) -> Option<&Value> {
        match self.writes.last() {
            Some(write) => write.after.as_ref(),
            None => self.was(),
        }
    }
}

/// What went wrong in a history, if anything.
pub fn hold(
    deeds: &[Deeds],
    requests: &Requests,
    ledger: &[AppliedWrite],
    stored: &[Value],
) -> Result<(), String> {
    let mut requests_of: HashMap<u64, Vec<&RecordedRequest>> = HashMap::new();
    let mut call_of: HashMap<u64, u64> = HashMap::new();
    for request in requests {
        if let Some(call) = request.query(TAG).and_then(|tag| tag.parse().ok()) {
            requests_of.entry(call).or_default().push(request);
            call_of.insert(request.number, call);
        }
    }
    let mut writes_of: HashMap<u64, Vec<&AppliedWrite>> = HashMap::new();
    for write in ledger {
        let call = call_of.get(&write.request).ok_or_else(|| format!("nobody asked for {write:?}"))?;
        writes_of.entry(*call).or_default().push(write);
    }
    for calls in deeds {
        let mut state = BTreeMap::new();
        let mut beliefs = Beliefs::default();
        let mut unsettled = BTreeSet::new();
        for call in calls {
            let requests = requests_of.remove(&call.number).unwrap_or_default();
            let writes = writes_of.remove(&call.number).unwrap_or_default();
            let numbers = requests.first().zip(requests.last());
            let disturbed = numbers.is_some_and(|(first, last)| {
                let between = first.number..=last.number;
                let own = |write: &AppliedWrite| call_of.get(&write.request) == Some(&call.number);
                ledger.iter().any(|write| between.contains(&write.request) && !own(write))
            });
            let case = Case { call, requests: &requests, writes: &writes, before: &state, disturbed };
            judge::judge(&case)
                .and_then(|()| if call.unsettled { Ok(()) } else { beliefs.learn(&case) })
                .map_err(|broken| report(&broken, &case))?;
            let Some(identifier) = &call.identifier else { continue };
            if call.unsettled {
                unsettled.insert(identifier.clone());
                state.remove(identifier);
                beliefs.forget(identifier);
                continue;
            }
            match case.is().cloned() {
                Some(webhook) => state.insert(identifier.clone(), webhook),
                None => state.remove(identifier),
            };
        }
        // In the end the fake has what its callers have concluded, and nothing else of theirs.
        let there = |name: &str| stored.iter().find(|webhook| webhook["identifier"] == name);
        let names: BTreeSet<&String> = calls.iter().filter_map(|call| call.identifier.as_ref()).collect();
        for name in names.into_iter().filter(|name| !unsettled.contains(*name)) {
            beliefs.check(name, there(name)).map_err(|broken| format!("in the end: {broken}"))?;
        }
    }
    match writes_of.keys().next() {
        Some(call) => Err(format!("call {call} was never made, and wrote")),
        None => Ok(()),
    }
}

fn report(broken: &str, case: &Case<'_>) -> String {
    let mut text = format!("{broken}\n{}\nits requests:", case.call);
    // Writing to a string does not fail.
    for request in case.requests {
        let _ = write!(text, "\n  {request}");
    }
    text.push_str("\nits part of the ledger:");
    for write in case.writes {
        let (request, response) = (write.request, write.response);
        let _ =
            write!(text, "\n  {request}. {} {:?}, response {response:?}", write.operation, write.identifier);
        if let Some(after) = &write.after {
            let _ = write!(text, ": {after}");
        }
    }
    let was = case.was().map_or("not there".to_owned(), Value::to_string);
    let _ = write!(text, "\nthe webhook before it: {was}");
    text
}
