//! A timestamp as Port wrote it.

use std::fmt;

#[cfg(feature = "chrono")]
use chrono::{DateTime, FixedOffset, ParseError, SecondsFormat, TimeZone};
use serde::{Deserialize, Serialize};

/// A timestamp as Port wrote it, usually RFC 3339. The text is kept as it is, so that an odd one neither fails to parse
/// nor changes. The feature `chrono` converts it.
///
/// ```
/// use port_webhooks_api::Timestamp;
///
/// let at = Timestamp::from("2024-01-15T10:30:00Z");
/// assert_eq!(at.as_str(), "2024-01-15T10:30:00Z");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses the text. Feature `chrono`.
    ///
    /// # Errors
    /// When the text is not RFC 3339.
    ///
    /// ```
    /// use port_webhooks_api::Timestamp;
    ///
    /// let at = Timestamp::from("2024-01-15T10:30:00Z");
    /// assert_eq!(at.to_datetime()?.timestamp(), 1_705_314_600);
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    #[cfg(feature = "chrono")]
    pub fn to_datetime(&self) -> Result<DateTime<FixedOffset>, ParseError> {
        DateTime::parse_from_rfc3339(&self.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Timestamp({:?})", self.0)
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Feature `chrono`.
#[cfg(feature = "chrono")]
impl<Tz: TimeZone> From<DateTime<Tz>> for Timestamp {
    fn from(at: DateTime<Tz>) -> Self {
        Self(at.to_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}
