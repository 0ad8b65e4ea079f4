//! A plan that the library made, as it is shown and carried out.

mod carry_out;
mod json;
mod render;

use std::collections::{BTreeMap, BTreeSet};

use port_webhooks::{Action, Change, Plan, Step};
use serde_json::Value;

pub(crate) use carry_out::carry_out;
pub(crate) use json::json;
pub(crate) use render::render;

use crate::document::Document;
use crate::mask::mask_url;

/// A plan, and what its files say of its values.
pub(crate) struct Shown {
    pub(crate) plan: Plan,
    documents: BTreeMap<String, Document>,
    /// The webhooks that no file names.
    pub(crate) prunes: BTreeSet<String>,
}

/// How many webhooks are created, changed, deleted and left alone.
struct Counts {
    creates: usize,
    changes: usize,
    deletes: usize,
    unchanged: usize,
}

impl Shown {
    pub(crate) fn new(plan: Plan, documents: BTreeMap<String, Document>) -> Self {
        let deleted = plan.steps().iter().filter(|step| matches!(step.action(), Action::Delete));
        let prunes = deleted.map(|step| step.identifier().to_owned()).collect();
        Self { plan, documents, prunes }
    }

    fn counts(&self) -> Counts {
        let count =
            |is: fn(&Action) -> bool| self.plan.steps().iter().filter(|step| is(step.action())).count();
        Counts {
            creates: count(|action| matches!(action, Action::Create(_))),
            changes: count(|action| matches!(action, Action::Update(_) | Action::Replace(_))),
            deletes: count(|action| matches!(action, Action::Delete)),
            unchanged: count(|action| matches!(action, Action::Nothing)),
        }
    }

    /// Whether the values of a change must not be shown.
    fn is_hidden(&self, step: &Step, change: &Change) -> bool {
        let document = self.documents.get(step.identifier());
        change.is_secret() || document.is_some_and(|document| document.is_hidden(change.path()))
    }

    /// The variable that is not set, for what is not compared.
    fn unset(&self, step: &Step, change: &Change) -> Option<&str> {
        self.documents.get(step.identifier())?.variable_of(change.path())
    }
}

/// A value that may be shown, without the password of a URL.
fn visible(change: &Change, value: &Value) -> Value {
    match (change.path(), value) {
        ("url", Value::String(url)) => Value::from(mask_url(url)),
        (_, value) => value.clone(),
    }
}
