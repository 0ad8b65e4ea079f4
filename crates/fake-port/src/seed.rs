//! Webhooks and runs that are stored without a request.

use serde_json::{Map, Value, json};

use crate::json::Webhook;
use crate::profile::Profile;
use crate::runs::{Author, LIVE_ONLY};
use crate::state::{State, fill};

/// A webhook or a run to store.
enum Seed {
    Webhook(Value),
    Run(Value),
}

impl State {
    /// Stores webhooks and runs as if they had always been there: all of them or, after an error, none.
    pub(crate) fn seed(&mut self, seeds: impl IntoIterator<Item = Value>) -> Result<(), SeedError> {
        let (webhooks, runs) = (self.data.webhooks.len(), self.data.runs.len());
        for (index, seed) in seeds.into_iter().enumerate() {
            let seeds = of_response(&seed).unwrap_or_else(|| vec![Seed::Webhook(seed)]);
            let stored = seeds.into_iter().try_for_each(|seed| match seed {
                Seed::Webhook(webhook) => self.seed_webhook(object(webhook)?),
                Seed::Run(_) if self.settings.profile == Profile::Documented => Err(LIVE_ONLY.to_owned()),
                Seed::Run(run) => self.seed_run(object(run)?),
            });
            if let Err(reason) = stored {
                self.data.webhooks.truncate(webhooks);
                self.data.runs.truncate(runs);
                return Err(SeedError { index, reason });
            }
        }
        Ok(())
    }

    fn seed_webhook(&mut self, mut webhook: Webhook) -> Result<(), String> {
        let taken = |identifier: &str| self.data.webhooks.contains_key(identifier);
        let identifier = match name(&webhook, "identifier", "webhook", taken)? {
            Some(identifier) => identifier,
            None if self.settings.profile == Profile::Live => self.new_identifier(),
            None => return Err("identifier: is required".to_owned()),
        };
        fill(&mut webhook, "identifier", &identifier);
        self.complete(&mut webhook);
        self.data.webhooks.insert(identifier, webhook);
        Ok(())
    }

    /// Stores a run. Its member `logs` is the log: texts, or objects with a `message`.
    fn seed_run(&mut self, mut run: Map<String, Value>) -> Result<(), String> {
        let id = name(&run, "id", "run", |id| self.data.runs.of(id).is_some())?;
        let id = id.unwrap_or_else(|| self.data.runs.new_id());
        let logs = match run.remove("logs") {
            None => Vec::new(),
            Some(Value::Array(logs)) => logs,
            Some(_) => return Err("logs: must be an array".to_owned()),
        };
        let message = |log: &Value| log.as_str().or_else(|| log["message"].as_str()).map(str::to_owned);
        let messages = logs.iter().map(|log| Some((message(log)?, log["level"].as_str())));
        let messages = messages.collect::<Option<Vec<_>>>();
        let messages = messages.ok_or("logs: each must be a text, or an object with a message")?;
        let author = Author::port(self.data.clock.now());
        self.data.runs.begin(id.clone(), run, &author);
        for (message, level) in messages {
            self.data.runs.log(&id, &message, level, &author);
        }
        Ok(())
    }
}

fn object(seed: Value) -> Result<Map<String, Value>, String> {
    match seed {
        Value::Object(members) => Ok(members),
        _ => Err("must be an object".to_owned()),
    }
}

/// The identifier of a webhook or run, if it has one, and no other of this kind has it.
fn name(
    seed: &Map<String, Value>,
    member: &str,
    kind: &str,
    taken: impl FnOnce(&str) -> bool,
) -> Result<Option<String>, String> {
    match seed.get(member) {
        None => Ok(None),
        Some(Value::String(name)) if name.is_empty() => Err(format!("{member}: must not be empty")),
        Some(Value::String(name)) if taken(name) => Err(format!("{member}: another {kind} has it")),
        Some(Value::String(name)) => Ok(Some(name.clone())),
        Some(_) => Err(format!("{member}: must be a string")),
    }
}

/// The webhooks or runs in the body of a response of the API, in either profile: `ok` and one member that holds them.
/// `None` for anything else.
fn of_response(body: &Value) -> Option<Vec<Seed>> {
    let mut members = body.as_object()?.iter().filter(|(name, _)| *name != "ok");
    let (Some((name, content)), None) = (members.next(), members.next()) else { return None };
    match (name.as_str(), content) {
        ("webhooks" | "integrations" | "items", Value::Array(webhooks)) => {
            Some(webhooks.iter().cloned().map(Seed::Webhook).collect())
        }
        ("webhook" | "integration", Value::Object(_)) => Some(vec![Seed::Webhook(content.clone())]),
        ("runs", Value::Array(runs)) => Some(runs.iter().cloned().map(Seed::Run).collect()),
        // Whether it is a run at all is checked when it is stored.
        ("run" | "runs", run) => Some(vec![Seed::Run(run.clone())]),
        _ => None,
    }
}

/// A seed cannot be stored. None of the same call was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot store seed {index}: {reason}")]
pub struct SeedError {
    index: usize,
    reason: String,
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
    let mut file = match file {
        Value::Array(webhooks) => return Ok(webhooks),
        Value::Object(file) => file,
        _ => return Err(FORMS),
    };
    let runs = file.remove("runs").map(|runs| json!({ "runs": runs }));
    let others = match of_response(&Value::Object(file.clone())) {
        Some(others) => others,
        None if runs.is_some() && file.keys().all(|name| name == "ok") => Vec::new(),
        None => return Err(FORMS),
    };
    let others = others.into_iter().map(|seed| match seed {
        Seed::Webhook(webhook) => webhook,
        Seed::Run(run) => json!({ "run": run }),
    });
    Ok(others.chain(runs).collect())
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
