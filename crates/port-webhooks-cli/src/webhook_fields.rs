//! The fields of a webhook, of either contract: which are known, which the server sets, and in which order they are shown.

use port_webhooks::{Webhook, WebhookPatch};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::tree::{Node, from_json};

/// The fields that the server sets. It also sets the `url` of a data source.
const SERVER_OWNED: [&str; 5] = ["webhookKey", "createdAt", "createdBy", "updatedAt", "updatedBy"];

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

/// Names and values in the order of the documentation, the fields of the server last.
pub(crate) fn in_order(fields: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value)).collect();
    let place = |name: &str| {
        let first = WebhookPatch::FIELDS.iter().position(|first| *first == name);
        (first.unwrap_or(usize::MAX), SERVER_OWNED.iter().position(|last| *last == name))
    };
    // A stable sort keeps unknown fields in the order of their names.
    fields.sort_by_key(|(name, _)| place(name));
    fields
}

/// A webhook for a program: its fields in order, with all digits of the numbers that Port sent.
pub(crate) struct Exact {
    pub(crate) fields: Map<String, Value>,
    /// The same as JSON, since a [`Value`] rounds numbers.
    sent: Node,
}

impl Exact {
    pub(crate) fn of(webhook: &Webhook) -> Result<Self> {
        let failed = || Failure::new(Exit::Port, "what Port answered is not a webhook");
        let json = serde_json::to_string(webhook).map_err(|_| failed())?;
        let sent = from_json(&json, usize::MAX).map_err(|_| failed())?;
        Ok(Self { fields: serde_json::from_str(&json).map_err(|_| failed())?, sent })
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = in_order(&self.fields).into_iter();
        serializer.collect_map(fields.map(|(name, value)| (name, ExactValue(value, self.sent.member(name)))))
    }
}

/// A value, and the JSON that it was read from.
struct ExactValue<'a>(&'a Value, Option<&'a Node>);

impl Serialize for ExactValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(value, sent) = *self;
        match (value, sent) {
            (Value::Number(_), Some(sent)) => sent.serialize(serializer),
            (Value::Array(items), Some(sent)) => {
                let sent = sent.items().unwrap_or_default();
                serializer.collect_seq(items.iter().enumerate().map(|(at, item)| Self(item, sent.get(at))))
            }
            (Value::Object(members), Some(sent)) => serializer
                .collect_map(members.iter().map(|(name, value)| (name, Self(value, sent.member(name))))),
            (value, _) => value.serialize(serializer),
        }
    }
}
