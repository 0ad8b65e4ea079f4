//! The rules: what a call may have done, for what its caller got.

use std::collections::BTreeSet;

use fake_port::{RecordedRequest, Route};
use port_webhooks::{ErrorKind, Outcome};
use serde_json::Value;

use super::belief::{has_what_was_asked, settled};
use super::call::{AttemptEnd, Call, CallResult};
use super::trial::Case;

type Verdict = Result<(), String>;

pub fn judge(case: &Case<'_>) -> Verdict {
    nothing_else_was_done(case)?;
    not_sent_too_often(case)?;
    if case.call.operation == Route::Create {
        never_created_twice(case)?;
    }
    if !was_lied_to(case) {
        told_what_was_done(case)?;
    }
    Ok(())
}

fn holds(rule: bool, broken: &str) -> Verdict {
    if rule { Ok(()) } else { Err(broken.to_owned()) }
}

fn nothing_else_was_done(case: &Case<'_>) -> Verdict {
    let Call { operation, identifier, .. } = case.call;
    holds(
        case.writes
            .iter()
            .all(|write| write.operation == *operation && Some(&write.identifier) == identifier.as_ref()),
        "it changed something else",
    )
}

/// No more attempts than the policy allows, and each may meet one 401 more. A create that finds out what became
/// of it is two creates and two reads; a list may be many pages.
fn not_sent_too_often(case: &Case<'_>) -> Verdict {
    let Call { operation, attempts, reconcile, .. } = *case.call;
    let counted = |requests: Vec<&&RecordedRequest>, calls: usize| {
        let refused = requests.iter().filter(|request| request.status == Some(401)).count();
        let most = calls * attempts;
        holds(requests.len() - refused <= most && requests.len() <= 2 * most, "it was sent too often")
    };
    let of =
        |operation: Route| case.requests.iter().filter(move |request| request.operation == Some(operation));
    let calls = if reconcile { 2 } else { 1 };
    if operation == Route::List {
        let pages: BTreeSet<_> = of(operation).map(|request| request.query("page")).collect();
        return pages.into_iter().try_for_each(|page| {
            counted(of(Route::List).filter(|request| request.query("page") == page).collect(), 1)
        });
    }
    counted(of(operation).collect(), calls)?;
    let looks: Vec<_> = of(Route::Get).collect();
    if operation != Route::Get {
        holds(reconcile || looks.is_empty(), "it read what it was not to read")?;
        counted(looks, calls)?;
    }
    Ok(())
}

/// A create is sent again when the one before was certainly not carried out: it was refused, or its webhook was
/// looked for and was not there.
fn never_created_twice(case: &Case<'_>) -> Verdict {
    holds(case.writes.len() <= 1, "it was created twice")?;
    // As the client saw it: a request that is given up may arrive later than the next one.
    let mut in_doubt = false;
    for AttemptEnd { operation, status, error } in &case.call.seen {
        match (*operation, status) {
            ("create_webhook", status) => {
                holds(!in_doubt, "it was sent again although it may have been carried out")?;
                in_doubt = !matches!(status, Some(401 | 429)) && *error != Some(ErrorKind::Connect);
            }
            (_, Some(404)) => in_doubt = false,
            _ => {}
        }
    }
    Ok(())
}

/// Some faults say yes to whatever they carry out, also to what the fake then refuses: to a delete of what is
/// not there, or with a token that has ended. And a no in the body of a success looks like a yes when the body is
/// lost. The client cannot know.
pub fn was_lied_to(case: &Case<'_>) -> bool {
    let lies = |request: &&&RecordedRequest| {
        let lost = matches!(case.call.result, CallResult::Failed { outcome: Outcome::Applied, .. });
        let says_yes = matches!(request.fault, Some("endless" | "gzipBomb"))
            || request.status == Some(204)
            || (request.fault == Some("notOk") && lost);
        request.operation == Some(case.call.operation)
            && says_yes
            && case.writes.iter().all(|write| write.request != request.number)
    };
    case.call.operation != Route::Get
        && case.call.operation != Route::List
        && case.requests.iter().any(|request| lies(&request))
}

