//! The fields of a webhook, of either contract: which are known, which the server sets, and in which order they are shown.

use port_webhooks::WebhookPatch;
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

/// The fields that the server sets. It also sets the `url` of a data source.
const SERVER_OWNED: [&str; 5] = ["webhookKey", "createdAt", "createdBy", "updatedAt", "updatedBy"];

/// Whether a field is known.
pub(crate) fn is_known(field: &str) -> bool {
    WebhookPatch::FIELDS.contains(&field) || SERVER_OWNED.contains(&field)
}

/// Whether fields are those of a data source of the live contract, which has no events, and whose `url` the server sets.
pub(crate) fn looks_like_data_source(fields: &Map<String, Value>) -> bool {
    let has = |name: &str| fields.get(name).is_some_and(|value| !value.is_null());
    let has_server_url = !has("url") || has("webhookKey") || has("mappings") || has("integrationType");
    !has("events") && has_server_url
}

/// Removes the fields that the server sets, so that a webhook that was read can be written. Returns their names.
pub(crate) fn remove_server_owned(fields: &mut Map<String, Value>, is_data_source: bool) -> Vec<String> {
    let names = SERVER_OWNED.into_iter().chain(is_data_source.then_some("url"));
    names.filter(|name| fields.remove(*name).is_some()).map(str::to_owned).collect()
}

/// A webhook whose fields are in the order of the documentation, those of the server last.
pub(crate) struct Ordered<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Ordered<'a> {
    /// Names and values, in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let mut fields: Vec<_> = self.0.iter().map(|(name, value)| (name.as_str(), value)).collect();
        let place = |name: &str| {
            let first = WebhookPatch::FIELDS.iter().position(|first| *first == name);
            (first.unwrap_or(usize::MAX), SERVER_OWNED.iter().position(|last| *last == name))
        };
        // A stable sort keeps unknown fields in the order of their names.
        fields.sort_by_key(|(name, _)| place(name));
        fields.into_iter()
    }
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fields())
    }
}
