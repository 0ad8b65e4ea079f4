//! The order in which a person expects fields.

use port_webhooks::WantedWebhook;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::known_fields::SERVER_OWNED;

/// A webhook whose fields are told in the order of the documentation, those of the server last.
pub(crate) struct Ordered<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Ordered<'a> {
    /// Names and values, in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let mut fields: Vec<_> = self.0.iter().map(|(name, value)| (name.as_str(), value)).collect();
        // Stable: fields that have no place stay in the order of their names.
        fields.sort_by_key(|(name, _)| place(name));
        fields.into_iter()
    }
}

fn place(name: &str) -> usize {
    let first = WantedWebhook::FIELDS.iter().position(|first| *first == name);
    let last = SERVER_OWNED.iter().position(|last| *last == name);
    first.or(last.map(|last| WantedWebhook::FIELDS.len() + 1 + last)).unwrap_or(WantedWebhook::FIELDS.len())
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.fields() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
