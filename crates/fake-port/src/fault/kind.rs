//! The kinds of faults.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::Route;
use crate::clock::{http_date, later};
use crate::script::Script;

/// The kind of a fault. See the constructors of [`Fault`](super::Fault).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum Kind {
    Status {
        code: u16,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<(String, String)>,
        #[serde(default)]
        body: FaultBody,
    },
    RateLimited {
        hint: Hint,
    },
    NotOk {
        error: String,
        message: String,
    },
    /// The real response; for a delay.
    Answer,
    Drop,
    Hang,
    ExpireToken,
    RevokeToken,
    Paging {
        how: PagingFault,
    },
    Merge {
        answer: Value,
    },
    UnknownFields,
    Truncate {
        keep: usize,
    },
    Compress,
    GzipBomb {
        size: usize,
    },
    BreakBody {
        keep: usize,
        ending: Ending,
    },
    Reset,
    Endless,
    Script {
        steps: Script,
    },
}

/// The body of a made-up response. In JSON: `"default"`, `{"json": …}`,
/// `{"text": {"contentType": "text/html", "text": "<html>"}}` or `"empty"`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum FaultBody {
    /// A JSON error as Port writes it; `{"ok":true}` below 300.
    #[default]
    Default,
    /// This JSON.
    Json(Value),
    /// Something that is not JSON.
    Text { content_type: String, text: String },
    /// No body and no content type.
    Empty,
}

/// How a 429 hints when to try again. Port documents `x-ratelimit-reset`, in two different ways; servers and proxies in
/// front of it may send `retry-after`.
///
/// In JSON: `{"seconds": 3}`, `{"date": 3}`, `{"resetEpoch": 3}`, `{"resetEpochMilliseconds": 3}`,
/// `{"resetWait": 3}`, `{"header": ["retry-after", "soon"]}` or `"none"`. All numbers are seconds from
/// now.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fake_port::{FakePort, Fault, Hint};
///
/// let port = FakePort::start().await;
/// port.inject(Fault::rate_limited(Hint::ResetWait(3))); // `x-ratelimit-reset: 3`
/// port.inject(Fault::rate_limited(Hint::Header("retry-after".into(), "soon".into()))); // no client can read it
///
/// let url = format!("{}/v1/webhooks", port.uri());
/// let response = reqwest::Client::new().get(url).bearer_auth(port.issue_token()).send().await?;
/// assert_eq!((response.status().as_u16(), response.headers()["x-ratelimit-reset"].to_str()?), (429, "3"));
/// # Ok(())
/// # }
/// ```
#[doc(alias = "retry-after")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Hint {
    /// `retry-after` in seconds.
    Seconds(u64),
    /// `retry-after` as an HTTP date, this many seconds after the response's `date`.
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
        let after = |seconds: &u64| later(now, Duration::from_secs(*seconds));
        let (name, value) = match self {
            Self::Seconds(seconds) => ("retry-after", seconds.to_string()),
            Self::Date(seconds) => ("retry-after", http_date(after(seconds))),
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

/// How the pages of a list are wrong. In JSON: `"ignored"`, `"repeated"`, `"cyclic"`, `{"capped": 10}`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fake_port::{FakePort, Fault, PagingFault};
///
/// let port = FakePort::start().await;
/// port.inject(Fault::paging(PagingFault::Capped(10)).always()); // no page has more than 10 webhooks
/// # Ok(())
/// # }
/// ```
#[doc(alias = "pagination")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum PagingFault {
    /// Every page is the whole list.
    Ignored,
    /// Each page but the first begins with the last webhook of the page before. Pages of one webhook do not repeat.
    Repeated,
    /// The first page follows the last one.
    Cyclic,
    /// No page has more webhooks than this, whatever `per_page` is; at least one.
    Capped(usize),
}

/// What happens on the connection after the first bytes of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Ending {
    /// The connection is reset.
    Reset,
    /// The connection is closed as if nothing were missing.
    Close,
    /// Nothing more is sent, and the connection stays open.
    Hang,
}

/// The most bytes that a gzip bomb unpacks to: the whole response is in memory.
const LARGEST_BOMB: usize = 100 * 1024 * 1024;

impl Kind {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::RateLimited { .. } => "rateLimited",
            Self::NotOk { .. } => "notOk",
            Self::Answer => "answer",
            Self::Drop => "drop",
            Self::Hang => "hang",
            Self::ExpireToken => "expireToken",
            Self::RevokeToken => "revokeToken",
            Self::Paging { .. } => "paging",
            Self::Merge { .. } => "merge",
            Self::UnknownFields => "unknownFields",
            Self::Truncate { .. } => "truncate",
            Self::Compress => "compress",
            Self::GzipBomb { .. } => "gzipBomb",
            Self::BreakBody { .. } => "breakBody",
            Self::Reset => "reset",
            Self::Endless => "endless",
            Self::Script { .. } => "script",
        }
    }

    /// Whether the fault makes sense for an operation, or for a path that is none.
    pub(super) fn applies_to(&self, operation: Option<Route>) -> bool {
        match self {
            Self::Paging { .. } => operation == Some(Route::List),
            Self::ExpireToken | Self::RevokeToken => operation.is_some_and(Route::needs_token),
            _ => true,
        }
    }

    /// Checks the values. An error never holds the value of a header.
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Status { code, headers, body } => {
                if !(200..600).contains(code) {
                    return Err(format!("status: {code} is not between 200 and 599"));
                }
                if let FaultBody::Text { content_type, .. } = body {
                    check_header("content-type", content_type)?;
                }
                headers.iter().try_for_each(|(name, value)| check_header(name, value))
            }
            Self::RateLimited { hint: Hint::Header(name, value) } => check_header(name, value),
            Self::GzipBomb { size } if *size > LARGEST_BOMB => {
                Err(format!("gzipBomb: {size} bytes are more than {LARGEST_BOMB}"))
            }
            _ => Ok(()),
        }
    }
}

fn check_header(name: &str, value: &str) -> Result<(), String> {
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("{name:?} is not valid as the name of a header"))?;
    if ["content-length", "transfer-encoding", "connection"].contains(&name.as_str()) {
        return Err(format!("the server sets the header {name}; a script can send another"));
    }
    HeaderValue::from_str(value).map(drop).map_err(|_| format!("the value of the header {name} is not valid"))
}
