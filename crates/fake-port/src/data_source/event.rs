//! The events that data sources received.

use serde::Serialize;
use serde_json::{Value, json};

/// An event that was posted to the `url` of a data source and answered with 202, with what became of it.
///
/// In JSON, as `/_fake/ingested` returns it, the names are those of the fields in camel case.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fake_port::{EventOutcome, FakePort, Profile};
/// use serde_json::json;
///
/// let port = FakePort::builder().profile(Profile::Live).start().await?;
/// port.seed(json!({ "identifier": "github", "title": "GitHub", "enabled": false }))?;
/// let webhook = port.webhook("github").ok_or("no such webhook")?;
/// let url = webhook["url"].as_str().ok_or("no url")?;
/// reqwest::Client::new().post(url).json(&json!({ "action": "opened" })).send().await?;
///
/// let events = port.events("github");
/// assert_eq!(events[0].body, json!({ "action": "opened" }));
/// assert_eq!(events[0].outcome, EventOutcome::Disabled);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct IngestedEvent {
    /// The [number](crate::RecordedRequest::number) of its request.
    pub number: u64,
    /// The identifier of the webhook.
    pub webhook: String,
    /// The body: JSON, or a text if it is not JSON.
    pub body: Value,
    /// The outcome.
    pub outcome: EventOutcome,
    /// Why it was not evaluated, or what is wrong with the mappings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The entities that were written, in order. Each has the form of `port-webhooks map -o json`: `mapping`, `item`, `blueprint`,
    /// `operation` (`create` or `delete`), `identifier`, `properties`, `errors` and so on.
    pub entities: Vec<Value>,
    /// Each mapping and item that gave no entity, with `mapping`, `item`, `reason` and `message`. The reasons are those of
    /// `port-webhooks map -o json`, and `identifier_search`: the identifier is a search object, which the fake does not
    /// resolve.
    pub skipped: Vec<Value>,
}

impl IngestedEvent {
    pub(crate) fn new(number: u64, webhook: &str, body: &[u8]) -> Self {
        let body = serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body)));
        let outcome = EventOutcome::NotEvaluated;
        let (entities, skipped) = (Vec::new(), Vec::new());
        Self { number, webhook: webhook.to_owned(), body, outcome, message: None, entities, skipped }
    }
}

/// The outcome of an event.
///
/// In JSON its name is in camel case: `"signatureRejected"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EventOutcome {
    /// The mappings were evaluated, whether they gave entities or not.
    Evaluated,
    /// The webhook is disabled.
    Disabled,
    /// The signature is missing or wrong, or the webhook's `security` is incomplete.
    SignatureRejected,
    /// The body is not JSON that Port can read.
    NotJson,
    /// `requestIdentifierPath` gives the same as for an earlier event.
    Repeated,
    /// The crate was built without the feature `mappings`.
    NotEvaluated,
}
