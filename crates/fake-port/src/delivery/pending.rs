//! The deliveries of an event: to which webhooks, with which headers, signatures and body. Sends nothing.
//!
//! It shares no code with anything that verifies signatures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac_sha256::HMAC;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use url::Url;

use super::body::Encoded;
use super::event::{PortEvent, header};
use super::record::{DeliveryOutcome, SentDelivery};
use super::settings::SigningScheme;
use super::target::{shown, target};
use crate::call::Route;
use crate::json::{Webhook, hex, identifier_of};
use crate::profile::Profile;
use crate::settings::Settings;

const TIMESTAMP_HEADER: HeaderName = HeaderName::from_static("x-port-timestamp");
/// Headers of the connection, which a webhook cannot set.
const OF_THE_CONNECTION: [HeaderName; 7] =
    [CONNECTION, CONTENT_LENGTH, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// A delivery that has not been sent.
#[derive(Debug)]
pub(crate) struct PendingDelivery {
    /// Without attempts; its outcome holds if none succeeds.
    pub(super) delivery: SentDelivery,
    /// `None` when it is not to be sent.
    pub(super) target: Option<Url>,
}

/// A webhook, or the URL of a delivery without one. Deliveries to the same receiver are sent in order.
pub(super) type Receiver = Result<String, String>;

impl PendingDelivery {
    pub(super) fn receiver(&self) -> Receiver {
        self.delivery.webhook.clone().ok_or_else(|| self.delivery.url.clone())
    }

    pub(super) fn refuse(&mut self, reason: &'static str) {
        (self.delivery.outcome, self.target) = (DeliveryOutcome::Refused(reason), None);
    }
}

/// The settings and the time that deliveries depend on, besides event and webhook.
pub(crate) struct Sender<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) now: DateTime<Utc>,
}

