//! How a 429 says when to try again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::later;

/// How a 429 says when to try again. Port documents `x-ratelimit-reset`, in two different ways; servers and proxies in
/// front of it may send `retry-after`.
///
/// In JSON: `{"seconds": 3}`, `{"date": 3}`, `{"resetEpoch": 3}`, `{"resetEpochMilliseconds": 3}`,
/// `{"resetWait": 3}`, `{"header": ["retry-after", "soon"]}` or `"none"`. All numbers are seconds from
/// now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Hint {
    /// `retry-after` in seconds.
    Seconds(u64),
    /// `retry-after` as an HTTP date, this many seconds after the answer's `date`.
    Date(u64),
    /// `x-ratelimit-reset` in seconds since 1970.
    ResetEpoch(u64),
    /// `x-ratelimit-reset` in milliseconds since 1970.
    ResetEpochMilliseconds(u64),
    /// `x-ratelimit-reset` in seconds to wait.
    ResetWait(u64),
    /// This header, as it is.
    Header(String, String),
    /// No hint.
    None,
}

impl Hint {
    /// The header at this time.
    pub(super) fn header(&self, now: DateTime<Utc>) -> Option<(String, String)> {
        let after = |seconds: &u64| later(now, std::time::Duration::from_secs(*seconds));
        let (name, value) = match self {
            Self::Seconds(seconds) => ("retry-after", seconds.to_string()),
            Self::Date(seconds) => ("retry-after", crate::clock::http_date(after(seconds))),
            Self::ResetEpoch(seconds) => ("x-ratelimit-reset", after(seconds).timestamp().to_string()),
            Self::ResetEpochMilliseconds(seconds) => {
                ("x-ratelimit-reset", after(seconds).timestamp_millis().to_string())
            }
            Self::ResetWait(seconds) => ("x-ratelimit-reset", seconds.to_string()),
            Self::Header(name, value) => (name.as_str(), value.clone()),
            Self::None => return None,
        };
        Some((name.to_owned(), value))
    }
}
