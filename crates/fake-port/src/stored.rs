//! A webhook as it is kept, with its JSON.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::state::Webhook;

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
        self.0.json.get_or_init(|| Value::Object(self.0.webhook.clone()).to_string())
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
