//! The runs that a fake knows.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clock::timestamp;
use crate::delivery::{PortEvent, USER};

/// How the id of the run of a workflow node begins.
const NODE_PREFIX: &str = "wfnr_";

/// A run of an action, or of a workflow node if its id begins with `wfnr_`.
///
/// Its `Debug` and JSON forms show inputs and what was reported, secrets included.
///
/// ```
/// use fake_port::{FakePort, Profile};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let port = FakePort::builder().profile(Profile::Live).start().await?;
/// port.seed_run(serde_json::json!({ "id": "r_1" }))?;
/// // … the code under test reports on the run …
/// let run = port.run("r_1").ok_or("there is no such run")?;
/// assert_eq!(run.status(), "IN_PROGRESS");
/// assert!(run.messages().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StoredRun {
    /// The id.
    pub id: String,
    /// The run as the API returns it: `status`, `summary`, `link` and so on.
    pub fields: Map<String, Value>,
    /// The log, oldest first.
    pub logs: Vec<RunLogLine>,
    /// The changes since the run began, oldest first.
    pub history: Vec<RunChange>,
}

/// A message in the log of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RunLogLine {
    /// Its id, which no message of any run shares.
    pub id: String,
    /// The message.
    pub message: String,
    /// Its level. Only the run of a workflow node has levels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Who added it.
    pub created_by: String,
    /// When, in RFC 3339.
    pub created_at: String,
}

/// Fields of a run that were set at once.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RunChange {
    /// When, in RFC 3339.
    pub at: String,
    /// Who: the user of the API, or `port`.
    pub by: String,
    /// The [number](crate::RecordedRequest::number) of the request. `None` when Port itself did it.
    pub request: Option<u64>,
    /// The fields with their new values.
    pub set: Map<String, Value>,
}

/// Who changes a run, and when.
#[derive(Debug)]
pub(crate) struct Author {
    by: &'static str,
    at: String,
    request: Option<u64>,
}

impl Author {
    /// The user, by the request with this number or without one.
    pub(crate) fn user(now: DateTime<Utc>, request: Option<u64>) -> Self {
        Self { by: USER, at: timestamp(now), request }
    }

    pub(crate) fn port(now: DateTime<Utc>) -> Self {
        Self { by: "port", at: timestamp(now), request: None }
    }
}

impl StoredRun {
    /// The status: `IN_PROGRESS`, `WAITING_FOR_APPROVAL`, `SUCCESS`, `FAILURE` or `DECLINED`; of a workflow node
    /// `IN_PROGRESS` or `COMPLETED`.
    pub fn status(&self) -> &str {
        self.text("status").unwrap_or_default()
    }

    /// Whether it accepts no more reports.
    pub fn has_ended(&self) -> bool {
        ends(self.status())
    }

    /// How often its status was set to one that ends it.
    pub fn endings(&self) -> usize {
        let statuses = self.history.iter().filter_map(|change| change.set.get("status")?.as_str());
        statuses.filter(|status| ends(status)).count()
    }

    /// The summary that a service has set.
    pub fn summary(&self) -> Option<&str> {
        self.text("summary")
    }

    /// How the run of a workflow node ended: `SUCCESS`, `FAILED` or `CANCELLED`.
    pub fn result(&self) -> Option<&str> {
        self.text("result")
    }

    /// The response of the service to a synchronized invocation: as JSON if it is JSON, else as text.
    pub fn response(&self) -> Option<&Value> {
        self.fields.get("response")
    }

    /// The messages of the log, oldest first.
    pub fn messages(&self) -> Vec<&str> {
        self.logs.iter().map(|log| log.message.as_str()).collect()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    /// Sets fields, and notes who did it.
    pub(super) fn set(&mut self, author: &Author, set: Map<String, Value>) {
        let had_ended = self.has_ended();
        self.fields.extend(set.clone());
        self.fields.insert("updatedAt".to_owned(), json!(author.at));
        self.fields.insert("updatedBy".to_owned(), json!(author.by));
        if self.has_ended() && !had_ended {
            self.fields.insert("endedAt".to_owned(), json!(author.at));
        }
        let (at, by) = (author.at.clone(), author.by.to_owned());
        self.history.push(RunChange { at, by, request: author.request, set });
    }
}

/// The runs, in the order of their creation, by id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs {
    all: IndexMap<String, StoredRun>,
    /// The invocations of runs that wait for approval.
    waiting: HashMap<String, PortEvent>,
    ids: u64,
    logs: u64,
}

impl Runs {
    /// An id that no run has.
    pub(crate) fn new_id(&mut self) -> String {
        loop {
            self.ids += 1;
            let id = format!("r_fake{:06}", self.ids);
            if !self.all.contains_key(&id) {
                return id;
            }
        }
    }

    pub(crate) fn of(&self, id: &str) -> Option<&StoredRun> {
        self.all.get(id)
    }

    pub(super) fn of_mut(&mut self, id: &str) -> Option<&mut StoredRun> {
        self.all.get_mut(id)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &StoredRun> {
        self.all.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Forgets all but the first runs.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.all.truncate(length);
    }

    /// Begins a run. Missing fields get their defaults.
    pub(crate) fn begin(&mut self, id: String, mut fields: Map<String, Value>, author: &Author) {
        let Author { at, by, .. } = author;
        let mut defaults = json!({
            "id": id, "status": "IN_PROGRESS", "createdAt": at, "updatedAt": at, "createdBy": by, "updatedBy": by,
        });
        if !is_node(&id) {
            defaults["properties"] = json!({});
            defaults["source"] = json!("API");
            defaults["link"] = json!([]);
            defaults["requiredApproval"] = json!(false);
            defaults["endedAt"] = Value::Null;
        }
        for (name, value) in defaults.as_object().into_iter().flatten() {
            fields.entry(name).or_insert_with(|| value.clone());
        }
        self.all.insert(id.clone(), StoredRun { id, fields, logs: Vec::new(), history: Vec::new() });
    }

    /// Adds a message to the log of a run, and returns it in the form of the API.
    pub(crate) fn log(
        &mut self,
        id: &str,
        message: &str,
        level: Option<&str>,
        author: &Author,
    ) -> Option<Value> {
        self.logs += 1;
        let run = self.all.get_mut(id)?;
        let line = RunLogLine {
            id: format!("fake-log-{:06}", self.logs),
            message: message.to_owned(),
            level: level.map(str::to_owned),
            created_by: author.by.to_owned(),
            created_at: author.at.clone(),
        };
        let shown = in_api(id, &line);
        run.logs.push(line);
        Some(shown)
    }

    /// Keeps an invocation until its run is approved.
    pub(crate) fn wait(&mut self, id: &str, invocation: PortEvent) {
        self.waiting.insert(id.to_owned(), invocation);
    }

    /// Takes the invocation of a run that waited.
    pub(super) fn take_waiting(&mut self, id: &str) -> Option<PortEvent> {
        self.waiting.remove(id)
    }
}

/// Whether a run with this status accepts no more reports.
fn ends(status: &str) -> bool {
    !matches!(status, "IN_PROGRESS" | "WAITING_FOR_APPROVAL")
}

/// Whether an id is that of the run of a workflow node.
pub(super) fn is_node(id: &str) -> bool {
    id.starts_with(NODE_PREFIX)
}

/// A message as the API returns it.
pub(super) fn in_api(run: &str, line: &RunLogLine) -> Value {
    let mut shown = json!(line);
    shown["runId"] = json!(run);
    shown
}