fn told_what_was_done(case: &Case<'_>) -> Verdict {
    let Case { call, writes, .. } = case;
    let done = writes.len();
    match (call.operation, &call.result) {
        (Route::Get | Route::List, CallResult::Failed { kind, outcome, .. }) => {
            holds(matches!(outcome, Outcome::NotSent | Outcome::NotApplied), "reading changes nothing")?;
            let not_there = call.operation == Route::Get && *kind == ErrorKind::NotFound;
            holds(!not_there || case.was().is_none(), "it is there")
        }
        (Route::Get, CallResult::Webhook(webhook)) => shown(case, webhook, case.was()),
        (Route::List, CallResult::Listed(webhooks)) => listed(case, webhooks),
        (_, CallResult::Failed { outcome: Outcome::NotSent | Outcome::NotApplied, .. }) => {
            holds(done == 0, "nothing was to have been done")
        }
        (Route::Create | Route::Delete, CallResult::Failed { outcome: Outcome::Applied, .. }) => {
            holds(done == 1, "it was to have been done once")
        }
        (_, CallResult::Failed { outcome: Outcome::Applied, .. }) => {
            holds(done >= 1, "it was to have been done")?;
            holds(has_what_was_asked(case.is(), &call.asked), "it is not as it was asked for")
        }
        (Route::Create | Route::Delete, CallResult::Failed { .. }) => holds(done <= 1, "it was done twice"),
        (_, CallResult::Failed { .. }) => {
            holds(done <= case.requests.len(), "it was done more often than it was sent")?;
            same_each_time(case)
        }
        (Route::Create, CallResult::Webhook(webhook)) => {
            // What was there before and is the same is taken for what was created, when its answer was lost.
            let found = call.reconcile && done == 0;
            holds(done == 1 || found, "it was to have been created once")?;
            holds(has_what_was_asked(case.is(), &call.asked), "it is not as it was asked for")?;
            shown(case, webhook, case.is())
        }
        (Route::Update | Route::Replace, CallResult::Webhook(webhook)) => {
            holds(done >= 1, "it was to have been done")?;
            holds(has_what_was_asked(case.is(), &call.asked), "it is not as it was asked for")?;
            same_each_time(case)?;
            shown(case, webhook, case.is())
        }
        (Route::Delete, CallResult::Deleted(true)) => {
            holds(case.is().is_none(), "it is still there")?;
            // After an attempt that may have deleted it, one that finds nothing is taken for a success.
            let found_gone = case.was().is_none() && call.seen.len() > 1;
            holds(done == 1 || found_gone, "it was to have been deleted once")
        }
        (Route::Delete, CallResult::Deleted(false)) => holds(done == 0, "it was deleted"),
        _ => Err("this is no answer to that".to_owned()),
    }
}

/// Sending it twice leaves the same state as sending it once.
fn same_each_time(case: &Case<'_>) -> Verdict {
    let mut states = case.writes.iter().map(|write| write.after.as_ref().map(settled));
    let first = states.next();
    holds(states.all(|state| Some(state) == first), "the second time it did something else")
}

/// What a caller is shown is what is stored, unless a fault adds to it.
fn shown(case: &Case<'_>, webhook: &Value, stored: Option<&Value>) -> Verdict {
    let changed = case.requests.iter().any(|request| request.fault == Some("unknownFields"));
    let Some(stored) = stored else { return Err("it shows what is not there".to_owned()) };
    holds(changed || settled(webhook) == settled(stored), "it shows something else than what is stored")
}

/// Each webhook once, and of the worker's own all that are there, as they are.
fn listed(case: &Case<'_>, webhooks: &[Value]) -> Verdict {
    let mut seen = BTreeSet::new();
    for webhook in webhooks {
        holds(seen.insert(webhook["identifier"].to_string()), "it lists a webhook twice")?;
    }
    let spoiled =
        case.requests.iter().any(|request| matches!(request.fault, Some("paging" | "unknownFields")));
    // After a first page these are how servers answer for a page past the end.
    let may_be_past_the_end = |request: &RecordedRequest| {
        request.fault.is_some() && matches!(request.status, Some(204 | 404 | 422))
    };
    let spoiled =
        spoiled || case.call.paged && case.requests.iter().any(|request| may_be_past_the_end(request));
    // Pages move when others create and delete between them.
    if spoiled || (case.call.paged && case.disturbed) {
        return Ok(());
    }
    for (name, stored) in case.before {
        let found = webhooks.iter().find(|webhook| webhook["identifier"] == **name);
        holds(found.is_some(), "it lists not all that is there")?;
        holds(found.map(settled) == Some(settled(stored)), "it lists something else than what is stored")?;
    }
    Ok(())
}
