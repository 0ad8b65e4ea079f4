//! Reads bodies. Nothing here knows of signatures: it is for bodies that are verified.

pub(crate) mod event;
mod live;

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use port_webhooks_api as api;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::json;
use crate::parse_error::ParseError;
use live::Shape;

use event::Event;
pub use live::Live;

/// A delivery: a body, whatever it contains, and views of it. The views are read when they are first used, and clones
/// share them.
///
/// | view | for |
/// |---|---|
/// | [`live`](Self::live) | what live Port sends: changes, invocations, trigger data |
/// | [`event_name`](Self::event_name), [`data`](Self::data), [`event`](Self::event) | the events of Port's documentation |
/// | [`json`](Self::json) | a type of your own, such as that of a body that you wrote in Port |
/// | [`run_id`](Self::run_id) | the run to report on |
/// | [`body`](Self::body) | the bytes |
///
/// A view is empty where the body does not have its shape. JSON is read like this: one leading byte order mark is
/// skipped, and of a repeated key the last value counts. An escaped surrogate without its partner becomes U+FFFD, a
/// number that no `f64` can hold becomes null, and a key that begins with `$serde_json::private::` loses its `$`.
/// Integers from `i64::MIN` to `u64::MAX` are exact, other numbers are the nearest `f64`. A body that is nested deeper
/// than 127 levels is not read as JSON.
///
/// ```
/// use port_webhooks_receiver::Delivery;
///
/// let delivery = Delivery::new(
///     r#"{
///         "event": "entity.created",
///         "timestamp": "2024-01-15T10:30:00Z",
///         "data": { "entity": { "identifier": "payment-service", "blueprint": "service" } },
///         "organization": "your-org-id",
///         "source": "port"
///     }"#,
/// );
/// match delivery.event_name() {
///     Some("entity.created" | "entity.updated") => {
///         let entity = delivery.data("entity");
///         assert_eq!(entity.and_then(|entity| entity["identifier"].as_str()), Some("payment-service"));
///     }
///     Some(name) => println!("{name} is of no interest"),
///     None => println!("not an event"),
/// }
/// assert_eq!(delivery.documented().organization.as_deref(), Some("your-org-id"));
/// ```
#[doc(alias("payload", "event"))]
#[derive(Clone)]
pub struct Delivery(Arc<Views>);

struct Views {
    body: Bytes,
    json: OnceLock<Result<Value, ParseError>>,
    documented: OnceLock<api::Delivery>,
    shape: OnceLock<Shape>,
}

impl Delivery {
    /// The delivery in a body. Any bytes are one.
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self(Arc::new(Views {
            body: body.into(),
            json: OnceLock::new(),
            documented: OnceLock::new(),
            shape: OnceLock::new(),
        }))
    }

    /// The bytes of the body.
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// The body as a type of yours.
    ///
    /// ```
    /// use port_webhooks_receiver::Delivery;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Scale {
    ///     replicas: u32,
    /// }
    ///
    /// let scale: Scale = Delivery::new(r#"{"replicas":3,"port_context":{"runId":"r_1"}}"#).json()?;
    /// assert_eq!(scale.replicas, 3);
    /// # Ok::<(), port_webhooks_receiver::ParseError>(())
    /// ```
    ///
    /// # Errors
    /// When the body is empty, not UTF-8, not JSON, nested too deeply, or not of that type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ParseError> {
        T::deserialize(self.value()?).map_err(|_| json::mismatch::<T>(&self.0.body))
    }

    /// The name of the event, such as `entity.created`: the text `event` of the body.
    pub fn event_name(&self) -> Option<&str> {
        self.value().ok()?.get("event")?.as_str()
    }

    /// The data of an event by its kind: `data.entity` for `entity`.
    pub fn data(&self, kind: &str) -> Option<&Map<String, Value>> {
        self.value().ok()?.get("data")?.get(kind)?.as_object()
    }

    /// The event, if Port documents it.
    ///
    /// ```
    /// use port_webhooks_receiver::{Delivery, Event};
    ///
    /// let delivery = Delivery::new(r#"{"event":"run.completed","data":{"run":{"id":"r_1"}}}"#);
    /// if let Event::RunCompleted(run) = delivery.event() {
    ///     assert_eq!(run.id.as_deref(), Some("r_1"));
    /// }
    /// ```
    pub fn event(&self) -> Event<'_> {
        Event::of(self.documented())
    }

    /// The fields of a documented event. All are `None` in a body that is not a JSON object.
    pub fn documented(&self) -> &api::Delivery {
        self.0.documented.get_or_init(|| {
            self.value().ok().and_then(|body| api::Delivery::deserialize(body).ok()).unwrap_or_default()
        })
    }

    /// What live Port sent.
    ///
    /// ```
    /// use port_webhooks_receiver::{Delivery, Live};
    ///
    /// let delivery = Delivery::new(
    ///     r#"{"action":"UPDATE","resourceType":"entity","context":{"entity":"pay","blueprint":"svc"}}"#,
    /// );
    /// match delivery.live() {
    ///     Live::Change(change) => assert_eq!(change.entity_identifier(), Some("pay")),
    ///     Live::Invocation(invocation) => println!("invoked: {:?}", invocation.input("replicas")),
    ///     Live::TriggerData(data) => println!("triggered: {:?}", data.input("replicas")),
    ///     _ => println!("a body of my own"),
    /// }
    /// ```
    pub fn live(&self) -> Live<'_> {
        self.shape().as_live()
    }

    /// The run to report on: the first text that is not empty of `run.id` in [trigger data](Live::TriggerData),
    /// `context.runId`, `port_context.runId`, `port_context.run_id`, `runId`, `run_id` and `RUN_ID`.
    ///
    /// In a [change](Live::Change) `context.runId` is left out: that run [caused it](Self::caused_by_run).
    pub fn run_id(&self) -> Option<&str> {
        self.shape().run_id(self.value().ok()?)
    }

    /// The run that caused a [change](Live::Change): its `context.runId`. It is not a run to report on.
    pub fn caused_by_run(&self) -> Option<&str> {
        match self.live() {
            Live::Change(change) => change.caused_by_run(),
            _ => None,
        }
    }

    fn value(&self) -> Result<&Value, ParseError> {
        self.0.json.get_or_init(|| json::read(&self.0.body)).as_ref().map_err(Clone::clone)
    }

    fn shape(&self) -> &Shape {
        self.0.shape.get_or_init(|| self.value().map_or(Shape::Other, Shape::of))
    }
}

/// Of the body only the length and the name of the event are shown.
impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Delivery")
            .field("event", &self.event_name())
            .field("body", &format_args!("{} bytes", self.0.body.len()))
            .finish()
    }
}
