//! Delete a webhook.

use http::Method;
use port_webhooks_api::{self as api, Answer, ResponseValue};
use serde_json::Value;

use crate::answer::Reader;
use crate::call::{About, Run, check_identifier};
use crate::error::{ErrorKind, Failure};
use crate::operations::ITEM;

/// Delete a webhook (`delete_webhook`).
#[derive(Clone, Debug)]
pub struct Delete {
    pub(crate) identifier: String,
}

impl Run for Delete {
    // The contract lets the body be absent, so the generated client reads none.
    type Body = ();
    type Answer = bool;

    fn about(&self) -> About<'_> {
        About {
            operation: "delete_webhook",
            verb: "delete webhook",
            method: Method::DELETE,
            template: ITEM,
            identifier: Some(&self.identifier),
            idempotent: true,
        }
    }

    fn check(&self) -> Result<(), Failure> {
        check_identifier(&self.identifier)
    }

    async fn exchange(&self, api: &api::Client) -> Result<ResponseValue<()>, api::Error> {
        api.delete_webhook(&self.identifier).await
    }

    fn found_done(&self, failure: &Failure) -> Option<bool> {
        (failure.kind == ErrorKind::NotFound).then_some(true)
    }

    fn finish(&self, (): (), answer: &Answer, reader: &Reader<'_>) -> Result<bool, Failure> {
        let body = answer.body.as_deref().unwrap_or_default();
        if body.is_empty() {
            return Ok(true);
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(body)) => Ok(body.get("ok") != Some(&Value::Bool(false))),
            _ => Err(reader.unreadable("cannot be read")),
        }
    }
}
