//! The writes that were applied, however they were answered.

use serde::Serialize;
use serde_json::Value;

use crate::call::Route;

/// A write that changed the state.
///
/// Its `Debug` form shows the secrets of the webhook.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Write {
    /// The [number](crate::RecordedRequest::number) of the request that made it.
    pub request: u64,
    /// What was done: create, update, replace or delete.
    pub operation: Route,
    /// The identifier of the webhook before the write; for a create the new one.
    pub identifier: String,
    /// The webhook as it was before. `None` for a create.
    pub before: Option<Value>,
    /// The webhook as it was stored by the write. `None` for a delete.
    pub after: Option<Value>,
    /// How the caller was answered.
    pub answered: Answered,
}

/// How the request of a [`Write`] was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Answered {
    /// With its real answer. Whether that reached the caller is not known.
    Truly,
    /// With another answer of this status, because of a fault.
    Falsely(u16),
    /// Not at all or not completely, because of a fault.
    Lost,
}
