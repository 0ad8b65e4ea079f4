//! The headers that Port adds to each delivery.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Secret;

/// The headers that Port adds to each delivery of a webhook. Names are case-insensitive. Values may be credentials:
/// `Debug` hides them, [`Secret::expose`] reads them. `Serialize` writes them, since it makes the body of a request.
///
/// ```
/// use port_webhooks_api::HeaderValues;
///
/// let headers = HeaderValues::from_iter([("X-API-Key", "k-123")]);
/// assert_eq!(headers.get("x-api-key").map(|value| value.expose()), Some("k-123"));
/// assert_eq!(format!("{headers:?}"), r#"{"X-API-Key": [redacted]}"#);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HeaderValues(BTreeMap<String, Secret>);

impl HeaderValues {
    /// No headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a header.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Sets a header, and replaces one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Secret>) {
        let name = name.into();
        self.0.retain(|key, _| !key.eq_ignore_ascii_case(&name));
        self.0.insert(name, value.into());
    }

    /// Removes a header, and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Secret> {
        let key = self.0.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone();
        self.0.remove(&key)
    }

    /// Iterates over names and values, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The number of headers.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for HeaderValues {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(&self.0).finish()
    }
}

impl<N: Into<String>, V: Into<Secret>> Extend<(N, V)> for HeaderValues {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, headers: I) {
        for (name, value) in headers {
            self.insert(name, value);
        }
    }
}

impl<N: Into<String>, V: Into<Secret>> FromIterator<(N, V)> for HeaderValues {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let mut all = Self::new();
        all.extend(headers);
        all
    }
}
