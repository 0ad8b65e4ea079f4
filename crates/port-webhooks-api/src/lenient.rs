//! How deliveries are read: a value that does not fit its field harms no other.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Takes a field out of an object, if its value fits. A value that does not, `null` included, stays in the object, so
/// that nothing is lost.
pub(crate) fn take<T: DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> Option<T> {
    let value = T::deserialize(fields.get(name)?).ok()?;
    fields.remove(name);
    Some(value)
}
