//! Replace a webhook.

use http::Method;
use port_webhooks_api::{self as api, Answer, ResponseValue, Webhook, WebhookEnvelope, WebhookReplacement};

use crate::answer::Reader;
use crate::call::{About, Run, check_identifier};
use crate::error::Failure;
use crate::operations::{ITEM, one_webhook, secrets_of};
use crate::request::Operation;

/// Replace a webhook as a whole (`PUT` in the live contract).
#[derive(Clone, Debug)]
pub struct Replace {
    pub(crate) identifier: String,
    pub(crate) webhook: WebhookReplacement,
}

impl Operation for Replace {
    type Output = Webhook;
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
        }
    }

    fn secrets(&self) -> Vec<&str> {
        secrets_of(self.webhook.security.as_ref(), self.webhook.headers.as_ref())
    }

    fn check(&self) -> Result<(), String> {
        check_identifier(&self.identifier)
    }

    async fn exchange(&self, api: &api::Client) -> Result<ResponseValue<Self::Body>, api::Error> {
        api.replace_webhook(&self.identifier, &self.webhook).await
    }

    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>) -> Result<Webhook, Failure> {
        one_webhook(body, answer, reader)
    }
}
