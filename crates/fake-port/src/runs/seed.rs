//! Runs that are stored without an invocation.

use serde_json::Value;

use super::store::Author;
use crate::profile::Profile;
use crate::state::State;

impl State {
    /// Stores a run as if it had always been there. Its member `logs` is the log: texts, or objects with a `message`.
    pub(crate) fn seed_run(&mut self, seed: Value) -> Result<(), &'static str> {
        if self.settings.profile == Profile::Documented {
            return Err("runs exist in the live profile alone: Builder::profile");
        }
        let Value::Object(mut fields) = seed else {
            return Err("must be an object");
        };
        let id = match fields.get("id") {
            None => self.data.runs.new_id(),
            Some(Value::String(id)) if id.is_empty() => return Err("id: must not be empty"),
            Some(Value::String(id)) if self.data.runs.of(id).is_some() => {
                return Err("id: another run has it");
            }
            Some(Value::String(id)) => id.clone(),
            Some(_) => return Err("id: must be a string"),
        };
        let logs = match fields.remove("logs") {
            None => Vec::new(),
            Some(Value::Array(logs)) => logs,
            Some(_) => return Err("logs: must be an array"),
        };
        let message = |log: &Value| log.as_str().or_else(|| log["message"].as_str()).map(str::to_owned);
        let messages: Option<Vec<_>> =
            logs.iter().map(|log| Some((message(log)?, log["level"].as_str()))).collect();
        let messages = messages.ok_or("logs: each must be a text, or an object with a message")?;
        let author = Author::port(self.data.clock.now());
        self.data.runs.begin(id.clone(), fields, &author);
        for (message, level) in messages {
            self.data.runs.log(&id, &message, level, &author);
        }
        Ok(())
    }
}
