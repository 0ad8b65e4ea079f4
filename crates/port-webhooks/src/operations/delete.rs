//! Deletes a webhook.

use bytes::Bytes;
use http::Method;
use port_webhooks_api::{self as api, Answer, Reply};
use serde_json::Value;

use crate::about::About;
use crate::answer::Reader;
use crate::call::Run;
use crate::error::{ErrorKind, Failure};
use crate::identifier;
use crate::operations::ITEM;

/// Deletes a webhook (`delete_webhook`).
#[derive(Clone, Debug)]
pub struct Delete {
    pub(crate) identifier: String,
}

impl Run for Delete {
    // The body is optional in the contract, so the generated client does not parse it.
    type Body = ();
    type Value = bool;

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

    fn prepare(&self) -> Result<Option<Bytes>, Failure> {
        identifier::check(&self.identifier).map(|()| None)
    }

    fn exchange(&self, api: &api::Client) -> impl Future<Output = Result<Reply<()>, api::Error>> {
        api.delete_webhook(&self.identifier)
    }

    fn recover(&self, failure: &Failure, unknown: bool) -> Option<bool> {
        let is_not_ok =
            failure.kind == ErrorKind::Other && failure.status.is_some_and(|status| status.is_success());
        match failure.kind {
            // An earlier attempt has deleted it.
            ErrorKind::NotFound if unknown => Some(true),
            // After an attempt that may have deleted it, the outcome is unknown and the failure remains.
            _ if is_not_ok && !unknown => Some(false),
            _ => None,
        }
    }

    fn finish(&self, (): (), answer: &Answer, reader: &Reader<'_>) -> Result<bool, Failure> {
        let body = &answer.body;
        if body.is_empty() {
            return Ok(true);
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(body)) => {
                reader.check_ok(body.get("ok").and_then(Value::as_bool), answer)?;
                Ok(true)
            }
            _ => Err(reader.unreadable("is not a JSON object")),
        }
    }
}
