//! Events, and what goes wrong with their deliveries.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Deserialize;
use serde_json::{Value, json};

/// An event of Port, to post to the webhooks that are subscribed to it.
///
/// Each of the twelve documented events has a constructor, which takes what changed. The documented payload is posted:
/// `event`, `timestamp`, `data`, `organization` and `source`. [`PortEvent::named`] is for other events, and
/// [`PortEvent::json`] posts any JSON as it is.
///
/// ```
/// use fake_port::PortEvent;
/// use serde_json::json;
///
/// let entity = json!({ "identifier": "payment-service", "title": "Payment Service", "blueprint": "service" });
/// let event = PortEvent::entity_created(entity.clone());
/// let twice = PortEvent::entity_created(entity).duplicated(1);
/// # let _ = (event, twice);
/// ```
///
/// In JSON: `{"event": "entity.created", "data": {"entity": {…}}}` or `{"json": {…}}`, optionally with `to` (a list
/// of identifiers), `duplicated` (a number up to 1,000), `staleSeconds`, `tampered`, `wrongSecret` and `unsigned`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Form")]
pub struct PortEvent {
    content: Content,
    pub(super) to: Vec<String>,
    pub(super) duplicated: usize,
    pub(super) stale: Duration,
    pub(super) tampered: bool,
    pub(super) signature: Signature,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Documented { event: String, data: Value },
    Whatever(Value),
}

/// How an event is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signature {
    Right,
    WithWrongSecret,
    None,
}

