//! Webhooks and runs that are stored without a request.

use serde_json::{Value, json};

use crate::profile::Profile;
use crate::state::{State, fill};

/// The members that hold a list of webhooks, or one, in a response of the API.
const LISTS: [&str; 3] = ["webhooks", "integrations", "items"];
const ONE: [&str; 2] = ["webhook", "integration"];

impl State {
    /// Stores webhooks as if they had always been there: all of them or, after an error, none.
    pub(crate) fn seed(&mut self, seeds: impl IntoIterator<Item = Value>) -> Result<(), SeedError> {
        let (webhooks, runs) = (self.data.webhooks.len(), self.data.runs.len());
        for (index, seed) in seeds.into_iter().enumerate() {
            let stored = match response_runs(&seed) {
                Some(runs) => runs.into_iter().try_for_each(|run| self.seed_run(run)),
                None => response_webhooks(&seed)
                    .unwrap_or_else(|| vec![seed])
                    .into_iter()
                    .try_for_each(|webhook| self.seed_one(webhook)),
            };
            if let Err(reason) = stored {
                self.data.webhooks.truncate(webhooks);
                self.data.runs.truncate(runs);
                return Err(SeedError { index, reason });
            }
        }
        Ok(())
    }

    fn seed_one(&mut self, seed: Value) -> Result<(), &'static str> {
        let Value::Object(mut webhook) = seed else {
            return Err("must be an object");
        };
        let identifier = match (webhook.get("identifier"), self.settings.profile) {
            (None, Profile::Live) => {
                let identifier = self.new_identifier();
                fill(&mut webhook, "identifier", &identifier);
                identifier
            }
            (None, Profile::Documented) => return Err("identifier: is required"),
            (Some(Value::String(identifier)), _) if identifier.is_empty() => {
                return Err("identifier: must not be empty");
            }
            (Some(Value::String(identifier)), _) if self.data.webhooks.contains_key(identifier) => {
                return Err("identifier: another webhook has it");
            }
            (Some(Value::String(identifier)), _) => identifier.clone(),
            (Some(_), _) => return Err("identifier: must be a string"),
        };
        self.complete(&mut webhook);
        self.data.webhooks.insert(identifier, webhook);
        Ok(())
    }
}

/// The webhooks in the body of a response of the API, in either profile: `ok` and one member that holds them.
/// `None` for anything else.
fn response_webhooks(body: &Value) -> Option<Vec<Value>> {
    let mut members = body.as_object()?.iter().filter(|(name, _)| *name != "ok");
    match (members.next()?, members.next()) {
        ((name, Value::Array(webhooks)), None) if LISTS.contains(&name.as_str()) => Some(webhooks.clone()),
        ((name, webhook @ Value::Object(_)), None) if ONE.contains(&name.as_str()) => {
            Some(vec![webhook.clone()])
        }
        _ => None,
    }
}

/// The runs in the body of a response of the API: `ok` and one member that holds them.
fn response_runs(body: &Value) -> Option<Vec<Value>> {
    let mut members = body.as_object()?.iter().filter(|(name, _)| *name != "ok");
    match (members.next()?, members.next()) {
        ((name, Value::Array(runs)), None) if name == "runs" => Some(runs.clone()),
        // Whether it is a run at all is checked when it is stored.
        ((name, run), None) if name == "run" || name == "runs" => Some(vec![run.clone()]),
        _ => None,
    }
}

/// A seed cannot be stored. None of the same call was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot store seed {index}: {reason}")]
pub struct SeedError {
    index: usize,
    reason: &'static str,
}

impl SeedError {
    /// The index of the wrong seed among those of the call, from 0.
    pub fn index(&self) -> usize {
        self.index
    }
}

const FORMS: &str = "must be a list of webhooks, or the body of a response that holds webhooks in `webhooks`, \
                     `integrations`, `items`, `webhook` or `integration`, and runs in `runs`";

/// The seeds of a file: a list of them, or the body of a response.
pub(crate) fn seeds(file: Value) -> Result<Vec<Value>, &'static str> {
    match file {
        Value::Array(webhooks) => Ok(webhooks),
        Value::Object(mut file) => {
            let runs = file.remove("runs").map(|runs| json!({ "runs": runs }));
            let only_runs = runs.is_some() && file.keys().all(|name| name == "ok");
            let file = Value::Object(file);
            let others = match response_webhooks(&file) {
                Some(webhooks) => webhooks,
                None if only_runs => Vec::new(),
                None if response_runs(&file).is_some() => vec![file],
                None => return Err(FORMS),
            };
            Ok(others.into_iter().chain(runs).collect())
        }
        _ => Err(FORMS),
    }
}

/// Reads a seed file: JSON, a list of webhooks or the body of a response, such as `{"ok": true, "integrations": […]}`.
/// So a response of Port that was saved is a seed file.
///
/// ```
/// let seeds = fake_port::parse_seeds(r#"[{ "identifier": "a", "url": "http://localhost", "events": [] }]"#)?;
/// let builder = fake_port::FakePort::builder().webhooks(seeds);
/// # Ok::<(), fake_port::SeedFileError>(())
/// ```
///
/// # Errors
///
/// When the text is not JSON, or not of that form. Whether a webhook can be stored is checked when the fake starts.
pub fn parse_seeds(text: &str) -> Result<Vec<Value>, SeedFileError> {
    let file = serde_json::from_str(text).map_err(|error| SeedFileError(error.to_string()))?;
    seeds(file).map_err(|problem| SeedFileError(problem.to_owned()))
}

/// A text is not a seed file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a file of webhooks: {0}")]
pub struct SeedFileError(String);
