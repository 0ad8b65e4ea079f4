//! A plan that the library made: reported, and carried out.

mod carry_out;
mod render;

use std::collections::BTreeMap;

use port_webhooks::{
    self as library,
    plan::{ChangeKind, Plan, Step},
};
use serde::Serialize;
use serde_json::Value;

pub(crate) use carry_out::carry_out;
pub(crate) use render::render;

use crate::address;
use crate::document::Document;
use crate::mask::mask_url;

/// A plan without its secrets. This is the JSON that the README describes and docs/stability.md promises; the text for
/// people is rendered from it.
#[derive(Serialize)]
pub(crate) struct PlanReport {
    address: &'static str,
    /// Whether something is to be done.
    pub(crate) pending: bool,
    summary: Summary,
    webhooks: Vec<Webhook>,
}

#[derive(Default, Serialize)]
struct Summary {
    create: usize,
    change: usize,
    delete: usize,
    unchanged: usize,
}

#[derive(Serialize)]
struct Webhook {
    identifier: String,
    action: Action,
    changes: Vec<Change>,
}

#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Create,
    Change,
    Delete,
    Unchanged,
}

#[derive(Serialize)]
struct Change {
    field: String,
    kind: Kind,
    /// Whether the values are left out because they are secret.
    secret: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variable: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Set,
    Changed,
    Cleared,
    NotCompared,
}

impl PlanReport {
    /// Reports a plan. The documents, by their identifiers, know which values come from variables.
    pub(crate) fn new(plan: &Plan, documents: &BTreeMap<String, Document>) -> Self {
        let webhook = |step: &Step| {
            let document = documents.get(step.identifier());
            Webhook {
                identifier: step.identifier().to_owned(),
                action: match step.action() {
                    library::plan::Action::Create(_) => Action::Create,
                    library::plan::Action::Delete => Action::Delete,
                    library::plan::Action::Nothing => Action::Unchanged,
                    _ => Action::Change,
                },
                changes: step.changes().iter().map(|change| Change::new(change, document)).collect(),
            }
        };
        let webhooks: Vec<_> = plan.steps().iter().map(webhook).collect();
        let mut summary = Summary::default();
        for webhook in &webhooks {
            *match webhook.action {
                Action::Create => &mut summary.create,
                Action::Change => &mut summary.change,
                Action::Delete => &mut summary.delete,
                Action::Unchanged => &mut summary.unchanged,
            } += 1;
        }
        let address = address::get().unwrap_or_default();
        Self { address, pending: !plan.pending().is_empty(), summary, webhooks }
    }
}

impl Change {
    fn new(change: &library::plan::Change, document: Option<&Document>) -> Self {
        let path = change.path();
        let secret = change.is_secret() || document.is_some_and(|document| document.is_hidden(path));
        let value = |value: &Value| match value {
            _ if secret => None,
            Value::String(url) if path == "url" => Some(Value::from(mask_url(url))),
            value => Some(value.clone()),
        };
        let (kind, from, to) = match change.kind() {
            ChangeKind::Set(new) => (Kind::Set, None, value(new)),
            ChangeKind::Replace { from, to } => (Kind::Changed, value(from), value(to)),
            ChangeKind::Clear(old) => (Kind::Cleared, value(old), None),
            _ => (Kind::NotCompared, None, None),
        };
        let variable = document.and_then(|document| document.variable_of(path)).map(str::to_owned);
        Self { field: path.to_owned(), kind, secret, from, to, variable }
    }
}
