//! The ingest address of data sources: events arrive there, are verified, and become entities by the webhook's mappings.
//!
//! As in Port, the response is 202 whatever becomes of an event. What did is recorded.

mod entities;
#[cfg(feature = "mappings")]
mod evaluation;
mod event;
mod signature;

use std::time::SystemTime;

use indexmap::IndexSet;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::call::INGEST_PATH;
use crate::json::Webhook;
use crate::reply::{Refusal, Reply};
use crate::request::Request;
use crate::state::{Data, State};

pub(crate) use entities::Entities;
pub use event::{EventOutcome, IngestedEvent};

/// The longest event that is accepted.
const BODY_LIMIT: usize = 512 * 1024;
/// How many request identifiers are remembered.
const MOST_REMEMBERED: usize = 10_000;
/// Where Port receives events. A webhook with such a `url` was saved from Port.
const PORTS_OWN: [&str; 4] = [
    "https://ingest.port.io/",
    "https://ingest.us.port.io/",
    "https://ingest.getport.io/",
    "https://ingest.us.getport.io/",
];

/// The webhook and request identifiers of earlier events, the oldest first.
pub(crate) type Remembered = IndexSet<(String, String)>;

/// An event that passed every check, and waits for its evaluation.
#[derive(Debug)]
#[cfg_attr(not(feature = "mappings"), expect(dead_code, reason = "only an evaluation reads all of it"))]
pub(crate) struct Accepted {
    event: IngestedEvent,
    request: Request,
    mappings: Value,
    /// The jq expression that names what makes an event once-only.
    request_identifier: Option<String>,
    now: SystemTime,
    /// The reset after which the event arrived.
    resets: u64,
}

/// What the mappings made of an event.
#[derive(Debug)]
struct Evaluated {
    outcome: EventOutcome,
    message: Option<String>,
    /// What `requestIdentifierPath` gave.
    request_identifier: Option<String>,
    entities: Vec<Value>,
    skipped: Vec<Value>,
}

/// Makes the `url` of a data source an address of the fake, unless it is one of somebody else.
pub(crate) fn set_url(webhook: &mut Webhook, fake: &str) {
    let text = |name| webhook.get(name).and_then(Value::as_str);
    if text("url").is_none_or(|url| PORTS_OWN.iter().any(|own| url.starts_with(own))) {
        let key = utf8_percent_encode(text("webhookKey").unwrap_or_default(), NON_ALPHANUMERIC);
        let url = format!("{fake}{INGEST_PATH}{key}");
        webhook.insert("url".to_owned(), Value::String(url));
    }
}

/// The identifier of the webhook with this key.
pub(crate) fn with_key(data: &Data, key: &str) -> Option<String> {
    let has_key = |webhook: &Webhook| webhook.get("webhookKey").and_then(Value::as_str) == Some(key);
    data.webhooks.iter().find(|(_, webhook)| has_key(webhook)).map(|(identifier, _)| identifier.clone())
}

/// Marks the header of the signature as sensitive: it may be the secret itself.
pub(crate) fn hide_signature(data: &Data, identifier: &str, request: &mut Request) {
    let name = data.webhooks.get(identifier).and_then(|webhook| signature::header(webhook.get("security")));
    if let Some(http::header::Entry::Occupied(mut values)) = name.map(|name| request.headers.entry(name)) {
        values.iter_mut().for_each(|value| value.set_sensitive(true));
    }
}

/// Receives an event. One that is to be evaluated is left in `state.accepted`.
pub(crate) fn receive(state: &mut State, request: &Request, identifier: &str) -> Result<Reply, Refusal> {
    let webhook = state.data.webhooks.get(identifier).ok_or(Refusal::NoSuchDataSource)?;
    if request.body.len() > BODY_LIMIT {
        return Err(Refusal::BodyTooLarge { limit: "512 KiB" });
    }
    let security = webhook.get("security");
    let rejected = if webhook.get("enabled") == Some(&Value::Bool(false)) {
        Some((EventOutcome::Disabled, "the webhook is disabled".to_owned()))
    } else {
        let verified = signature::verify(security, &request.headers, &request.body);
        verified.err().map(|message| (EventOutcome::SignatureRejected, message))
    };
    let event = IngestedEvent::new(state.counts.requests, identifier, &request.body);
    if let Some((outcome, message)) = rejected {
        state.events.push(IngestedEvent { outcome, message: Some(message), ..event });
    } else {
        let path = security.and_then(|security| security.get("requestIdentifierPath")?.as_str());
        state.accepted = Some(Accepted {
            event,
            request: request.clone(),
            mappings: webhook.get("mappings").cloned().unwrap_or_else(|| Value::Array(Vec::new())),
            request_identifier: path.filter(|path| !path.is_empty()).map(str::to_owned),
            now: state.data.clock.now().into(),
            resets: state.resets,
        });
    }
    Ok(Reply::accepted())
}

impl Accepted {
    /// Evaluates the event, which may take seconds, and keeps its entities.
    pub(crate) fn process<'s, S>(self, state: impl FnOnce() -> S)
    where
        S: std::ops::DerefMut<Target = State> + 's,
    {
        #[cfg(feature = "mappings")]
        let evaluated = evaluation::evaluate(&self);
        #[cfg(not(feature = "mappings"))]
        let evaluated = Evaluated::skipped(&self.request.body);

        let mut state = state();
        if state.resets != self.resets {
            return;
        }
        let Evaluated { mut outcome, mut message, request_identifier, mut entities, mut skipped } = evaluated;
        if let Some(identifier) = request_identifier {
            let remembered = &mut state.data.remembered;
            if !remembered.insert((self.event.webhook.clone(), identifier.clone())) {
                (outcome, entities, skipped) = (EventOutcome::Repeated, Vec::new(), Vec::new());
                message = Some(format!("an earlier event had the request identifier {identifier:?}"));
            } else if remembered.len() > MOST_REMEMBERED {
                remembered.shift_remove_index(0);
            }
        }
        for entity in &entities {
            state.data.entities.write(entity);
        }
        state.events.push(IngestedEvent { outcome, message, entities, skipped, ..self.event });
    }
}

#[cfg(not(feature = "mappings"))]
impl Evaluated {
    /// Without the feature `mappings` no event is evaluated.
    fn skipped(body: &[u8]) -> Self {
        let (outcome, message) = match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
            Ok(_) => {
                (EventOutcome::NotEvaluated, "fake-port was built without the feature `mappings`".to_owned())
            }
            Err(error) => (EventOutcome::NotJson, error.to_string()),
        };
        let (entities, skipped) = (Vec::new(), Vec::new());
        Self { outcome, message: Some(message), request_identifier: None, entities, skipped }
    }
}
