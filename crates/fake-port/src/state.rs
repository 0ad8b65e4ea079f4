//! Everything the fake remembers: its settings, its data, its faults and its recordings.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::activity::Activity;
use crate::call::Route;
use crate::clock::{Clock, later, timestamp};
use crate::data_source::{self, Accepted, Entities, IngestedEvent, Remembered};
use crate::delivery::{PortEvent, SentDelivery, USER, change_event};
use crate::fault::{FaultPlan, Faults};
use crate::json::Webhook;
use crate::profile::Profile;
use crate::rate_limit::Meter;
use crate::recording::{AppliedWrite, Counts, Log, RecordedRequest, Recording, WriteResponse};
use crate::runs::Runs;
use crate::settings::Settings;
use crate::tokens::Tokens;

/// The part of the state that a snapshot holds.
#[derive(Clone, Default)]
pub(crate) struct Data {
    pub(crate) clock: Clock,
    pub(crate) tokens: Tokens,
    pub(crate) meter: Option<Meter>,
    /// In creation order, by identifier.
    pub(crate) webhooks: IndexMap<String, Webhook>,
    pub(crate) runs: Runs,
    pub(crate) entities: Entities,
    pub(crate) remembered: Remembered,
    identifiers: u64,
    keys: u64,
}

impl Data {
    pub(crate) fn new(clock: Clock, meter: Option<Meter>) -> Self {
        Self { clock, meter, ..Self::default() }
    }

    /// The webhooks as they are shown.
    pub(crate) fn listed(&self) -> Vec<Value> {
        self.webhooks.values().cloned().map(Value::Object).collect()
    }
}

/// The fake's memory. Owned by one fake, so that many can run side by side.
pub(crate) struct State {
    pub(crate) settings: Arc<Settings>,
    pub(crate) data: Data,
    pub(crate) faults: Faults,
    pub(crate) counts: Counts,
    pub(crate) requests: Log<RecordedRequest>,
    pub(crate) writes: Log<AppliedWrite>,
    pub(crate) deliveries: Log<SentDelivery>,
    /// Events of changes, and invocations of approved runs, that are still to be delivered.
    pub(crate) changes: Vec<PortEvent>,
    pub(crate) events: Log<IngestedEvent>,
    /// An event that is still to be evaluated.
    pub(crate) accepted: Option<Accepted>,
    /// How often everything was reset.
    pub(crate) resets: u64,
    /// The state that [`reset`](Self::reset) restores.
    start: Option<(Data, Option<FaultPlan>)>,
}

impl State {
    pub(crate) fn new(settings: Settings, data: Data, recording: Recording) -> Self {
        Self {
            settings: Arc::new(settings),
            data,
            faults: Faults::default(),
            counts: Counts::default(),
            requests: Log::new(recording),
            writes: Log::new(recording),
            deliveries: Log::new(recording),
            changes: Vec::new(),
            events: Log::new(recording),
            accepted: None,
            resets: 0,
            start: None,
        }
    }

    /// Makes the present state the start.
    pub(crate) fn begin(&mut self) {
        self.start = Some((self.data.clone(), self.faults.plan().cloned()));
    }

    /// Enters a request into the record, and tells the observer of it.
    pub(crate) fn record(&mut self, request: RecordedRequest, response: Bytes, wait: Duration) {
        let activity = || Activity::Request { request: Box::new(request.clone()), response, wait };
        self.settings.observer.tell(activity);
        self.requests.push(request);
    }

    /// Goes back to the start, except that no token is valid any more.
    pub(crate) fn reset(&mut self) {
        if let Some((data, plan)) = &self.start {
            self.data = data.clone();
            self.data.tokens = Tokens::default();
            self.faults.clear();
            if let Some(plan) = plan {
                self.faults.follow(plan.clone());
            }
        }
        self.counts = Counts::default();
        self.requests.clear();
        self.writes.clear();
        self.deliveries.clear();
        self.changes.clear();
        self.events.clear();
        self.resets += 1;
    }

    /// Makes a token without a request.
    pub(crate) fn issue_token(&mut self) -> String {
        let end = later(self.data.clock.now(), self.settings.token_lifetime);
        self.data.tokens.add(end)
    }

    /// Ends every token by time.
    pub(crate) fn expire_tokens(&mut self) {
        let now = self.data.clock.now();
        self.data.tokens.expire(None, now);
    }

    /// Enters a change of a webhook into the ledger, and has its event delivered.
    pub(crate) fn note(
        &mut self,
        operation: Route,
        identifier: &str,
        before: Option<Webhook>,
        after: Option<&Webhook>,
    ) {
        if self.settings.deliveries.changes {
            self.changes.extend(after.or(before.as_ref()).map(|webhook| change_event(operation, webhook)));
        }
        self.enter(operation, identifier, before, after);
    }

    /// Enters a write that is being applied into the ledger. Its response is set later.
    pub(crate) fn enter(
        &mut self,
        operation: Route,
        identifier: &str,
        before: Option<Map<String, Value>>,
        after: Option<&Map<String, Value>>,
    ) {
        self.counts.writes += 1;
        if self.writes.is_on() {
            self.writes.push(AppliedWrite {
                request: self.counts.requests,
                operation,
                identifier: identifier.to_owned(),
                before: before.map(Value::Object),
                after: after.cloned().map(Value::Object),
                response: WriteResponse::Real,
            });
        }
    }

    /// An identifier that no webhook has.
    pub(crate) fn new_identifier(&mut self) -> String {
        loop {
            self.data.identifiers += 1;
            let identifier = format!("fake-webhook-{:06}", self.data.identifiers);
            if !self.data.webhooks.contains_key(&identifier) {
                return identifier;
            }
        }
    }

    /// Adds the fields that the server sets, and defaults, to a new webhook. Present fields stay.
    pub(crate) fn complete(&mut self, webhook: &mut Webhook) {
        let now = timestamp(self.data.clock.now());
        set_defaults(self.settings.profile, webhook);
        fill(webhook, "createdAt", &now);
        fill(webhook, "updatedAt", &now);
        match self.settings.profile {
            Profile::Documented => {}
            Profile::Live => {
                fill(webhook, "createdBy", USER);
                fill(webhook, "updatedBy", USER);
                self.data.keys += 1;
                fill(webhook, "webhookKey", &format!("fakeWebhookKey{:06}", self.data.keys));
                data_source::set_url(webhook, &self.settings.uri);
            }
        }
    }

    /// Renews what the server writes on every change.
    pub(crate) fn touch(&self, webhook: &mut Webhook) {
        webhook.insert("updatedAt".to_owned(), json!(timestamp(self.data.clock.now())));
        match self.settings.profile {
            Profile::Documented => {}
            Profile::Live => {
                webhook.insert("updatedBy".to_owned(), json!(USER));
            }
        }
    }
}

/// The defaults of the fields that callers own.
pub(crate) fn set_defaults(profile: Profile, webhook: &mut Webhook) {
    webhook.entry("enabled").or_insert(Value::Bool(true));
    match profile {
        Profile::Documented => {}
        Profile::Live => {
            fill(webhook, "integrationType", "custom");
            // Port's Terraform provider reads it as an object, whether it was given or not.
            let security = webhook.entry("security").or_insert(Value::Null);
            if security.is_null() {
                *security = json!({});
            }
        }
    }
}

pub(crate) fn fill(webhook: &mut Webhook, name: &str, value: &str) {
    webhook.entry(name).or_insert_with(|| json!(value));
}
