//! Receives events at the addresses of data sources: verifies and evaluates them, and keeps their entities.
//!
//! As in Port, the response is 202 also for an event that is rejected. The outcome is recorded.

use std::ops::DerefMut;

use http::StatusCode;
use serde_json::Value;

use crate::data_source::{self, Accepted, EventOutcome, IngestedEvent};
use crate::json::Webhook;
use crate::request::Request;
use crate::response::{self, Rejection, Response};
use crate::state::{Data, State};

/// The longest event that is accepted.
const BODY_LIMIT: usize = 512 * 1024;
/// How many request identifiers are remembered.
const MOST_REMEMBERED: usize = 10_000;

/// The identifier of the webhook with this key.
pub(crate) fn with_key(data: &Data, key: &str) -> Option<String> {
    let has_key = |webhook: &Webhook| webhook.get("webhookKey").and_then(Value::as_str) == Some(key);
    data.webhooks.iter().find(|(_, webhook)| has_key(webhook)).map(|(identifier, _)| identifier.clone())
}

/// Marks the header of the signature as sensitive: it may be the secret itself.
pub(crate) fn hide_signature(data: &Data, identifier: &str, request: &mut Request) {
    let name = data
        .webhooks
        .get(identifier)
        .and_then(|webhook| data_source::signature_header(webhook.get("security")));
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
        let verified = data_source::verify(security, &request.headers, &request.body);
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

/// Evaluates the event, which may take seconds, and keeps its entities.
pub(crate) fn process<S: DerefMut<Target = State>>(mut accepted: Accepted, state: impl FnOnce() -> S) {
    let request_identifier = data_source::evaluate(&mut accepted);
    let mut state = state();
    if state.resets != accepted.resets {
        return;
    }
    let Accepted { mut event, .. } = accepted;
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
