//! Unknown fields.

use std::fmt;
use std::ops::Index;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::secret::MASK;

/// Fields that the contract does not name, kept as they are and serialized again.
///
/// `Debug` shows the names alone, since a value may be a secret.
///
/// ```
/// let mut webhook: port_webhooks_api::Webhook = serde_json::from_str(r#"{"identifier":"a","team":"platform"}"#)?;
/// assert_eq!(webhook.extra["team"], "platform");
/// assert_eq!(webhook.extra.get("owner"), None);
/// assert!(webhook.extra["owner"].is_null());
/// webhook.extra.insert("owner", "kim");
/// assert!(webhook.extra.iter().map(|(name, _)| name).eq(["owner", "team"]));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExtraFields(Map<String, Value>);

impl ExtraFields {
    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Sets a field, and returns the value it had.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.0.insert(name.into(), value.into())
    }

    /// Removes a field, and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Iterates over names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same fields, each with a mask as its value, unless it is null.
    pub(crate) fn redacted(&self) -> Self {
        let mask = |value: &Value| if value.is_null() { Value::Null } else { MASK.into() };
        Self(self.0.iter().map(|(name, value)| (name.clone(), mask(value))).collect())
    }
}

impl fmt::Debug for ExtraFields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl From<Map<String, Value>> for ExtraFields {
    fn from(fields: Map<String, Value>) -> Self {
        Self(fields)
    }
}

impl Index<&str> for ExtraFields {
    type Output = Value;

    /// The value of a field, or null when there is no such field.
    fn index(&self, name: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.get(name).unwrap_or(&NULL)
    }
}
