//! The writes that were applied, whatever the caller was told.

use serde::Serialize;
use serde_json::Value;

use crate::call::Operation;

/// A write that changed the state.
///
/// Its `Debug` form shows secrets that a test has put into the webhook.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Write {
    /// The [number](crate::RecordedRequest::number) of the request that asked for it.
    pub request: u64,
    /// What was done: create, update, replace or delete.
    pub operation: Operation,
    /// The webhook by the name it had before; for a create by the name it has now.
    pub identifier: String,
    /// The webhook as it was before. `None` for a create.
    pub before: Option<Value>,
    /// The webhook as it is stored now. `None` for a delete.
    pub after: Option<Value>,
    /// What the caller was told.
    pub answered: Answered,
}

/// How the request of a [`Write`] was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Answered {
    /// With the answer that belongs to it. Whether it reached the caller is not known here.
    Truly,
    /// With another answer, of this status, because of a fault.
    Falsely(u16),
    /// Not at all, or not wholly, because of a fault.
    Lost,
}
