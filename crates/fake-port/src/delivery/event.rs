//! Events: their bodies, their receivers, and the faults of their deliveries.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use super::body::Body;
use super::live;
use super::record::SentDelivery;
use super::target::shown;
use crate::clock::timestamp;

/// The methods with which Port calls an endpoint.
const METHODS: [Method; 5] = [Method::POST, Method::PUT, Method::PATCH, Method::GET, Method::DELETE];

/// An event of Port, to send with [`FakePort::emit`](crate::FakePort::emit).
///
/// Each of the twelve documented events has a constructor, which takes the changed object. The documented payload is sent:
/// `event`, `timestamp`, `data`, `organization` and `source`. [`PortEvent::named`] is for other events.
///
/// Live Port sends other bodies: [changes](Self::change_update), [invocations](Self::invocation) of actions, and
/// [trigger data](Self::trigger_data). The fake fills in who triggered them, when, and the organization;
/// [`set`](Self::set) and [`remove`](Self::remove) change any part. They have no event name, so they go
/// [to a URL](Self::to_url) or [to a webhook](Self::to).
///
/// [`PortEvent::json`] and [`PortEvent::bytes`] send any body.
///
/// ```
/// use fake_port::PortEvent;
/// use serde_json::json;
///
/// let entity = json!({ "identifier": "pay", "blueprint": "svc", "properties": { "replicas": 1 } });
/// let documented = PortEvent::entity_created(entity.clone());
///
/// let url = "http://localhost:8080";
/// let created = PortEvent::change_create(entity.clone()).to_url(url);
/// let invocation = PortEvent::invocation("scale", "r_1", entity, json!({ "replicas": 3 }))
///     .set("/trigger/by/user/email", json!("ann@example.com"))
///     .header("x-run-id", "r_1")
///     .milliseconds()
///     .agent()
///     .to_url(url);
/// # let _ = (documented, created, invocation);
/// ```
///
/// In JSON: one body of the table of the [README](crate#deliveries-in-json), and optional members beside it.
#[doc(alias("payload", "trigger"))]
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // Independent switches.
pub struct PortEvent {
    content: Content,
    /// Values to set at JSON pointers; `None` removes.
    edits: Vec<(String, Option<Value>)>,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) url: Option<Address>,
    pub(super) to: Vec<String>,
    /// The run that it invokes.
    pub(super) run: Option<String>,
    pub(super) duplicated: usize,
    pub(super) stale: Duration,
    pub(super) milliseconds: bool,
    pub(super) agent: bool,
    pub(super) tampered: bool,
    pub(super) wrong_secret: bool,
    pub(super) unsigned: bool,
    /// The headers are complete, the signature included.
    pub(super) replayed: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Documented {
        event: String,
        data: Value,
    },
    /// Time and organization are added.
    Live(Value),
    Given(Body),
}

/// A URL, which may hold a password.
#[derive(Clone, PartialEq)]
pub(super) struct Address(pub(super) String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(&self.0).fmt(f)
    }
}

