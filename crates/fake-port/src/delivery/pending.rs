//! The delivery of an event to each webhook that gets it: target, headers and body. Sends nothing.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use url::Url;

use super::event::{PortEvent, Signature};
use super::settings::{Deliveries, SigningScheme};
use super::sign::{body_signature, timestamped_signature};
use super::target::{shown, target};
use crate::call::Operation;
use crate::stored::{Stored, Webhook, identifier_of};

const TIMESTAMP_HEADER: HeaderName = HeaderName::from_static("x-port-timestamp");
/// They belong to the connection, so a webhook's own are not sent.
const OF_THE_CONNECTION: [HeaderName; 7] =
    [CONNECTION, CONTENT_LENGTH, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// A delivery that has not been sent.
#[derive(Debug, Clone)]
pub(crate) struct PendingDelivery {
    pub(super) number: u64,
    pub(super) webhook: String,
    pub(super) url: String,
    pub(super) event: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Where it goes, or why it does not.
    pub(super) target: Result<Url, &'static str>,
}

/// Who sends: what deliveries take from the fake.
pub(crate) struct Sender<'a> {
    pub(crate) settings: &'a Deliveries,
    pub(crate) organization: &'a str,
    pub(crate) client_secret: &'a str,
    pub(crate) now: DateTime<Utc>,
}

impl Sender<'_> {
    /// The deliveries of an event to those of the webhooks that get it, numbered on from the count.
    pub(crate) fn pending<'w>(
        &self,
        event: &PortEvent,
        webhooks: impl Iterator<Item = &'w Stored>,
        count: &mut u64,
    ) -> Vec<PendingDelivery> {
        let age = TimeDelta::from_std(event.stale).unwrap_or(TimeDelta::MAX);
        let time = self.now.checked_sub_signed(age).unwrap_or_default();
        let time = time.max(DateTime::UNIX_EPOCH);
        let signed = event.payload(time, self.organization);
        let bytes = Bytes::from(signed.to_string());
        let body = if event.tampered { tamper(signed) } else { bytes.clone() };

        let mut pending = Vec::new();
        for webhook in webhooks.filter(|webhook| gets(webhook, event)) {
            let text = webhook.get("url").and_then(Value::as_str);
            let mut target = match text {
                Some(text) => target(text, self.settings.anywhere),
                None => Err("the webhook has no url"),
            };
            let headers = self.headers(webhook, event, time, &bytes).unwrap_or_else(|reason| {
                target = Err(reason);
                HeaderMap::new()
            });
            for _ in 0..=event.duplicated {
                *count += 1;
                pending.push(PendingDelivery {
                    number: *count,
                    webhook: identifier_of(webhook).unwrap_or_default().to_owned(),
                    url: text.map(shown).unwrap_or_default(),
                    event: event.name().map(str::to_owned),
                    headers: headers.clone(),
                    body: body.clone(),
                    target: target.clone(),
                });
            }
        }
        pending
    }

    /// The webhook's own headers and the signature. An error never holds a header's value.
    fn headers(
        &self,
        webhook: &Webhook,
        event: &PortEvent,
        time: DateTime<Utc>,
        body: &[u8],
    ) -> Result<HeaderMap, &'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in webhook.get("headers").and_then(Value::as_object).into_iter().flatten() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "a header's name is not valid")?;
            let value = value.as_str().ok_or("a header's value is not a string")?;
            let mut value = HeaderValue::from_str(value).map_err(|_| "a header's value is not valid")?;
            if OF_THE_CONNECTION.contains(&name) {
                continue;
            }
            value.set_sensitive(name != CONTENT_TYPE);
            headers.insert(name, value);
        }

        // A webhook must not be able to pass something of its own off as Port's.
        headers.remove(&self.settings.signature_header);
        headers.remove(TIMESTAMP_HEADER);
        let secret =
            webhook.get("security").and_then(|security| security.get("secret")).and_then(Value::as_str);
        let secret = match self.settings.scheme {
            SigningScheme::Body => secret,
            SigningScheme::Timestamped => Some(secret.unwrap_or(self.client_secret)),
        };
        let (Some(secret), Signature::Right | Signature::WithWrongSecret) = (secret, event.signature) else {
            return Ok(headers);
        };
        let wrong = format!("not {secret}");
        let secret = if event.signature == Signature::WithWrongSecret { &wrong } else { secret };
        let signature = match self.settings.scheme {
            SigningScheme::Body => body_signature(secret, body),
            SigningScheme::Timestamped => {
                headers.insert(TIMESTAMP_HEADER, HeaderValue::from(time.timestamp()));
                timestamped_signature(secret, time.timestamp(), body)
            }
        };
        let mut signature = HeaderValue::try_from(signature).map_err(|_| "the signature is not valid")?;
        signature.set_sensitive(true);
        headers.insert(self.settings.signature_header.clone(), signature);
        Ok(headers)
    }
}

/// Whether a webhook is sent an event.
fn gets(webhook: &Webhook, event: &PortEvent) -> bool {
    if webhook.get("enabled") != Some(&Value::Bool(true)) {
        return false;
    }
    if !event.to.is_empty() {
        return identifier_of(webhook).is_some_and(|identifier| event.to.iter().any(|to| to == identifier));
    }
    let Some(name) = event.name() else { return false };
    let events = webhook.get("events").and_then(Value::as_array);
    events.is_some_and(|events| events.iter().any(|event| event == name))
}

/// Other bytes that are still JSON: an object with a member more, or anything with a space more.
fn tamper(payload: Value) -> Bytes {
    match payload {
        Value::Object(mut payload) => {
            let tampered = payload.get("tampered") != Some(&Value::Bool(true));
            payload.insert("tampered".to_owned(), json!(tampered));
            Value::Object(payload).to_string().into()
        }
        other => format!("{other} ").into(),
    }
}

/// The event of a change to a webhook. Secrets and header values are nobody's but the webhook's.
pub(crate) fn change_event(operation: Operation, webhook: &Webhook) -> PortEvent {
    let name = match operation {
        Operation::Create => "webhook.created",
        Operation::Delete => "webhook.deleted",
        _ => "webhook.updated",
    };
    let mut shown = webhook.clone();
    shown.retain(|name, _| name != "security" && name != "headers");
    PortEvent::named(name, json!({ "webhook": shown }))
}
