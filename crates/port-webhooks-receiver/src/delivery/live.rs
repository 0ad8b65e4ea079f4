//! What live Port sends: the shape of a body, and the run it belongs to.

use port_webhooks_api::{Change, Invocation, TriggerData};
use serde::Deserialize;
use serde_json::Value;

/// A delivery of live Port by its shape. Every field of the types is optional: one whose value has another type than
/// expected is `None`, and the others are there.
///
/// These rules decide, in this order, and will not change:
/// 1. An object with the objects `payload` and `context` and the text `action` is an [`Invocation`].
/// 2. An object with the objects `trigger` and `run`, and with `event`, which is null or an object, is [`TriggerData`].
/// 3. An object with the texts `action` and `resourceType` and the object `context` is a [`Change`].
/// 4. Anything else is `Other`.
///
/// ```
/// use port_webhooks_receiver::{Delivery, Live};
///
/// let delivery = Delivery::new(r#"{"action":"DELETE","resourceType":"entity","context":{"entity":"pay"}}"#);
/// match delivery.live() {
///     Live::Change(change) => assert_eq!(change.action.as_deref(), Some("DELETE")),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Live<'a> {
    /// Something changed: the change log of a blueprint, or an automation that forwards its event.
    Change(&'a Change),
    /// An action was invoked, with the body of older actions or the template that rebuilds it.
    Invocation(&'a Invocation),
    /// Everything that templates of actions and automations can use, forwarded as a whole.
    TriggerData(&'a TriggerData),
    /// A body that you wrote yourself, a documented event, or no JSON. A later version may know more shapes: use
    /// [`json`](crate::Delivery::json) or [`event_name`](crate::Delivery::event_name) here.
    Other,
}

/// The same, owned.
#[derive(Debug)]
pub(super) enum Shape {
    Change(Box<Change>),
    Invocation(Box<Invocation>),
    TriggerData(Box<TriggerData>),
    Other,
}

impl Shape {
    pub(super) fn of(body: &Value) -> Self {
        let object = |key: &str| body.get(key).is_some_and(Value::is_object);
        let text = |key: &str| body.get(key).is_some_and(Value::is_string);
        if object("payload") && object("context") && text("action") {
            Self::Invocation(Box::new(read(body)))
        } else if object("trigger")
            && object("run")
            && body.get("event").is_some_and(|event| event.is_null() || event.is_object())
        {
            Self::TriggerData(Box::new(read(body)))
        } else if text("action") && text("resourceType") && object("context") {
            Self::Change(Box::new(read(body)))
        } else {
            Self::Other
        }
    }

    pub(super) fn as_live(&self) -> Live<'_> {
        match self {
            Self::Change(change) => Live::Change(change),
            Self::Invocation(invocation) => Live::Invocation(invocation),
            Self::TriggerData(data) => Live::TriggerData(data),
            Self::Other => Live::Other,
        }
    }

    /// The run to report on.
    pub(super) fn run_id<'a>(&self, body: &'a Value) -> Option<&'a str> {
        let first = match self {
            Self::TriggerData(_) => ["/run/id", "/context/runId"].as_slice(),
            // The run in its context caused the change.
            Self::Change(_) => &[],
            Self::Invocation(_) | Self::Other => &["/context/runId"],
        };
        let elsewhere = ["/port_context/runId", "/port_context/run_id", "/runId", "/run_id", "/RUN_ID"];
        first.iter().chain(&elsewhere).find_map(|place| text_at(body, place))
    }
}

/// Reading an object into these types does not fail.
fn read<T: for<'de> Deserialize<'de> + Default>(body: &Value) -> T {
    T::deserialize(body).unwrap_or_default()
}

/// A text that is not empty.
fn text_at<'a>(body: &'a Value, place: &str) -> Option<&'a str> {
    body.pointer(place)?.as_str().filter(|text| !text.is_empty())
}