impl Sender<'_> {
    /// The deliveries of an event to the webhooks that receive it and to its URL, numbered on from the count.
    pub(crate) fn pending<'w>(
        &self,
        event: &PortEvent,
        webhooks: impl Iterator<Item = &'w Webhook>,
        count: &mut u64,
    ) -> Vec<PendingDelivery> {
        let age = TimeDelta::from_std(event.stale).unwrap_or(TimeDelta::MAX);
        let time = self.now.checked_sub_signed(age).unwrap_or_default();
        let time = time.max(DateTime::UNIX_EPOCH);
        let body = event.body(time, &self.settings.organization).encode(event.agent, event.tampered);

        let webhooks = webhooks.filter(|webhook| receives(webhook, event)).map(Some);
        let mut pending = Vec::new();
        for webhook in webhooks.chain(event.url.iter().map(|_| None)) {
            let url = match webhook {
                Some(webhook) => webhook.get("url").and_then(Value::as_str),
                None => event.url.as_ref().map(|url| url.0.as_str()),
            };
            let target = match url {
                Some(url) => target(url, self.settings.deliveries.anywhere),
                None => Err("the webhook has no url"),
            };
            let (outcome, target, headers) = match (target, self.headers(webhook, event, time, &body)) {
                (Ok(target), Ok(headers)) => (DeliveryOutcome::Failed, Some(target), headers),
                (Err(reason), Ok(headers)) => (DeliveryOutcome::Refused(reason), None, headers),
                (_, Err(reason)) => (DeliveryOutcome::Refused(reason), None, HeaderMap::new()),
            };
            for _ in 0..=event.duplicated {
                *count += 1;
                let delivery = SentDelivery {
                    number: *count,
                    webhook: webhook.map(|webhook| identifier_of(webhook).unwrap_or_default().to_owned()),
                    run: event.run.clone(),
                    url: url.map(shown).unwrap_or_default(),
                    event: event.name().map(str::to_owned),
                    method: event.method.clone(),
                    headers: headers.clone(),
                    body: body.sent.clone(),
                    attempts: Vec::new(),
                    outcome: outcome.clone(),
                };
                pending.push(PendingDelivery { delivery, target: target.clone() });
            }
        }
        pending
    }

    /// The headers of the webhook and of the event, and the signature. An error never holds a header's value.
    fn headers(
        &self,
        webhook: Option<&Webhook>,
        event: &PortEvent,
        time: DateTime<Utc>,
        body: &Encoded,
    ) -> Result<HeaderMap, &'static str> {
        if event.replayed {
            return Ok(event.headers.clone());
        }
        let mut headers = HeaderMap::new();
        if !body.sent.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let own = webhook.and_then(|webhook| webhook.get("headers")).and_then(Value::as_object);
        for (name, value) in own.into_iter().flatten() {
            let (name, value) = header(name, value.as_str().ok_or("a header's value is not a string")?)?;
            headers.insert(name, value);
        }
        headers.extend(event.headers.clone());
        for name in OF_THE_CONNECTION {
            headers.remove(name);
        }

        // A webhook cannot forge Port's own headers.
        headers.remove(&self.settings.deliveries.signature_header);
        headers.remove(TIMESTAMP_HEADER);
        let default = match (self.settings.profile, webhook) {
            (Profile::Documented, Some(_)) => SigningScheme::Body,
            (Profile::Live, _) | (_, None) => SigningScheme::Timestamped,
        };
        let scheme = self.settings.deliveries.scheme.unwrap_or(default);
        let Some(secret) = self.secret(webhook, scheme).filter(|_| !event.unsigned) else {
            return Ok(headers);
        };
        let wrong = format!("not {secret}");
        let secret = if event.wrong_secret { &wrong } else { secret };
        let signature = match scheme {
            SigningScheme::Body => format!("sha256={}", hex(&HMAC::mac(&body.signed, secret))),
            SigningScheme::Timestamped => {
                let milliseconds = event.milliseconds || self.settings.deliveries.milliseconds;
                let timestamp = if milliseconds { time.timestamp_millis() } else { time.timestamp() };
                headers.insert(TIMESTAMP_HEADER, HeaderValue::from(timestamp));
                timestamped_signature(secret, &timestamp.to_string(), &body.signed)
            }
        };
        let mut signature = HeaderValue::try_from(signature).map_err(|_| "the signature is not valid")?;
        signature.set_sensitive(true);
        headers.insert(self.settings.deliveries.signature_header.clone(), signature);
        Ok(headers)
    }

    /// The key of the signature. The secret of a data source verifies requests to Port, not from it.
    fn secret<'s>(&'s self, webhook: Option<&'s Webhook>, scheme: SigningScheme) -> Option<&'s str> {
        let (Some(webhook), Profile::Documented) = (webhook, self.settings.profile) else {
            return Some(&self.settings.client_secret);
        };
        let secret = webhook.get("security").and_then(|security| security.get("secret"));
        match (secret.and_then(Value::as_str), scheme) {
            (None, SigningScheme::Timestamped) => Some(&self.settings.client_secret),
            (secret, _) => secret,
        }
    }
}

/// Whether a webhook receives an event.
fn receives(webhook: &Webhook, event: &PortEvent) -> bool {
    if webhook.get("enabled") != Some(&Value::Bool(true)) {
        return false;
    }
    if !event.to.is_empty() {
        return identifier_of(webhook).is_some_and(|identifier| event.to.iter().any(|to| to == identifier));
    }
    let (Some(name), None) = (event.name(), &event.url) else { return false };
    let events = webhook.get("events").and_then(Value::as_array);
    events.is_some_and(|events| events.iter().any(|event| event == name))
}

/// The event of a change to a webhook, without its secrets and the values of its headers.
pub(crate) fn change_event(operation: Route, webhook: &Webhook) -> PortEvent {
    let name = match operation {
        Route::Create => "webhook.created",
        Route::Delete => "webhook.deleted",
        _ => "webhook.updated",
    };
    let mut shown = webhook.clone();
    shown.retain(|name, _| name != "security" && name != "headers");
    PortEvent::named(name, json!({ "webhook": shown }))
}

/// The signature of the timestamped scheme.
fn timestamped_signature(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let signed = [timestamp.as_bytes(), b".", body].concat();
    format!("v1,{}", STANDARD.encode(HMAC::mac(signed, secret)))
}
