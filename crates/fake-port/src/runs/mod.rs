//! Runs of actions and of workflow nodes: how they begin, and what services report on them.

mod definition;
mod routes;
mod store;

use serde::Serialize;

use crate::delivery::SentDelivery;

pub(crate) use definition::Definition;
pub(crate) use routes::{add_log, add_node_logs, decide, delivered, get, list, logs, update, update_node};
pub(crate) use store::{Author, Runs};
pub use store::{RunChange, RunLogLine, StoredRun};

/// Why the documented profile neither stores nor invokes any.
pub(crate) const LIVE_ONLY: &str = "runs exist only in the profile `live`";

/// An action that was [invoked](crate::FakePort::invoke).
///
/// In JSON the names are those of the fields in camel case.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Invocation {
    /// The id of the run; [`FakePort::run`](crate::FakePort::run) has the rest.
    pub run_id: String,
    /// The call of the service, which has ended. `None` while the run waits for approval.
    pub delivery: Option<SentDelivery>,
    /// The expressions of the definition that failed. Port renders them as null.
    pub problems: Vec<String>,
}

/// An action cannot be invoked, and there is no run. The text says which part of its definition, or which input, is
/// wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot invoke the action: {0}")]
pub struct InvokeError(pub(crate) String);
