//! Lists the metadata of all webhooks.

use http::Method;
use port_webhooks_api::{self as api, Answer, MetadataListEnvelope, Reply, WebhookMetadata};

use crate::about::About;
use crate::answer::Reader;
use crate::call::Run;
use crate::error::Failure;
use crate::operations::first_list;

/// Lists identifier, title, icon and last update of every webhook.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Metadata;

impl Run for Metadata {
    type Body = MetadataListEnvelope;
    type Value = Vec<WebhookMetadata>;

    fn about(&self) -> About<'_> {
        About {
            operation: "list_webhook_metadata",
            verb: "list the metadata of webhooks",
            method: Method::GET,
            template: "/v1/webhooks/metadata",
            identifier: None,
            idempotent: true,
        }
    }

    fn exchange(&self, api: &api::Client) -> impl Future<Output = Result<Reply<Self::Body>, api::Error>> {
        api.list_webhook_metadata()
    }

    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>) -> Result<Self::Value, Failure> {
        reader.check_ok(body.ok, answer)?;
        let list = first_list([body.webhooks, body.integrations, body.items]);
        list.ok_or_else(|| reader.unreadable("contains no list of metadata"))
    }
}
