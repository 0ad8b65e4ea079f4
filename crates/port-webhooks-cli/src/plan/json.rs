//! A plan for a program to read. The README has its form, and docs/stability.md promises it.

use port_webhooks::{Action, Change, ChangeKind, Step};
use serde::Serialize;
use serde_json::Value;

use super::{Shown, visible};
use crate::address;

#[derive(Serialize)]
struct Document<'a> {
    address: &'a str,
    pending: bool,
    summary: Summary,
    webhooks: Vec<Webhook<'a>>,
}

#[derive(Serialize)]
struct Summary {
    create: usize,
    change: usize,
    delete: usize,
    unchanged: usize,
}

#[derive(Serialize)]
struct Webhook<'a> {
    identifier: &'a str,
    action: &'static str,
    changes: Vec<Changed<'a>>,
}

#[derive(Serialize)]
struct Changed<'a> {
    field: &'a str,
    kind: &'static str,
    /// Whether the values are left out because they are secret.
    secret: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Value>,
    /// The variable that is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    variable: Option<&'a str>,
}

/// The plan, as what a program reads.
pub(crate) fn json(shown: &Shown) -> impl Serialize {
    let counts = shown.counts();
    let webhooks = shown.plan.steps().iter().map(|step| Webhook {
        identifier: step.identifier(),
        action: match step.action() {
            Action::Create(_) => "create",
            Action::Delete => "delete",
            Action::Nothing => "unchanged",
            _ => "change",
        },
        changes: step.changes().iter().map(|change| field(shown, step, change)).collect(),
    });
    Document {
        address: address::get().unwrap_or_default(),
        pending: !shown.plan.pending().is_empty(),
        summary: Summary {
            create: counts.creates,
            change: counts.changes,
            delete: counts.deletes,
            unchanged: counts.unchanged,
        },
        webhooks: webhooks.collect(),
    }
}

fn field<'a>(shown: &'a Shown, step: &Step, change: &'a Change) -> Changed<'a> {
    let secret = shown.is_hidden(step, change);
    let value = |value: &Value| (!secret).then(|| visible(change, value));
    let (kind, from, to) = match change.kind() {
        ChangeKind::Set(new) => ("set", None, value(new)),
        ChangeKind::Replace { from, to } => ("changed", value(from), value(to)),
        ChangeKind::Clear(old) => ("cleared", value(old), None),
        _ => ("not_compared", None, None),
    };
    Changed { field: change.path(), kind, secret, from, to, variable: shown.unset(step, change) }
}
