//! Update a webhook.

use http::Method;
use port_webhooks_api::{self as api, Answer, ResponseValue, Secret, Webhook, WebhookEnvelope, WebhookPatch};

use crate::answer::Reader;
use crate::call::{About, Run, check_identifier};
use crate::error::Failure;
use crate::operations::{ITEM, one_webhook, secrets_of};
use crate::request::Operation;

/// Set or clear fields of a webhook (`update_webhook`).
#[derive(Clone, Debug)]
pub struct Update {
    pub(crate) identifier: String,
    pub(crate) patch: WebhookPatch,
}

impl Operation for Update {
    type Output = Webhook;
}

impl Run for Update {
    type Body = WebhookEnvelope;
    type Answer = Webhook;

    fn about(&self) -> About<'_> {
        About {
            operation: "update_webhook",
            verb: "update webhook",
            method: Method::PATCH,
            template: ITEM,
            identifier: Some(&self.identifier),
        }
    }

    fn secrets(&self) -> Vec<&str> {
        let mut secrets = secrets_of(None, self.patch.headers.value());
        let secret = self
            .patch
            .security
            .value()
            .and_then(|security| security.secret.value());
        secrets.extend(secret.map(Secret::expose));
        secrets
    }

    fn check(&self) -> Result<(), String> {
        check_identifier(&self.identifier)
    }

    async fn exchange(&self, api: &api::Client) -> Result<ResponseValue<Self::Body>, api::Error> {
        api.update_webhook(&self.identifier, &self.patch).await
    }

    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>) -> Result<Webhook, Failure> {
        one_webhook(body, answer, reader)
    }
}
