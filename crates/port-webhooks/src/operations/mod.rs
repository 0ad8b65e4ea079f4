//! The operations on webhooks, one a file.

mod create;
mod delete;
mod get;
mod list;
mod metadata;
mod replace;
mod update;

pub use create::Create;
pub use delete::Delete;
pub use get::Get;
pub use list::{List, Page};
pub use metadata::Metadata;
pub use replace::Replace;
pub use update::Update;

use port_webhooks_api::{Answer, HeaderValues, Security, Webhook, WebhookEnvelope};

use crate::answer::Reader;
use crate::error::Failure;

const COLLECTION: &str = "/v1/webhooks";
const ITEM: &str = "/v1/webhooks/{identifier}";

/// The webhook in an answer, under the key of either contract.
fn one_webhook(body: WebhookEnvelope, answer: &Answer, reader: &Reader<'_>) -> Result<Webhook, Failure> {
    if body.ok == Some(false) {
        return Err(reader.not_done(answer));
    }
    body.webhook
        .or(body.integration)
        .ok_or_else(|| reader.unreadable("holds no webhook"))
}

/// What must not be shown of a webhook that is sent.
fn secrets_of<'a>(security: Option<&'a Security>, headers: Option<&'a HeaderValues>) -> Vec<&'a str> {
    let secret = security
        .and_then(|security| security.secret.as_ref())
        .map(port_webhooks_api::Secret::expose);
    let values = headers
        .into_iter()
        .flat_map(HeaderValues::iter)
        .map(|(_, value)| value);
    secret.into_iter().chain(values).collect()
}
