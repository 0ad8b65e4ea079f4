//! Delete a webhook.

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

    fn prepare(&self) -> Result<Option<Bytes>, Failure> {
        identifier::check(&self.identifier).map(|()| None)
    }

    fn exchange(&self, api: &api::Client) -> impl Future<Output = Result<Reply<()>, api::Error>> {
        api.delete_webhook(&self.identifier)
    }

    fn as_answer(&self, failure: &Failure, unknown: bool) -> Option<bool> {
        let says_no =
            failure.kind == ErrorKind::Api && failure.status.is_some_and(|status| status.is_success());
        match failure.kind {
            // An attempt before has deleted it.
            ErrorKind::NotFound if unknown => Some(true),
            // After one that may have deleted it, that is not known: the failure stays one, and says so.
            _ if says_no && !unknown => Some(false),
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
                reader.done(body.get("ok").and_then(Value::as_bool), answer)?;
                Ok(true)
            }
            _ => Err(reader.unreadable("is not a JSON object")),
        }
    }
}
