//! The ingest address of data sources: events arrive there, are verified, and become entities by the webhook's mappings.
//!
//! As in Port, the response is 202 whatever becomes of an event. What did is recorded.

mod entities;
#[cfg(feature = "mappings")]
mod evaluation;
mod event;
mod signature;

use std::ops::DerefMut;
use std::time::SystemTime;

use http::StatusCode;
use indexmap::IndexSet;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::call::INGEST_PATH;
use crate::json::Webhook;
use crate::request::Request;
use crate::response::{self, Rejection, Response};
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
pub(crate) fn receive(state: &mut State, request: &Request, identifier: &str) -> Result<Response, Rejection> {
    let webhook = state
        .data
        .webhooks
        .get(identifier)
        .ok_or_else(|| Rejection::not_found("no data source has the key in this path"))?;
    if request.body.len() > BODY_LIMIT {
        return Err(Rejection::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is over 512 KiB"));
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
    Ok(response::accepted())
}

impl Accepted {
    /// Evaluates the event, which may take seconds, and keeps its entities.
    pub(crate) fn process<S: DerefMut<Target = State>>(mut self, state: impl FnOnce() -> S) {
        let request_identifier = evaluation::evaluate(&mut self);
        let mut state = state();
        if state.resets != self.resets {
            return;
        }
        let Self { mut event, .. } = self;
        if let Some(identifier) = request_identifier {
            let remembered = &mut state.data.remembered;
            if !remembered.insert((event.webhook.clone(), identifier.clone())) {
                event.outcome = EventOutcome::Repeated;
                event.message = Some(format!("an earlier event had the request identifier {identifier:?}"));
                event.entities.clear();
                event.skipped.clear();
            } else if remembered.len() > MOST_REMEMBERED {
                remembered.shift_remove_index(0);
            }
        }
        for entity in &event.entities {
            state.data.entities.write(entity);
        }
        state.events.push(event);
    }
}

#[cfg(not(feature = "mappings"))]
mod evaluation {
    use super::{Accepted, EventOutcome};

    pub(super) fn evaluate(accepted: &mut Accepted) -> Option<String> {
        let json = serde_json::from_slice::<serde::de::IgnoredAny>(&accepted.request.body);
        accepted.event.message = Some(match json {
            Ok(_) => "fake-port was built without the feature `mappings`".to_owned(),
            Err(error) => {
                accepted.event.outcome = EventOutcome::NotJson;
                error.to_string()
            }
        });
        None
    }
}
