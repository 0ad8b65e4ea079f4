//! Replaces a webhook.

use bytes::Bytes;
use http::Method;
use port_webhooks_api::{self as api, Answer, Reply, Webhook, WebhookEnvelope, WebhookReplacement};

use crate::about::About;
use crate::answer::Reader;
use crate::call::Run;
use crate::error::Failure;
use crate::operations::{ITEM, check_identifiers, one_webhook, renames, secrets_of, to_json};

/// Replaces a webhook as a whole (`PUT` in the live contract).
#[derive(Clone, Debug)]
pub struct Replace {
    pub(crate) identifier: String,
    pub(crate) webhook: WebhookReplacement,
}

impl Run for Replace {
    type Body = WebhookEnvelope;
    type Value = Webhook;

    fn about(&self) -> About<'_> {
        About {
            operation: "replace_webhook",
            verb: "replace webhook",
            method: Method::PUT,
            template: ITEM,
            identifier: Some(&self.identifier),
            idempotent: !renames(&self.identifier, self.webhook.identifier.as_ref()),
        }
    }

    fn secrets(&self) -> Vec<&str> {
        secrets_of(self.webhook.security.as_ref(), self.webhook.headers.as_ref(), &self.webhook.extra)
    }

    fn prepare(&self) -> Result<Option<Bytes>, Failure> {
        check_identifiers(&self.identifier, self.webhook.identifier.as_ref())?;
        to_json(&self.webhook)
    }

    fn exchange(&self, api: &api::Client) -> impl Future<Output = Result<Reply<Self::Body>, api::Error>> {
        api.replace_webhook(&self.identifier, &self.webhook)
    }

    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>) -> Result<Webhook, Failure> {
        one_webhook(body, answer, reader)
    }
}
