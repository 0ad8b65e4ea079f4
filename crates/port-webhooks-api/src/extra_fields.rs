//! Unknown fields.

use std::fmt;
use std::ops::Index;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::exact_numbers::{Exact, ExactNumbers};
use crate::secret::MASK;

/// Fields that the contract does not name, kept as they are and serialized again.
///
/// A number that no `f64` can hold with all its digits, or at all (`1e400`), is approximate as a [`Value`]. In what a client read, it is
/// serialized to JSON with all its digits, as long as the value is not replaced. (Other formats than JSON write it as
/// [`RawValue`](serde_json::value::RawValue) says.)
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
#[derive(Clone, Default)]
pub struct ExtraFields {
    fields: Map<String, Value>,
    numbers: Option<Arc<ExactNumbers>>,
}

impl ExtraFields {
    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// Sets a field, and returns the value it had.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.fields.insert(name.into(), value.into())
    }

    /// Removes a field, and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name)
    }

    /// Iterates over names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The same fields, each with a mask as its value, unless it is null.
    pub(crate) fn redacted(&self) -> Self {
        let mask = |value: &Value| if value.is_null() { Value::Null } else { MASK.into() };
        self.fields.iter().map(|(name, value)| (name.clone(), mask(value))).collect::<Map<_, _>>().into()
    }
}

impl fmt::Debug for ExtraFields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.fields.keys()).finish()
    }
}

impl PartialEq for ExtraFields {
    /// Whether names and values are equal; digits that a value does not hold are not compared.
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields
    }
}

impl Serialize for ExtraFields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.numbers {
            None => self.fields.serialize(serializer),
            Some(numbers) => {
                serializer.collect_map(self.iter().map(|(name, value)| (name, Exact(value, numbers))))
            }
        }
    }
}

impl<'de> Deserialize<'de> for ExtraFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Map::deserialize(deserializer)?;
        let numbers = ExactNumbers::of_parse(fields.values());
        Ok(Self { fields, numbers })
    }
}

impl From<Map<String, Value>> for ExtraFields {
    fn from(fields: Map<String, Value>) -> Self {
        Self { fields, numbers: None }
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
