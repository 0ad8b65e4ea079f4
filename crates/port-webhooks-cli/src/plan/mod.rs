//! What has to be done so that Port has the webhooks that are declared.

mod carry_out;
mod difference;
mod render;

use std::collections::BTreeMap;

use port_webhooks::{Webhook, WebhookReplacement};
use serde_json::{Map, Value};

pub(crate) use carry_out::carry_out;
pub(crate) use render::render;

use crate::document::{self, Document};
use crate::failure::{Failure, Result};
use crate::show::fields_of;
use crate::terminal::one_line;
use difference::{Difference, differences};

/// The largest body of a request, as Port describes it. The client refuses a larger one, but in its turn.
const MAX_REQUEST: usize = 1024 * 1024;

/// What is done to one webhook.
pub(crate) struct Step {
    pub(crate) identifier: String,
    pub(crate) action: Action,
    pub(crate) differences: Vec<Difference>,
}

pub(crate) enum Action {
    Create(Box<port_webhooks::NewWebhook>),
    Update(Box<port_webhooks::WebhookPatch>),
    /// Where an update cannot clear what is to be cleared.
    Replace(Box<WebhookReplacement>),
    Delete,
}

impl Step {
    /// Refuses what Port would not take, before the steps before it are carried out.
    fn check_size(&self) -> Result<()> {
        let json = match &self.action {
            Action::Create(new) => serde_json::to_vec(new),
            Action::Update(patch) => serde_json::to_vec(patch),
            Action::Replace(whole) => serde_json::to_vec(whole),
            Action::Delete => return Ok(()),
        };
        let size = json.map_or(0, |json| json.len());
        if size <= MAX_REQUEST {
            return Ok(());
        }
        let name = one_line(&self.identifier);
        Err(Failure::usage(format!("{name}: {size} bytes, and Port accepts {MAX_REQUEST}"))
            .advice("nothing was changed"))
    }
}

/// All steps, creates first and deletes last, and how many webhooks need none.
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    pub(crate) unchanged: usize,
}

/// Each identifier has to be there, and once. Returns documents by their identifiers.
pub(crate) fn by_identifier(documents: Vec<Document>) -> Result<BTreeMap<String, Document>> {
    let mut declared: BTreeMap<String, Document> = BTreeMap::new();
    for document in documents {
        let Some(identifier) = document.identifier().filter(|identifier| !identifier.is_empty()) else {
            let what = format!("{}: no identifier", document.origin);
            return Err(Failure::usage(what));
        };
        if let Some(other) = declared.get(identifier) {
            let what =
                format!("\"{identifier}\" is declared twice: in {} and in {}", other.origin, document.origin);
            return Err(Failure::usage(what));
        }
        declared.insert(identifier.to_owned(), document);
    }
    Ok(declared)
}

/// Compares what is declared with what is there.
pub(crate) fn plan(declared: &BTreeMap<String, Document>, there: &[Webhook], prune: bool) -> Result<Plan> {
    let found: BTreeMap<&str, &Webhook> =
        there.iter().map(|webhook| (webhook.identifier.as_str(), webhook)).collect();
    let (mut creates, mut updates, mut unchanged) = (Vec::new(), Vec::new(), 0);
    for (identifier, document) in declared {
        let Some(webhook) = found.get(identifier.as_str()) else {
            creates.push(create(identifier, document)?);
            continue;
        };
        match update(identifier, document, webhook)? {
            Some(step) => updates.push(step),
            None => unchanged += 1,
        }
    }
    let deletes =
        there.iter().filter(|webhook| prune && !declared.contains_key(&webhook.identifier)).map(|webhook| {
            Step { identifier: webhook.identifier.clone(), action: Action::Delete, differences: Vec::new() }
        });
    let steps: Vec<_> = creates.into_iter().chain(updates).chain(deletes).collect();
    steps.iter().try_for_each(Step::check_size)?;
    Ok(Plan { steps, unchanged })
}

fn create(identifier: &str, document: &Document) -> Result<Step> {
    let new = document.to_new()?;
    // What is shown is what is sent, with what a create adds.
    let mut shown = document.clone();
    if let Some(enabled) = new.enabled {
        shown.fields.insert("enabled".to_owned(), Value::Bool(enabled));
    }
    let differences = differences(&shown, &Map::new());
    Ok(Step { identifier: identifier.to_owned(), action: Action::Create(Box::new(new)), differences })
}

fn update(identifier: &str, document: &Document, webhook: &Webhook) -> Result<Option<Step>> {
    let mut document = document.clone();
    if webhook.is_data_source() {
        document.leave_url_out();
    }
    let there = fields_of(webhook)?;
    let differences = differences(&document, &there);
    if differences.is_empty() {
        return Ok(None);
    }
    let mut changed = Map::new();
    for difference in &differences {
        let Some(value) = document.fields.get(difference.field.as_str()) else { continue };
        let value = match (difference.field.as_str(), value) {
            ("security", Value::Object(members)) => {
                let is_changed = |name: &str| {
                    let path = format!("security.{name}");
                    differences.iter().any(|difference| difference.path == path)
                };
                let members = members.iter().filter(|(name, _)| is_changed(name));
                Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
            }
            (_, value) => value.clone(),
        };
        changed.insert(difference.field.clone(), value);
    }
    let clears = changed.values().any(Value::is_null);
    let action = if clears && webhook.is_data_source() {
        Action::Replace(Box::new(changed_whole(webhook, changed)?))
    } else {
        Action::Update(Box::new(document::patch(changed)?))
    };
    Ok(Some(Step { identifier: identifier.to_owned(), action, differences }))
}

/// The whole of a data source, changed: the live contract takes null in `security` alone, so a field is cleared by
/// leaving it out of a replacement.
fn changed_whole(webhook: &Webhook, changed: Map<String, Value>) -> Result<WebhookReplacement> {
    let whole = webhook.clone().into_replacement();
    let mut fields = match serde_json::to_value(&whole) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    for (name, value) in changed {
        match (fields.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) if name == "security" => old.extend(new),
            (_, value) => {
                fields.insert(name, value);
            }
        }
    }
    document::replacement(&fields)
}
