//! Reads one webhook.

use bytes::Bytes;
use http::Method;
use port_webhooks_api::{self as api, Answer, Reply, Webhook, WebhookEnvelope};

use crate::about::About;
use crate::answer::Reader;
use crate::call::Run;
use crate::error::Failure;
use crate::identifier;
use crate::operations::{ITEM, one_webhook};

/// Reads one webhook (`get_webhook`).
#[derive(Clone, Debug)]
pub struct Get {
    pub(crate) identifier: String,
}

impl Run for Get {
    type Body = WebhookEnvelope;
    type Value = Webhook;

    fn about(&self) -> About<'_> {
        About {
            operation: "get_webhook",
            verb: "get webhook",
            method: Method::GET,
            template: ITEM,
            identifier: Some(&self.identifier),
            idempotent: true,
        }
    }

    fn prepare(&self) -> Result<Option<Bytes>, Failure> {
        if self.identifier == "metadata" {
            return Err(Failure::configuration(
                "a webhook called `metadata` can't be read: that path is another route",
            ));
        }
        identifier::check(&self.identifier).map(|()| None)
    }

    fn exchange(&self, api: &api::Client) -> impl Future<Output = Result<Reply<Self::Body>, api::Error>> {
        api.get_webhook(&self.identifier)
    }

    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>) -> Result<Webhook, Failure> {
        one_webhook(body, answer, reader)
    }
}
