//! Parses bodies. Nothing here knows of signatures: it is for bodies that are verified.

mod borrowed;
mod error;
mod event;
mod text;
mod top_level;

use std::fmt;
use std::ops::Deref;

use port_webhooks_api as api;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

pub use borrowed::DeliveryRef;
pub use error::{ParseError, ParseErrorKind};
pub use event::Event;

/// A delivery: what happened, when, and to what. It dereferences to [`port_webhooks_api::Delivery`], which has the
/// fields; all are optional, and unknown ones are kept in `extra`.
///
/// ```
/// use port_webhooks_receiver::{Delivery, Event};
///
/// let delivery = Delivery::from_slice(
///     br#"{
///         "event": "entity.created",
///         "timestamp": "2024-01-15T10:30:00Z",
///         "data": { "entity": { "identifier": "payment-service", "blueprint": "service" } },
///         "organization": "your-org-id",
///         "source": "port"
///     }"#,
/// )?;
/// match delivery.event() {
///     Event::EntityCreated(entity) | Event::EntityUpdated(entity) => {
///         assert_eq!(entity.identifier.as_deref(), Some("payment-service"));
///     }
///     Event::RunCompleted(run) => println!("{:?}", run.status),
///     Event::Other(name) => println!("something new: {name}"),
///     _ => {}
/// }
/// assert_eq!(delivery.organization.as_deref(), Some("your-org-id"));
/// # Ok::<(), port_webhooks_receiver::ParseError>(())
/// ```
#[derive(Clone, PartialEq, Default)]
pub struct Delivery(api::Delivery);

impl Delivery {
    /// Parses a body. A leading byte order mark is skipped. An object without `event` is a delivery too: automations
    /// send bodies of your own shape.
    ///
    /// Numbers in unknown fields are those of `serde_json`: integers from `i64::MIN` to `u64::MAX` are exact, other
    /// numbers are the nearest `f64`, and one beyond its range, such as `1e400`, is an error.
    /// [`DeliveryRef`](crate::DeliveryRef) has the text of each field as it came.
    ///
    /// # Errors
    /// When the body is empty, not UTF-8, not JSON, followed by something else, nested deeper than 128 levels or not
    /// an object; when a key occurs twice at the top level, a known field has another type than the contract says, or
    /// a key at any depth begins with `$serde_json::private::`, which is reserved by the JSON parser.
    pub fn from_slice(body: &[u8]) -> Result<Self, ParseError> {
        top_level::delivery(text::without_reserved_keys(body)?).map(Self)
    }

    /// What happened, with what it happened to.
    pub fn event(&self) -> Event<'_> {
        Event::of(&self.0)
    }

    /// The fields by value.
    pub fn into_inner(self) -> api::Delivery {
        self.0
    }
}

impl Deref for Delivery {
    type Target = api::Delivery;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<api::Delivery> for Delivery {
    fn from(delivery: api::Delivery) -> Self {
        Self(delivery)
    }
}

impl Serialize for Delivery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A body as a type of the caller's.
pub(crate) fn from_slice<T: DeserializeOwned>(body: &[u8]) -> Result<T, ParseError> {
    serde_json::from_str(text::without_reserved_keys(body)?).map_err(|error| ParseError::of_json(&error))
}
