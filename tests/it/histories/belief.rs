//! What a caller can conclude about its webhooks from the results of its calls alone. Where that is not enough it
//! reads, as a caller would.

use std::collections::BTreeMap;

use fake_port::Route;
use port_webhooks::Outcome;
use serde_json::{Map, Value, json};

use super::call::CallResult;
use super::judge::was_lied_to;
use super::trial::Case;

/// What is believed to be there, by identifier.
#[derive(Default)]
pub struct Beliefs(BTreeMap<String, Value>);

impl Beliefs {
    /// Concludes what it can from a call, and compares with what is there.
    pub fn learn(&mut self, case: &Case<'_>) -> Result<(), String> {
        let Some(name) = &case.call.identifier else { return Ok(()) };
        match self.conclude(case) {
            Conclusion::Same => {}
            Conclusion::Gone => drop(self.0.remove(name)),
            Conclusion::There(webhook) => drop(self.0.insert(name.clone(), webhook)),
            Conclusion::Open => match case.is() {
                None => drop(self.0.remove(name)),
                Some(webhook) => drop(self.0.insert(name.clone(), settled(webhook))),
            },
        }
        self.check(name, case.is())
    }

    pub fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub fn check(&self, name: &str, there: Option<&Value>) -> Result<(), String> {
        let (believed, there) = (self.0.get(name), there.map(settled));
        if believed == there.as_ref() {
            return Ok(());
        }
        Err(format!("its caller concludes that {name:?} is {believed:?}, and it is {there:?}"))
    }

    fn conclude(&self, case: &Case<'_>) -> Conclusion {
        if was_lied_to(case) {
            return Conclusion::Open;
        }
        let call = case.call;
        let was = self.0.get(call.identifier.as_deref().unwrap_or_default());
        match (call.operation, &call.result, call.result.outcome()) {
            (Route::Get | Route::List, ..)
            | (_, CallResult::Deleted(false), _)
            | (.., Some(Outcome::NotSent | Outcome::NotApplied)) => Conclusion::Same,
            // Of what was found there, the caller knows no more than that it has what was asked for.
            (Route::Create, CallResult::Webhook(_), _) if call.reconcile => Conclusion::Open,
            (Route::Delete, _, Some(Outcome::Applied)) | (_, CallResult::Deleted(true), _) => {
                Conclusion::Gone
            }
            (Route::Create | Route::Replace, CallResult::Webhook(_), _)
            | (Route::Create | Route::Replace, _, Some(Outcome::Applied)) => {
                Conclusion::There(with_defaults(&call.asked))
            }
            (Route::Update, CallResult::Webhook(_), _) | (Route::Update, _, Some(Outcome::Applied)) => {
                Conclusion::There(updated(was, &call.asked))
            }
            _ => Conclusion::Open,
        }
    }
}

enum Conclusion {
    Same,
    Gone,
    There(Value),
    Open,
}

fn with_defaults(asked: &Value) -> Value {
    let mut webhook = asked.clone();
    if webhook.get("enabled").is_none() {
        webhook["enabled"] = json!(true);
    }
    webhook
}

fn updated(was: Option<&Value>, patch: &Value) -> Value {
    let mut webhook = was.cloned().unwrap_or_default();
    merge(&mut webhook, patch);
    webhook
}

/// Members of `security` are set one by one, all else as a whole; null takes away.
fn merge(webhook: &mut Value, patch: &Value) {
    for (name, value) in patch.as_object().into_iter().flatten() {
        if name == "security" && value.is_object() {
            if webhook.get(name).is_none() {
                webhook[name] = Value::Object(Map::new());
            }
            merge(&mut webhook[name], value);
        } else if value.is_null() {
            webhook.as_object_mut().map(|webhook| webhook.remove(name));
        } else {
            webhook[name] = value.clone();
        }
    }
}

/// A webhook without what the server sets by itself.
pub fn settled(webhook: &Value) -> Value {
    let mut webhook = webhook.clone();
    if let Some(webhook) = webhook.as_object_mut() {
        webhook.retain(|name, _| name != "createdAt" && name != "updatedAt");
    }
    webhook
}

/// Whether a webhook has each field that was asked for.
pub fn has_what_was_asked(webhook: Option<&Value>, asked: &Value) -> bool {
    let has = |webhook: &Value| {
        let mut asked = asked.as_object().into_iter().flatten();
        asked.all(|(name, value)| match (value, webhook.get(name)) {
            (Value::Null, there) => there.is_none(),
            (Value::Object(_), there) if name == "security" => has_what_was_asked(there, value),
            (value, there) => there == Some(value),
        })
    };
    webhook.is_some_and(has)
}
