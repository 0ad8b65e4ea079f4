//! What the server sets, and a person does not.

use serde_json::{Map, Value};

use crate::known_fields::SERVER_OWNED;

/// Whether fields are those of a data source of the live contract, which has no events, and whose `url` is handed out.
pub(crate) fn looks_like_data_source(fields: &Map<String, Value>) -> bool {
    let has = |name: &str| fields.get(name).is_some_and(|value| !value.is_null());
    let is_handed_out = !has("url") || has("webhookKey") || has("mappings") || has("integrationType");
    !has("events") && is_handed_out
}

/// Takes what is the server's out of what was read and is to be written back; says what that was.
pub(super) fn take_out(fields: &mut Map<String, Value>) -> Vec<String> {
    let with_url = looks_like_data_source(fields);
    let names = SERVER_OWNED.into_iter().chain(with_url.then_some("url"));
    names.filter(|name| fields.remove(*name).is_some()).map(str::to_owned).collect()
}
