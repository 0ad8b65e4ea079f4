//! Unknown fields.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::secret::MASK;

/// Fields that the contract does not name, kept as they are and serialized again.
///
/// It derefs to a [`Map`]. `Debug` shows the names alone, since a value may be a secret.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExtraFields(Map<String, Value>);

impl ExtraFields {
    /// The same fields, each with a mask as its value, unless it is null.
    pub(crate) fn redacted(&self) -> Self {
        let mask = |value: &Value| if value.is_null() { Value::Null } else { MASK.into() };
        Self(self.0.iter().map(|(name, value)| (name.clone(), mask(value))).collect())
    }
}

impl Deref for ExtraFields {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for ExtraFields {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
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
