//! Create a webhook.

use http::Method;
use port_webhooks_api::{self as api, Answer, NewWebhook, ResponseValue, Webhook, WebhookEnvelope};

use crate::answer::Reader;
use crate::call::{About, Run, check_identifier, check_size};
use crate::error::Failure;
use crate::operations::{COLLECTION, one_webhook, secrets_of};

/// Create a webhook (`create_webhook`).
#[derive(Clone, Debug)]
pub struct Create {
    pub(crate) webhook: NewWebhook,
}

impl Run for Create {
    type Body = WebhookEnvelope;
    type Answer = Webhook;

    fn about(&self) -> About<'_> {
        About {
            operation: "create_webhook",
            verb: "create webhook",
            method: Method::POST,
            template: COLLECTION,
            identifier: self.webhook.identifier.as_deref(),
            idempotent: false,
        }
    }

    fn secrets(&self) -> Vec<&str> {
        secrets_of(self.webhook.security.as_ref(), self.webhook.headers.as_ref(), &self.webhook.extra)
    }

    fn check(&self) -> Result<(), Failure> {
        // It would be created, and could then be neither read nor deleted.
        self.webhook.identifier.as_deref().map_or(Ok(()), check_identifier)?;
        check_size(&self.webhook)
    }

    async fn exchange(&self, api: &api::Client) -> Result<ResponseValue<Self::Body>, api::Error> {
        api.create_webhook(&self.webhook).await
    }

    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>) -> Result<Webhook, Failure> {
        one_webhook(body, answer, reader)
    }
}