macro_rules! documented {
    ($($(#[$doc:meta])* $name:ident: $event:literal, $kind:literal;)*) => {
        /// The names of the documented events, which a subscription may name.
        pub(crate) const DOCUMENTED: &[&str] = &[$($event),*];

        $(
            $(#[$doc])*
            pub fn $name(thing: Value) -> Self {
                Self::named($event, json!({ $kind: thing }))
            }
        )*
    };
}

/// The documented events. Each takes the changed object, and sends it as a member of `data`.
impl PortEvent {
    documented! {
        /// `entity.created`; sent as `data.entity`.
        entity_created: "entity.created", "entity";
        /// `entity.updated`; sent as `data.entity`.
        entity_updated: "entity.updated", "entity";
        /// `entity.deleted`; sent as `data.entity`.
        entity_deleted: "entity.deleted", "entity";
        /// `action.created`; sent as `data.action`.
        action_created: "action.created", "action";
        /// `action.updated`; sent as `data.action`.
        action_updated: "action.updated", "action";
        /// `action.deleted`; sent as `data.action`.
        action_deleted: "action.deleted", "action";
        /// `run.created`; sent as `data.run`.
        run_created: "run.created", "run";
        /// `run.updated`; sent as `data.run`.
        run_updated: "run.updated", "run";
        /// `run.completed`; sent as `data.run`.
        run_completed: "run.completed", "run";
        /// `blueprint.created`; sent as `data.blueprint`.
        blueprint_created: "blueprint.created", "blueprint";
        /// `blueprint.updated`; sent as `data.blueprint`.
        blueprint_updated: "blueprint.updated", "blueprint";
        /// `blueprint.deleted`; sent as `data.blueprint`.
        blueprint_deleted: "blueprint.deleted", "blueprint";
    }

    /// An event of this name with this `data`.
    pub fn named(event: impl Into<String>, data: Value) -> Self {
        Self::new(Content::Documented { event: event.into(), data })
    }
}

/// The bodies of live Port.
#[allow(clippy::needless_pass_by_value)] // As with the documented events, so that `json!` can stand in the call.
impl PortEvent {
    /// The change log's entry for a created entity. Its identifier and blueprint are read from the entity.
    pub fn change_create(entity: Value) -> Self {
        Self::new(Content::Live(live::entity_change(&Value::Null, &entity)))
    }

    /// The change log's entry for an updated entity.
    pub fn change_update(before: Value, after: Value) -> Self {
        Self::new(Content::Live(live::entity_change(&before, &after)))
    }

    /// The change log's entry for a deleted entity.
    pub fn change_delete(entity: Value) -> Self {
        Self::new(Content::Live(live::entity_change(&entity, &Value::Null)))
    }

    /// The change log's entry for an expired timer property of this entity.
    pub fn change_timer(blueprint: &str, entity: &str) -> Self {
        Self::new(Content::Live(live::timer(blueprint, entity)))
    }

    /// The change log's entry for a blueprint: created if `before` is null, deleted if `after` is, else updated.
    pub fn change_blueprint(before: Value, after: Value) -> Self {
        Self::new(Content::Live(live::blueprint_change(&before, &after)))
    }

    /// The change log's entry for a run: the run `before` (or null) and `after`. Its `id` and `action` are read from
    /// the run.
    pub fn change_run(before: Value, after: Value) -> Self {
        Self::new(Content::Live(live::run_change(&before, &after)))
    }

    /// The invocation of a self-service action that has no body template: of this run, on this entity (or null), with
    /// these inputs.
    pub fn invocation(action: &str, run_id: &str, entity: Value, inputs: Value) -> Self {
        Self::new(Content::Live(live::invocation(action, run_id, &entity, &inputs)))
    }

    /// The trigger data of a self-service action, which Port sends for the template `{{ . }}`: of this run, on this
    /// entity (or null), with these inputs.
    pub fn trigger_data(action: &str, run_id: &str, entity: Value, inputs: Value) -> Self {
        Self::new(Content::Live(live::trigger_data(action, run_id, &entity, &inputs)))
    }

    /// The trigger data of an automation, which Port sends for the template `{{ . }}`: this change as its `event`.
    /// For an event that is not a change, its own body becomes the `event`.
    #[must_use]
    pub fn automation(self, automation: &str, run_id: &str) -> Self {
        self.map_change(|change| live::automation(automation, run_id, &live::as_event(change)))
    }

    /// This change as an automation forwards it, with the template `{{ .event }}`: without `status`, and with the names
    /// `blueprintIdentifier` and `entityIdentifier` in `context`.
    #[must_use]
    pub fn forwarded(self) -> Self {
        self.map_change(live::as_event)
    }

    fn map_change(mut self, map: impl FnOnce(Value) -> Value) -> Self {
        self.content = Content::Live(map(match self.content {
            Content::Live(body) | Content::Given(Body::Json(body)) => body,
            Content::Documented { event, data } => json!({ "event": event, "data": data }),
            Content::Given(Body::Bytes(bytes)) => json!(String::from_utf8_lossy(&bytes)),
        }));
        self
    }
}

/// Any body.
impl PortEvent {
    /// This JSON, sent as it is. It goes to the webhooks that are subscribed to the event named by its member
    /// `event`; without one only to those named by [`to`](Self::to) or [`to_url`](Self::to_url).
    pub fn json(body: Value) -> Self {
        Self::new(Content::Given(Body::Json(body)))
    }

    /// These bytes, JSON or not, sent as they are. It goes only where [`to`](Self::to) or [`to_url`](Self::to_url)
    /// says. An empty body is `PortEvent::bytes("")`.
    pub fn bytes(body: impl Into<Bytes>) -> Self {
        Self::new(Content::Given(Body::Bytes(body.into())))
    }

    /// A delivery again: its method, headers and body, to the same receiver, signed anew. A webhook receives it if it still
    /// exists and is enabled. The bytes that are sent are those that are signed.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use fake_port::{FakePort, PortEvent, Script, ScriptedServer};
    ///
    /// let receiver = ScriptedServer::start([(); 3].map(|()| Script::response(200, "{}"))).await?;
    /// let port = FakePort::start().await;
    /// let event = PortEvent::change_timer("svc", "pay").to_url(receiver.uri()).header("x-own", "1");
    /// let first = &port.emit(event).await[0];
    ///
    /// port.advance(std::time::Duration::from_secs(60));
    /// let anew = &port.emit(PortEvent::again(first)).await[0];
    /// assert!(anew.is_delivered());
    /// assert_eq!((&anew.body, anew.header("x-own")), (&first.body, Some("1")));
    /// assert_ne!(anew.header("x-port-signature"), first.header("x-port-signature"));
    /// let replayed = &port.emit(PortEvent::replay(first)).await[0];
    /// assert_eq!(replayed.headers, first.headers);
    /// # Ok(())
    /// # }
    /// ```
    pub fn again(delivery: &SentDelivery) -> Self {
        let mut event = Self::bytes(delivery.body.clone());
        event.method = delivery.method.clone();
        event.headers = delivery.headers.clone();
        // A timestamp in milliseconds has 13 digits.
        event.milliseconds = delivery.header("x-port-timestamp").is_some_and(|time| time.len() >= 13);
        match &delivery.webhook {
            Some(webhook) => event.to(webhook),
            None => event.to_url(&delivery.url),
        }
    }

    /// A delivery [again](Self::again), with the headers that it had, the signature and the timestamp included.
    pub fn replay(delivery: &SentDelivery) -> Self {
        Self { replayed: true, ..Self::again(delivery) }
    }

    fn new(content: Content) -> Self {
        Self {
            content,
            edits: Vec::new(),
            method: Method::POST,
            headers: HeaderMap::new(),
            url: None,
            to: Vec::new(),
            run: None,
            duplicated: 0,
            stale: Duration::ZERO,
            milliseconds: false,
            agent: false,
            tampered: false,
            wrong_secret: false,
            unsigned: false,
            replayed: false,
        }
    }

    /// The largest number of deliveries that the event causes with this number of webhooks.
    pub(crate) fn most_deliveries(&self, webhooks: usize) -> usize {
        let places = webhooks.saturating_add(usize::from(self.url.is_some()));
        self.duplicated.saturating_add(1).saturating_mul(places)
    }

    /// The name of the event, if it has one.
    pub fn name(&self) -> Option<&str> {
        match &self.content {
            Content::Documented { event, .. } => Some(event),
            Content::Given(Body::Json(body)) => body.get("event").and_then(Value::as_str),
            Content::Live(_) | Content::Given(Body::Bytes(_)) => None,
        }
    }
}

/// The receivers of an event, how it is sent, and the faults of its delivery.
impl PortEvent {
    /// Sends it to this webhook, subscribed or not, and to no others but those named by further calls. A disabled
    /// webhook still receives nothing.
    pub fn to(mut self, identifier: impl Into<String>) -> Self {
        self.to.push(identifier.into());
        self
    }

    /// Sends it to this URL, as Port calls the endpoint of an action or an automation: signed in the timestamped scheme
    /// with the client secret (unless [`Deliveries::scheme`](crate::Deliveries::scheme) says otherwise), and once.
    /// Port does not say that it repeats such a call; [`Deliveries::attempts`](crate::Deliveries::attempts) does it.
    /// No webhook receives it but those named by [`to`](Self::to).
    pub fn to_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(Address(url.into()));
        self
    }

    /// Sends it with this method, such as `"PUT"` or `Method::PUT`. Default: POST. With GET and DELETE the body is empty, unless it was given by
    /// [`json`](Self::json) or [`bytes`](Self::bytes).
    ///
    /// # Panics
    ///
    /// When it is not one of POST, PUT, PATCH, GET and DELETE.
    #[track_caller]
    pub fn method(self, method: impl TryInto<Method>) -> Self {
        valid(self.with_method(method))
    }

    pub(crate) fn with_method(mut self, method: impl TryInto<Method>) -> Result<Self, String> {
        let known = method.try_into().ok().filter(|method| METHODS.contains(method));
        self.method = known.ok_or("method: must be one of POST, PUT, PATCH, GET, DELETE")?;
        Ok(self)
    }

    /// Adds a header, as the `headers` of an action do. It replaces a header of the webhook and the default
    /// `content-type`, but not the signature.
    ///
    /// # Panics
    ///
    /// When the name or the value is not valid in a header.
    #[track_caller]
    pub fn header(self, name: &str, value: &str) -> Self {
        valid(self.with_header(name, value))
    }

    /// The invocation of this run.
    pub(crate) fn of_run(mut self, id: &str) -> Self {
        self.run = Some(id.to_owned());
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Result<Self, String> {
        let (name, value) = header(name, value).map_err(|problem| format!("headers: {problem}"))?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Sets the value at this JSON pointer of the body, after the time and the organization were filled in. Objects on
    /// the way are made where they are missing.
    ///
    /// # Panics
    ///
    /// When the pointer is neither empty nor begins with a slash, or the body is [bytes](Self::bytes).
    #[track_caller]
    pub fn set(self, pointer: &str, value: Value) -> Self {
        valid(self.with_edit(pointer, Some(value)))
    }

    /// Removes the value at this JSON pointer of the body, if there is one.
    ///
    /// # Panics
    ///
    /// Like [`set`](Self::set).
    #[track_caller]
    pub fn remove(self, pointer: &str) -> Self {
        valid(self.with_edit(pointer, None))
    }

    pub(super) fn with_edit(mut self, pointer: &str, value: Option<Value>) -> Result<Self, String> {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return Err(format!("{pointer:?} is not a JSON pointer: it must begin with a slash"));
        }
        if matches!(self.content, Content::Given(Body::Bytes(_))) {
            return Err("a body of bytes cannot be edited".to_owned());
        }
        self.edits.push((pointer.to_owned(), value));
        Ok(self)
    }

    /// Writes the timestamp of the timestamped scheme in milliseconds. Default: in seconds, unless
    /// [`Deliveries::milliseconds`](crate::Deliveries::milliseconds) is set.
    pub fn milliseconds(mut self) -> Self {
        self.milliseconds = true;
        self
    }

    /// Sends it as Port's agent does, which runs on the user's machine: it signs compact JSON with every non-ASCII
    /// character escaped, and sends the same JSON with a space after each comma and colon. A body of
    /// [bytes](Self::bytes) is signed and sent as it is.
    pub fn agent(mut self) -> Self {
        self.agent = true;
        self
    }

    /// Sends `more` copies to each receiver, with the same bytes.
    pub fn duplicated(mut self, more: usize) -> Self {
        self.duplicated = more;
        self
    }

    /// Changes the body after it was signed.
    pub fn tampered(mut self) -> Self {
        self.tampered = true;
        self
    }

    /// Makes it this much older, in whole seconds: in the time that the body names and, in the timestamped scheme, in
    /// the signed timestamp.
    pub fn stale(mut self, by: Duration) -> Self {
        self.stale = by;
        self
    }

    /// Signs it with another secret than the right one.
    pub fn wrong_secret(mut self) -> Self {
        self.wrong_secret = true;
        self
    }

    /// Does not sign it. [`wrong_secret`](Self::wrong_secret) has no effect then.
    pub fn unsigned(mut self) -> Self {
        self.unsigned = true;
        self
    }

    /// The body, before it is encoded and signed.
    pub(super) fn body(&self, time: DateTime<Utc>, organization: &str) -> Body {
        let mut body = match &self.content {
            Content::Given(body) => body.clone(),
            _ if matches!(self.method, Method::GET | Method::DELETE) => return Body::Bytes(Bytes::new()),
            Content::Documented { event, data } => Body::Json(json!({
                "event": event,
                "timestamp": time.to_rfc3339_opts(SecondsFormat::Secs, true),
                "data": data,
                "organization": organization,
                "source": "port",
            })),
            Content::Live(body) => {
                let mut body = body.clone();
                live::stamp(&mut body, &timestamp(time), organization);
                Body::Json(body)
            }
        };
        if let Body::Json(body) = &mut body {
            for (pointer, value) in &self.edits {
                live::edit(body, pointer, value.clone());
            }
        }
        body
    }
}

#[track_caller]
#[allow(clippy::panic)] // A mistake in a test; documented where it is called.
fn valid(event: Result<PortEvent, String>) -> PortEvent {
    event.unwrap_or_else(|problem| panic!("{problem}"))
}

/// A header whose value is not shown. An error never holds the value.
pub(super) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "a header's name is not valid")?;
    let mut value = HeaderValue::from_str(value).map_err(|_| "a header's value is not valid")?;
    value.set_sensitive(name != http::header::CONTENT_TYPE);
    Ok((name, value))
}