macro_rules! documented {
    ($($(#[$doc:meta])* $name:ident: $event:literal, $kind:literal;)*) => {$(
        $(#[$doc])*
        pub fn $name(thing: Value) -> Self {
            Self::named($event, json!({ $kind: thing }))
        }
    )*};
}

/// The documented events. Each takes what changed, and posts it as a member of `data`.
impl PortEvent {
    documented! {
        /// `entity.created`; posted as `data.entity`.
        entity_created: "entity.created", "entity";
        /// `entity.updated`; posted as `data.entity`.
        entity_updated: "entity.updated", "entity";
        /// `entity.deleted`; posted as `data.entity`.
        entity_deleted: "entity.deleted", "entity";
        /// `action.created`; posted as `data.action`.
        action_created: "action.created", "action";
        /// `action.updated`; posted as `data.action`.
        action_updated: "action.updated", "action";
        /// `action.deleted`; posted as `data.action`.
        action_deleted: "action.deleted", "action";
        /// `run.created`; posted as `data.run`.
        run_created: "run.created", "run";
        /// `run.updated`; posted as `data.run`.
        run_updated: "run.updated", "run";
        /// `run.completed`; posted as `data.run`.
        run_completed: "run.completed", "run";
        /// `blueprint.created`; posted as `data.blueprint`.
        blueprint_created: "blueprint.created", "blueprint";
        /// `blueprint.updated`; posted as `data.blueprint`.
        blueprint_updated: "blueprint.updated", "blueprint";
        /// `blueprint.deleted`; posted as `data.blueprint`.
        blueprint_deleted: "blueprint.deleted", "blueprint";
    }

    /// An event of this name with this `data`.
    pub fn named(event: impl Into<String>, data: Value) -> Self {
        Self::new(Content::Documented { event: event.into(), data })
    }

    /// This JSON, posted as it is. It goes to the webhooks that are subscribed to the event named by its member
    /// `event`; without one only to those named by [`to`](Self::to).
    pub fn json(body: Value) -> Self {
        Self::new(Content::Whatever(body))
    }

    fn new(content: Content) -> Self {
        Self {
            content,
            to: Vec::new(),
            duplicated: 0,
            stale: Duration::ZERO,
            tampered: false,
            signature: Signature::Right,
        }
    }

    /// How often each webhook gets it.
    pub(crate) fn copies(&self) -> usize {
        self.duplicated.saturating_add(1)
    }

    /// The name of the event, if it has one.
    pub fn name(&self) -> Option<&str> {
        match &self.content {
            Content::Documented { event, .. } => Some(event),
            Content::Whatever(body) => body.get("event").and_then(Value::as_str),
        }
    }
}

/// Where it goes, and what goes wrong on the way.
impl PortEvent {
    /// Posts it to this webhook, subscribed or not, and to no others but those named by further calls. A disabled
    /// webhook still gets nothing.
    pub fn to(mut self, identifier: impl Into<String>) -> Self {
        self.to.push(identifier.into());
        self
    }

    /// Posts so many more copies to each webhook, with the same bytes.
    pub fn duplicated(mut self, more: usize) -> Self {
        self.duplicated = more;
        self
    }

    /// Changes the body after it was signed.
    pub fn tampered(mut self) -> Self {
        self.tampered = true;
        self
    }

    /// Makes it this much older, in whole seconds: in the payload's `timestamp` and, in the timestamped scheme, in the
    /// signed timestamp.
    pub fn stale(mut self, by: Duration) -> Self {
        self.stale = by;
        self
    }

    /// Signs it with another secret than the webhook's.
    pub fn wrong_secret(mut self) -> Self {
        self.signature = Signature::WithWrongSecret;
        self
    }

    /// Does not sign it.
    pub fn unsigned(mut self) -> Self {
        self.signature = Signature::None;
        self
    }

    /// The payload as it is signed.
    pub(super) fn payload(&self, time: DateTime<Utc>, organization: &str) -> Value {
        match &self.content {
            Content::Documented { event, data } => json!({
                "event": event,
                "timestamp": time.to_rfc3339_opts(SecondsFormat::Secs, true),
                "data": data,
                "organization": organization,
                "source": "port",
            }),
            Content::Whatever(body) => body.clone(),
        }
    }
}

/// The most copies that the JSON form may ask for: all are made in memory before the first is sent.
const MOST_DUPLICATES: usize = 1000;

/// The JSON form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Form {
    event: Option<String>,
    data: Option<Value>,
    json: Option<Value>,
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    duplicated: usize,
    #[serde(default)]
    stale_seconds: u64,
    #[serde(default)]
    tampered: bool,
    #[serde(default)]
    wrong_secret: bool,
    #[serde(default)]
    unsigned: bool,
}

impl TryFrom<Form> for PortEvent {
    type Error = &'static str;

    fn try_from(form: Form) -> Result<Self, Self::Error> {
        if form.duplicated > MOST_DUPLICATES {
            return Err("`duplicated` is at most 1000");
        }
        let event = match (form.event, form.data, form.json) {
            (Some(event), Some(data), None) => Self::named(event, data),
            (None, None, Some(body)) => Self::json(body),
            _ => return Err("an event has either `event` and `data`, or `json`"),
        };
        let signature = match (form.wrong_secret, form.unsigned) {
            (false, false) => Signature::Right,
            (true, false) => Signature::WithWrongSecret,
            (false, true) => Signature::None,
            (true, true) => return Err("`unsigned` and `wrongSecret` exclude each other"),
        };
        Ok(Self {
            to: form.to,
            duplicated: form.duplicated,
            stale: Duration::from_secs(form.stale_seconds),
            tampered: form.tampered,
            signature,
            ..event
        })
    }
}

/// The order in which several events reach each webhook. In JSON: `"given"`, `"reversed"`, `{"shuffled": 7}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Order {
    /// As given.
    #[default]
    Given,
    /// The last comes first.
    Reversed,
    /// In a random order, which is the same for the same seed and number of events.
    Shuffled(u64),
}

impl Order {
    pub(crate) fn arrange<T>(self, items: &mut [T]) {
        match self {
            Self::Given => {}
            Self::Reversed => items.reverse(),
            Self::Shuffled(seed) => {
                let mut generator = ChaCha8Rng::seed_from_u64(seed);
                for last in (1..items.len()).rev() {
                    let choice = generator.next_u64() % (last as u64 + 1);
                    items.swap(last, usize::try_from(choice).unwrap_or(last));
                }
            }
        }
    }
}
