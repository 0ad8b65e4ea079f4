//! Data sources: their address, the events that arrive there, and the entities that mappings make of them.

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
use crate::request::Request;

pub(crate) use entities::Entities;
pub(crate) use evaluation::evaluate;
pub use event::{EventOutcome, IngestedEvent};
pub(crate) use signature::{header as signature_header, verify};

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
    pub(crate) event: IngestedEvent,
    pub(crate) request: Request,
    pub(crate) mappings: Value,
    /// The jq expression that names what makes an event once-only.
    pub(crate) request_identifier: Option<String>,
    pub(crate) now: SystemTime,
    /// The reset after which the event arrived.
    pub(crate) resets: u64,
}

/// Makes the `url` of a data source an address of the fake, unless it is the address of another server.
pub(crate) fn set_url(webhook: &mut Webhook, fake: &str) {
    let text = |name| webhook.get(name).and_then(Value::as_str);
    if text("url").is_none_or(|url| PORTS_OWN.iter().any(|own| url.starts_with(own))) {
        let key = utf8_percent_encode(text("webhookKey").unwrap_or_default(), NON_ALPHANUMERIC);
        let url = format!("{fake}{INGEST_PATH}{key}");
        webhook.insert("url".to_owned(), Value::String(url));
    }
}

#[cfg(not(feature = "mappings"))]
mod evaluation {
    use super::{Accepted, EventOutcome};

    pub(crate) fn evaluate(accepted: &mut Accepted) -> Option<String> {
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
