//! The operations on webhooks, one per file.

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

use bytes::Bytes;
use port_webhooks_api::{
    Answer, ExtraFields, HeaderValues, Secret, Security, Webhook, WebhookEnvelope, WebhookMetadata,
};
use serde::Serialize;
use serde_json::Value;

use crate::answer::Reader;
use crate::call;
use crate::client::Client;
use crate::error::{ErrorKind, Failure, Outcome};
use crate::identifier;
use crate::request::{CallFuture, Operation, sealed};

/// The largest body that Port accepts, in bytes.
const MAX_REQUEST_BODY: usize = 1024 * 1024;

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
                ) -> CallFuture<$output> {
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

/// Rejects identifiers that can't be sent. Under such a new one the webhook could be neither read nor deleted.
fn check_identifiers(identifier: &str, new: Option<&String>) -> Result<(), Failure> {
    identifier::check(identifier)?;
    new.map_or(Ok(()), |new| identifier::check(new))
}

/// Whether the identifier changes, so that a retry would not find the webhook.
fn renames(identifier: &str, new: Option<&String>) -> bool {
    new.is_some_and(|new| new != identifier)
}

/// The JSON of a body that is not too large.
pub(crate) fn to_json(body: &impl Serialize) -> Result<Option<Bytes>, Failure> {
    // Enough for most bodies.
    let mut json = Vec::with_capacity(512);
    if serde_json::to_writer(&mut json, body).is_err() {
        return Err(Failure::configuration("the request can't be serialized as JSON"));
    }
    if json.len() > MAX_REQUEST_BODY {
        let what = format!("the request is {} bytes; Port accepts at most {MAX_REQUEST_BODY}", json.len());
        return Err(Failure::new(ErrorKind::PayloadTooLarge, Outcome::NotSent, what));
    }
    Ok(Some(json.into()))
}

/// The webhook in a response, under the key of either contract.
fn one_webhook(body: WebhookEnvelope, answer: &Answer, reader: &Reader<'_>) -> Result<Webhook, Failure> {
    reader.check_ok(body.ok, answer)?;
    let webhook =
        body.webhook.or(body.integration).ok_or_else(|| reader.unreadable("contains no webhook"))?;
    Ok(*webhook)
}

/// The list in a response, under any of its keys: the first that is not empty, or else an empty one.
fn first_list<T, const N: usize>(lists: [Option<Vec<T>>; N]) -> Option<Vec<T>> {
    lists.into_iter().flatten().reduce(|list, next| if list.is_empty() { next } else { list })
}

/// The secrets in a webhook that is sent. An unknown field may contain one, too.
fn secrets_of<'a>(
    security: Option<&'a Security>,
    headers: Option<&'a HeaderValues>,
    extra: &'a ExtraFields,
) -> Vec<&'a str> {
    let mut secrets: Vec<&str> =
        headers.into_iter().flat_map(HeaderValues::iter).map(|(_, value)| value.expose()).collect();
    texts(extra, &mut secrets);
    if let Some(security) = security {
        secrets.extend(security.secret.as_ref().map(Secret::expose));
        texts(&security.extra, &mut secrets);
    }
    secrets
}

/// Every text in unknown fields.
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
