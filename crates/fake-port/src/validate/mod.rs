//! Which bodies the fake accepts. A body is checked member by member; the first problem is reported.
//!
//! Knows values and rules, nothing of routes or stored webhooks.

mod bodies;
mod rule;

use serde_json::{Map, Value};

pub(crate) use bodies::{CREDENTIALS, NODE_LOGS, RUN_APPROVAL, RUN_LOG, RUN_PATCH};
pub(crate) use rule::{Checked, Members, Problem, Rule, TEXT};

use crate::profile::Profile;
use crate::settings::Settings;
use rule::Context;

/// The purpose of the body of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A create or a replacement.
    Whole,
    Patch,
}

/// Checks the body of a webhook.
pub(crate) fn webhook(settings: &Settings, purpose: Purpose, body: &Map<String, Value>) -> Checked {
    let members = match settings.profile {
        Profile::Documented => bodies::SUBSCRIPTION,
        Profile::Live => bodies::DATA_SOURCE,
    };
    let context = Context {
        null_clears: purpose == Purpose::Patch && settings.unverified.null_clears,
        changes: settings.deliveries.changes,
        unreachable: &settings.unreachable,
    };
    match purpose {
        Purpose::Whole => members.check(body, &context),
        Purpose::Patch => members.check_present(body, &context, false),
    }
}

/// Checks any other body, or part of one.
pub(crate) fn body(members: &Members, body: &Map<String, Value>) -> Checked {
    members.check(body, &Context::default())
}

/// Checks a report on the run of a workflow node.
pub(crate) fn node_patch(body: &Map<String, Value>) -> Checked {
    self::body(&bodies::NODE_PATCH, body)?;
    let completed = body.get("status").is_some_and(|status| status == "COMPLETED");
    match (completed, body.contains_key("result")) {
        (true, false) => Err(Problem::at("result", "is required with the status COMPLETED")),
        (false, true) => Err(Problem::at("status", "must be COMPLETED with a result")),
        _ => Ok(()),
    }
}
