//! Updates a webhook.

use bytes::Bytes;
use http::Method;
use port_webhooks_api::{self as api, Answer, Reply, Secret, Webhook, WebhookEnvelope, WebhookPatch};

use crate::about::About;
use crate::answer::Reader;
use crate::call::Run;
use crate::error::Failure;
use crate::operations::{ITEM, check_identifiers, one_webhook, renames, secrets_of, texts, to_json};

/// Sets or clears fields of a webhook (`update_webhook`).
#[derive(Clone, Debug)]
pub struct Update {
    pub(crate) identifier: String,
    pub(crate) patch: WebhookPatch,
}

impl Run for Update {
    type Body = WebhookEnvelope;
    type Value = Webhook;

    fn about(&self) -> About<'_> {
        About {
            operation: "update_webhook",
            verb: "update webhook",
            method: Method::PATCH,
            template: ITEM,
            identifier: Some(&self.identifier),
            idempotent: !renames(&self.identifier, self.patch.identifier.value()),
        }
    }

    fn secrets(&self) -> Vec<&str> {
        let mut secrets = secrets_of(None, self.patch.headers.value(), &self.patch.extra);
        if let Some(security) = self.patch.security.value() {
            secrets.extend(security.secret.value().map(Secret::expose));
            texts(&security.extra, &mut secrets);
        }
        secrets
    }

    fn prepare(&self) -> Result<Option<Bytes>, Failure> {
        check_identifiers(&self.identifier, self.patch.identifier.value())?;
        to_json(&self.patch)
    }

    fn exchange(&self, api: &api::Client) -> impl Future<Output = Result<Reply<Self::Body>, api::Error>> {
        api.update_webhook(&self.identifier, &self.patch)
    }

    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>) -> Result<Webhook, Failure> {
        one_webhook(body, answer, reader)
    }
}
