//! The enumerations and values of runs.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

open_enum! {
    /// The status of the run of an action.
    RunStatus {
        /// `IN_PROGRESS`: the service has not reported its end yet.
        InProgress = "IN_PROGRESS",
        /// `SUCCESS`: ended well.
        Success = "SUCCESS",
        /// `FAILURE`: ended badly.
        Failure = "FAILURE",
        /// `WAITING_FOR_APPROVAL`: nothing has been sent to the service yet.
        WaitingForApproval = "WAITING_FOR_APPROVAL",
        /// `DECLINED`: not approved, and so ended.
        Declined = "DECLINED",
    }
}

open_enum! {
    /// Whether a run that waits for approval may begin.
    ApprovalDecision {
        /// `APPROVE`
        Approve = "APPROVE",
        /// `DECLINE`
        Decline = "DECLINE",
    }
}

open_enum! {
    /// The status of the run of a workflow node.
    NodeRunStatus {
        /// `IN_PROGRESS`
        InProgress = "IN_PROGRESS",
        /// `COMPLETED`: ended, with a [`NodeRunResult`].
        Completed = "COMPLETED",
    }
}

open_enum! {
    /// How the run of a workflow node ended.
    NodeRunResult {
        /// `SUCCESS`
        Success = "SUCCESS",
        /// `FAILED`
        Failed = "FAILED",
        /// `CANCELLED`
        Cancelled = "CANCELLED",
    }
}

open_enum! {
    /// How severe a log message of a workflow node is.
    LogLevel {
        /// `DEBUG`
        Debug = "DEBUG",
        /// `INFO`
        Info = "INFO",
        /// `WARN`
        Warn = "WARN",
        /// `ERROR`
        Error = "ERROR",
    }
}

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
