//! Deliveries that have ended.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::json::headers_in_json;

/// A delivery that has ended, successfully or not.
///
/// Its `Debug` and JSON forms show neither the values of the webhook's own headers nor the signature; the
/// fields hold both.
///
/// ```
/// use fake_port::{FakePort, PortEvent, Script, ScriptedServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let receiver = ScriptedServer::start([Script::response(204, "")]).await?; // the receiver under test
/// let port = FakePort::start().await;
/// let deliveries = port.emit(PortEvent::run_created(serde_json::json!({ "id": "r_1" })).to_url(receiver.uri())).await;
/// assert!(deliveries[0].is_delivered());
/// assert_eq!(deliveries[0].status(), Some(204));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SentDelivery {
    /// Its number among all deliveries of this fake, from 1, in the order in which they were queued.
    pub number: u64,
    /// The identifier of the webhook. `None` when it was sent [to a URL](crate::PortEvent::to_url).
    pub webhook: Option<String>,
    /// The id of the run that it invokes. `None` when it was not [invoked](crate::FakePort::invoke).
    pub run: Option<String>,
    /// The URL, without a password. Empty when the webhook has none.
    pub url: String,
    /// The name of the event.
    pub event: Option<String>,
    /// The method that was sent.
    pub method: Method,
    /// The headers that were sent, except for those of the connection.
    pub headers: HeaderMap,
    /// The body that was sent.
    pub body: Bytes,
    /// Every attempt, in order.
    pub attempts: Vec<DeliveryAttempt>,
    /// How it ended.
    pub outcome: DeliveryOutcome,
}

/// One attempt of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeliveryAttempt {
    /// The status of the response. `None` when there was no response.
    pub status: Option<u16>,
    /// Why there was no response, or no complete one.
    pub error: Option<String>,
    /// The first 64 KiB of the response's body, as text.
    pub body: String,
    /// How long it took.
    #[serde(serialize_with = "milliseconds")]
    pub duration: Duration,
    /// The wait before it; see [`Waits`](crate::Waits).
    #[serde(serialize_with = "milliseconds")]
    pub waited: Duration,
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryOutcome {
    /// The last attempt was answered with a 2xx.
    Delivered,
    /// Every attempt failed.
    Failed,
    /// Nothing was sent, for this reason.
    Refused(&'static str),
}

impl SentDelivery {
    /// Whether the receiver answered with a 2xx, in the end.
    pub fn is_delivered(&self) -> bool {
        self.outcome == DeliveryOutcome::Delivered
    }

    /// The body as JSON, if it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The status of the receiver's last response. `None` when there was none.
    pub fn status(&self) -> Option<u16> {
        self.attempts.last()?.status
    }

    /// The body of the receiver's last response as Port keeps it for a synchronized run: as JSON if it is JSON, else as
    /// text. `None` when there was no response; no more than 64 KiB are read.
    pub fn response(&self) -> Option<Value> {
        let last = self.attempts.last().filter(|attempt| attempt.status.is_some())?;
        Some(serde_json::from_str(&last.body).unwrap_or_else(|_| json!(last.body)))
    }

    /// The first value of a header, if it is present and visible ASCII. The name may be in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl DeliveryAttempt {
    /// Whether the receiver answered with a 2xx, without an error.
    pub fn is_success(&self) -> bool {
        self.error.is_none() && self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// In JSON, `headers` has a list of values for each name, and `duration` and `waited` are milliseconds.
impl Serialize for SentDelivery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let body = self.json().unwrap_or_else(|| json!(String::from_utf8_lossy(&self.body)));
        let (outcome, reason) = match &self.outcome {
            DeliveryOutcome::Delivered => ("delivered", None),
            DeliveryOutcome::Failed => ("failed", None),
            DeliveryOutcome::Refused(reason) => ("refused", Some(*reason)),
        };
        json!({
            "number": self.number,
            "webhook": self.webhook,
            "run": self.run,
            "url": self.url,
            "event": self.event,
            "method": self.method.as_str(),
            "headers": headers_in_json(&self.headers),
            "body": body,
            "attempts": self.attempts,
            "response": self.response(),
            "outcome": outcome,
            "reason": reason,
        })
        .serialize(serializer)
    }
}

fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).serialize(serializer)
}
