//! A delivery that borrows from its body, to look at the event before parsing the rest.

use std::borrow::Cow;
use std::fmt;

use port_webhooks_api::EventType;
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::error::ParseError;
use super::text;
use super::top_level::{Key, Known, Progress, Seen, read};

/// A delivery that borrows from its body. Its top level is parsed and checked like that of a
/// [`Delivery`](super::Delivery); what is below stays JSON text.
///
/// ```
/// use port_webhooks_receiver::DeliveryRef;
///
/// let body = br#"{"event":"run.completed","data":{"run":{"id":"r_1"}},"source":"port"}"#;
/// let delivery = DeliveryRef::from_slice(body)?;
/// if delivery.event() == Some("run.completed") {
///     assert_eq!(delivery.data(), Some(r#"{"run":{"id":"r_1"}}"#));
/// }
/// # Ok::<(), port_webhooks_receiver::ParseError>(())
/// ```
#[derive(Clone, Default)]
pub struct DeliveryRef<'a> {
    event: Option<Cow<'a, str>>,
    timestamp: Option<Cow<'a, str>>,
    data: Option<&'a RawValue>,
    organization: Option<Cow<'a, str>>,
    source: Option<Cow<'a, str>>,
    other: Vec<(String, &'a RawValue)>,
}

impl<'a> DeliveryRef<'a> {
    /// Parses the top level of a body.
    ///
    /// # Errors
    /// Those of [`Delivery::from_slice`](super::Delivery::from_slice), except for what is below the top level: that
    /// is not checked against the contract and may be nested to any depth. No key is reserved, and strings in `data`
    /// and in unknown fields are not decoded, so an escape in them may be invalid.
    pub fn from_slice(body: &'a [u8]) -> Result<Self, ParseError> {
        let progress = Progress::default();
        read(text::of(body)?, TopLevel(&progress), &progress)
    }

    /// The name of the event.
    pub fn event(&self) -> Option<&str> {
        self.event.as_deref()
    }

    /// The event as an [`EventType`].
    pub fn event_type(&self) -> Option<EventType> {
        self.event().map(EventType::from)
    }

    /// When it happened, as text.
    pub fn timestamp(&self) -> Option<&str> {
        self.timestamp.as_deref()
    }

    /// The organization where it happened.
    pub fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// Who sent it.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// What it happened to: an object, as JSON.
    pub fn data(&self) -> Option<&'a str> {
        self.data.map(RawValue::get)
    }

    /// Another field of the top level, as JSON.
    pub fn field(&self, name: &str) -> Option<&'a str> {
        self.other.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value.get())
    }

    /// All other fields of the top level, as JSON, in the order in which they came.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.other.iter().map(|(name, value)| (name.as_str(), value.get()))
    }
}

/// Values of unknown fields are left out: a body of the sender's own shape may hold anything.
impl fmt::Debug for DeliveryRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DeliveryRef")
            .field("event", &self.event)
            .field("timestamp", &self.timestamp)
            .field("organization", &self.organization)
            .field("source", &self.source)
            .field("data", &self.data.map(|data| format!("{} bytes", data.get().len())))
            .field("fields", &self.other.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .finish()
    }
}

/// A text that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct TopLevel<'p>(&'p Progress);

impl<'de> Visitor<'de> for TopLevel<'_> {
    type Value = DeliveryRef<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DeliveryRef<'de>, A::Error> {
        self.0.entered();
        let mut delivery = DeliveryRef::default();
        let mut seen = Seen::default();
        while let Some(key) = map.next_key::<Key>()? {
            self.0.reads(&key);
            let known = match key {
                Key::Other(name) => {
                    delivery.other.push((name, map.next_value()?));
                    continue;
                }
                Key::Known(known) if seen.again(known) => return Err(self.0.duplicate()),
                Key::Known(known) => known,
            };
            let text = match known {
                Known::Event => &mut delivery.event,
                Known::Timestamp => &mut delivery.timestamp,
                Known::Organization => &mut delivery.organization,
                Known::Source => &mut delivery.source,
                Known::Data => {
                    delivery.data = map.next_value()?;
                    if delivery.data.is_some_and(|data| !data.get().starts_with('{')) {
                        return Err(serde::de::Error::custom("not an object"));
                    }
                    continue;
                }
            };
            *text = map.next_value::<Option<Text<'de>>>()?.map(|text| text.0);
        }
        if has_twice(&delivery.other) {
            self.0.reads(&Key::Other(String::new()));
            return Err(self.0.duplicate());
        }
        Ok(delivery)
    }
}

/// Sorted, so that many fields take no time that grows with their square.
fn has_twice(fields: &[(String, &RawValue)]) -> bool {
    let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}
