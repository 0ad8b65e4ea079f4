//! A webhook as it is kept, with its JSON.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

/// A webhook as it is stored and sent.
pub(crate) type Webhook = Map<String, Value>;

pub(crate) fn identifier_of(webhook: &Webhook) -> Option<&str> {
    webhook.get("identifier").and_then(Value::as_str)
}

/// A webhook that does not change any more. Its JSON is written once, however often it is sent: a list would
/// take most of its time for that.
#[derive(Clone)]
pub(crate) struct Stored(Arc<Inner>);

struct Inner {
    webhook: Webhook,
    json: OnceLock<String>,
}

impl Stored {
    pub(crate) fn new(webhook: Webhook) -> Self {
        Self(Arc::new(Inner { webhook, json: OnceLock::new() }))
    }

    pub(crate) fn into_webhook(self) -> Webhook {
        Arc::try_unwrap(self.0).map_or_else(|shared| shared.webhook.clone(), |own| own.webhook)
    }

    pub(crate) fn json(&self) -> &str {
        self.0.json.get_or_init(|| self.to_value().to_string())
    }

    pub(crate) fn to_value(&self) -> Value {
        Value::Object(self.0.webhook.clone())
    }
}

impl Deref for Stored {
    type Target = Webhook;

    fn deref(&self) -> &Webhook {
        &self.0.webhook
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
