//! Values in runs that the generator cannot write well.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The links of a run. Port writes one as a text, and several as a list; both are read.
///
/// ```
/// use port_webhooks_api::Links;
///
/// let links: Links = serde_json::from_str(r#""https://builds.example.com/118""#)?;
/// assert_eq!(links.0, ["https://builds.example.com/118"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links(pub Vec<String>);

impl Serialize for Links {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [link] => link.serialize(serializer),
            links => links.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Links {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a text or a list of texts")]
        enum OneOrMany {
            One(String),
            Many(Vec<String>),
        }
        Ok(match OneOrMany::deserialize(deserializer)? {
            OneOrMany::One(link) => Self(vec![link]),
            OneOrMany::Many(links) => Self(links),
        })
    }
}

impl<L: Into<String>> FromIterator<L> for Links {
    fn from_iter<I: IntoIterator<Item = L>>(links: I) -> Self {
        Self(links.into_iter().map(Into::into).collect())
    }
}

/// Any JSON, which may hold secrets, such as the inputs of an action: `Debug` hides it.
///
/// ```
/// use port_webhooks_api::HiddenJson;
///
/// let inputs: HiddenJson = serde_json::from_str(r#"{ "password": "hunter2" }"#)?;
/// assert_eq!(inputs["password"], "hunter2");
/// assert_eq!(format!("{inputs:?}"), "[redacted]");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HiddenJson(pub Value);

impl Deref for HiddenJson {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl fmt::Debug for HiddenJson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}
