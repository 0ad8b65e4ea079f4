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

use std::pin::Pin;

use port_webhooks_api::{
    Answer, ExtraFields, HeaderValues, Secret, Security, Webhook, WebhookEnvelope, WebhookMetadata,
};
use serde_json::Value;

use crate::answer::Reader;
use crate::call;
use crate::client::Client;
use crate::error::Failure;
use crate::request::{Operation, sealed};

const COLLECTION: &str = "/v1/webhooks";
const ITEM: &str = "/v1/webhooks/{identifier}";

macro_rules! operations {
    ($($operation:ident -> $output:ty;)+) => {
        $(
            impl sealed::Sealed for $operation {}

            impl Operation for $operation {
                type Output = $output;

                fn call(
                    self,
                    client: Client,
                    options: sealed::Options,
                ) -> Pin<Box<dyn Future<Output = crate::Result<$output>> + Send>> {
                    Box::pin(async move { call::run(&client, &self, &options).await })
                }
            }
        )+
    };
}

operations! {
    Delete -> bool;
    Get -> Webhook;
    List -> Page;
    Metadata -> Vec<WebhookMetadata>;
    Replace -> Webhook;
    Update -> Webhook;
}

/// The webhook in an answer, under the key of either contract.
fn one_webhook(body: WebhookEnvelope, answer: &Answer, reader: &Reader<'_>) -> Result<Webhook, Failure> {
    reader.done(body.ok, answer)?;
    let webhook = body.webhook.or(body.integration).ok_or_else(|| reader.unreadable("holds no webhook"))?;
    Ok(*webhook)
}

/// The list in an answer, under whichever key it is. An empty one gives way to one that is not.
fn first_list<T, const N: usize>(lists: [Option<Vec<T>>; N]) -> Option<Vec<T>> {
    lists.into_iter().flatten().reduce(|list, next| if list.is_empty() { next } else { list })
}

/// What must not be shown of a webhook that is sent. What a field of the future holds may be a secret
/// as well.
fn secrets_of<'a>(
    security: Option<&'a Security>,
    headers: Option<&'a HeaderValues>,
    extra: &'a ExtraFields,
) -> Vec<&'a str> {
    let mut secrets: Vec<&str> =
        headers.into_iter().flat_map(HeaderValues::iter).map(|(_, value)| value).collect();
    texts(extra, &mut secrets);
    if let Some(security) = security {
        secrets.extend(security.secret.as_ref().map(Secret::expose));
        texts(&security.extra, &mut secrets);
    }
    secrets
}

/// Every text in fields that the contract does not name.
fn texts<'a>(extra: &'a ExtraFields, found: &mut Vec<&'a str>) {
    let mut waiting: Vec<&Value> = extra.values().collect();
    while let Some(value) = waiting.pop() {
        match value {
            Value::String(text) => found.push(text),
            Value::Array(items) => waiting.extend(items),
            Value::Object(members) => waiting.extend(members.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
