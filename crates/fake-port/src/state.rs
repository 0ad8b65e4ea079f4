//! Everything the fake remembers: its settings, clock, tokens, webhooks and the requests it got.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};
use url::Url;

use crate::clock::{Clock, timestamp};
use crate::profile::{Profile, Unverified};
use crate::request::RecordedRequest;
use crate::token::Tokens;

/// A webhook as it is stored and sent.
pub(crate) type Webhook = Map<String, Value>;

/// The user whom live webhooks name as their author.
const USER: &str = "fake-user-id";

/// What was decided when the fake was built.
pub(crate) struct Settings {
    pub(crate) profile: Profile,
    pub(crate) unverified: Unverified,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) token_lifetime: Duration,
    pub(crate) unreachable: Vec<Url>,
}

/// The fake's memory. Owned by one fake, so that many can run side by side.
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) tokens: Tokens,
    /// In creation order.
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) requests: Vec<RecordedRequest>,
    traces: u64,
    identifiers: u64,
    keys: u64,
}

impl State {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            clock: Clock::default(),
            tokens: Tokens::default(),
            webhooks: Vec::new(),
            requests: Vec::new(),
            traces: 0,
            identifiers: 0,
            keys: 0,
        }
    }

    pub(crate) fn next_trace(&mut self) -> u64 {
        self.traces += 1;
        self.traces
    }

    /// Where the webhook with this identifier is in the list.
    pub(crate) fn position(&self, identifier: &str) -> Option<usize> {
        self.webhooks.iter().position(|webhook| identifier_of(webhook) == Some(identifier))
    }

    /// An identifier that no webhook has.
    pub(crate) fn new_identifier(&mut self) -> String {
        loop {
            self.identifiers += 1;
            let identifier = format!("fake-webhook-{:06}", self.identifiers);
            if self.position(&identifier).is_none() {
                return identifier;
            }
        }
    }

    /// Adds what the server owns and what defaults to a webhook that is new. What is there stays.
    pub(crate) fn complete(&mut self, webhook: &mut Webhook) {
        let now = timestamp(self.clock.now());
        set_defaults(self.settings.profile, webhook);
        fill(webhook, "createdAt", &now);
        fill(webhook, "updatedAt", &now);
        match self.settings.profile {
            Profile::Documented => {}
            Profile::Live => {
                fill(webhook, "createdBy", USER);
                fill(webhook, "updatedBy", USER);
                self.keys += 1;
                fill(webhook, "webhookKey", &format!("fakeWebhookKey{:06}", self.keys));
                let key = webhook.get("webhookKey").and_then(Value::as_str).unwrap_or_default();
                let url = format!("https://ingest.port.io/{key}");
                fill(webhook, "url", &url);
            }
        }
    }

    /// Renews what the server writes on every change.
    pub(crate) fn touch(&self, webhook: &mut Webhook) {
        webhook.insert("updatedAt".to_owned(), json!(timestamp(self.clock.now())));
        match self.settings.profile {
            Profile::Documented => {}
            Profile::Live => {
                webhook.insert("updatedBy".to_owned(), json!(USER));
            }
        }
    }

    /// Stores webhooks as if they had always been there: all of them or, after an error, none.
    pub(crate) fn seed(&mut self, seeds: impl IntoIterator<Item = Value>) -> Result<(), SeedError> {
        let before = self.webhooks.len();
        for (index, seed) in seeds.into_iter().enumerate() {
            if let Err(reason) = self.seed_one(seed) {
                self.webhooks.truncate(before);
                return Err(SeedError { index, reason });
            }
        }
        Ok(())
    }

    fn seed_one(&mut self, seed: Value) -> Result<(), &'static str> {
        let Value::Object(mut webhook) = seed else {
            return Err("must be an object");
        };
        match (webhook.get("identifier"), self.settings.profile) {
            (None, Profile::Live) => {
                let identifier = self.new_identifier();
                fill(&mut webhook, "identifier", &identifier);
            }
            (None, Profile::Documented) => return Err("identifier: is required"),
            (Some(Value::String(identifier)), _) if identifier.is_empty() => {
                return Err("identifier: must not be empty");
            }
            (Some(Value::String(identifier)), _) if self.position(identifier).is_some() => {
                return Err("identifier: another webhook has it");
            }
            (Some(Value::String(_)), _) => {}
            (Some(_), _) => return Err("identifier: must be a string"),
        }
        self.complete(&mut webhook);
        self.webhooks.push(webhook);
        Ok(())
    }
}

/// The defaults of the fields that callers own.
pub(crate) fn set_defaults(profile: Profile, webhook: &mut Webhook) {
    webhook.entry("enabled").or_insert(Value::Bool(true));
    match profile {
        Profile::Documented => {}
        Profile::Live => fill(webhook, "integrationType", "custom"),
    }
}

pub(crate) fn identifier_of(webhook: &Webhook) -> Option<&str> {
    webhook.get("identifier").and_then(Value::as_str)
}

fn fill(webhook: &mut Webhook, name: &str, value: &str) {
    webhook.entry(name).or_insert_with(|| json!(value));
}

/// A seed that cannot be stored. Nothing of the same call was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedError {
    index: usize,
    reason: &'static str,
}

impl SeedError {
    /// The position of the bad seed among those of the call, from 0.
    pub fn index(&self) -> usize {
        self.index
    }
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot store seed {}: {}", self.index, self.reason)
    }
}

impl std::error::Error for SeedError {}
