//! Replace a webhook.

use bytes::Bytes;
use http::Method;
use port_webhooks_api::{self as api, Answer, Reply, Webhook, WebhookEnvelope, WebhookReplacement};

use crate::answer::Reader;
use crate::call::{About, Run, check_identifier, write};
use crate::error::Failure;
use crate::operations::{ITEM, one_webhook, secrets_of};

/// Replace a webhook as a whole (`PUT` in the live contract).
#[derive(Clone, Debug)]
pub struct Replace {
    pub(crate) identifier: String,
    pub(crate) webhook: WebhookReplacement,
}

impl Replace {
    /// Whether the webhook has another name afterwards, under which a second request misses it.
    fn renames(&self) -> bool {
        self.webhook.identifier.as_ref().is_some_and(|new| *new != self.identifier)
    }
}

impl Run for Replace {
    type Body = WebhookEnvelope;
    type Answer = Webhook;

    fn about(&self) -> About<'_> {
        About {
            operation: "replace_webhook",
            verb: "replace webhook",
            method: Method::PUT,
            template: ITEM,
            identifier: Some(&self.identifier),
            idempotent: !self.renames(),
        }
    }

    fn secrets(&self) -> Vec<&str> {
        secrets_of(self.webhook.security.as_ref(), self.webhook.headers.as_ref(), &self.webhook.extra)
    }

    fn prepare(&self) -> Result<Option<Bytes>, Failure> {
        check_identifier(&self.identifier)?;
        // Under this name it could be neither read nor deleted.
        self.webhook.identifier.as_ref().map_or(Ok(()), |new| check_identifier(new))?;
        write(&self.webhook)
    }

    fn exchange(&self, api: &api::Client) -> impl Future<Output = Result<Reply<Self::Body>, api::Error>> {
        api.replace_webhook(&self.identifier, &self.webhook)
    }

    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>) -> Result<Webhook, Failure> {
        one_webhook(body, answer, reader)
    }
}
