//! What became of a report.

use std::fmt::{self, Display};

use crate::Error;
#[cfg(doc)]
use crate::ErrorKind;

/// What Port has got to know of a run.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let fake = fake_port::FakePort::builder().profile(fake_port::Profile::Live).start().await?;
/// # fake.seed_run(serde_json::json!({ "id": "r_1" }))?;
/// # let port = port_webhooks::Client::builder().access_token(fake.issue_token()).base_url(fake.uri()).build()?;
/// let reporter = port.runs().reporter("r_1");
/// reporter.log("Scaling");
/// let report = reporter.succeed("3 replicas are ready").await;
/// assert!(report.is_complete(), "{report}");
/// assert_eq!(report.lines_reported, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The id of the run.
    pub run_id: String,
    /// Whether Port knows how the run ended. [`No`](Reported::No) while its handler runs, too.
    pub end: Reported,
    /// Lines of the log that Port has.
    pub lines_reported: u64,
    /// Lines that Port may have. They were not sent again.
    pub lines_unknown: u64,
    /// Lines that Port does not have.
    pub lines_lost: u64,
    /// The last error, if something is missing. [`RunEnded`](ErrorKind::RunEnded) when somebody else has ended the run.
    pub error: Option<Error>,
}

/// Whether Port has got to know something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reported {
    /// Port knows it.
    Yes,
    /// Port may know it: the response was lost.
    Unknown,
    /// Port does not know it.
    No,
    /// The run was [left open](crate::Reporter::leave_open).
    LeftOpen,
}

impl Reported {
    /// Whether nothing is missing.
    pub(super) fn is_settled(self) -> bool {
        matches!(self, Self::Yes | Self::LeftOpen)
    }
}

impl Report {
    /// Whether Port knows how the run ended, unless it was left open, and has every line.
    pub fn is_complete(&self) -> bool {
        self.end.is_settled() && self.lines_unknown == 0 && self.lines_lost == 0
    }
}

impl Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run_id, lines_reported, lines_unknown, lines_lost, .. } = self;
        let end = match self.end {
            Reported::Yes => "reported",
            Reported::Unknown => "unknown",
            Reported::No => "not reported",
            Reported::LeftOpen => "left open",
        };
        write!(
            formatter,
            "run {run_id:?}: end {end}; {lines_reported} lines reported, {lines_unknown} unknown, {lines_lost} lost"
        )?;
        self.error.iter().try_for_each(|error| write!(formatter, ": {error}"))
    }
}

/// What was not reported when a program ended.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// # let port = port_webhooks::Client::builder().access_token("token").build()?;
/// // At the end of the program:
/// let drained = port.runs().drain(Duration::from_secs(20)).await;
/// for report in &drained.incomplete {
///     eprintln!("not reported completely: {report}");
/// }
/// assert!(drained.is_complete());
/// # Ok(())
/// # }
/// ```
#[doc(alias("drain", "shutdown", "graceful shutdown"))]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Drained {
    /// The reports of which something is missing.
    pub incomplete: Vec<Report>,
}

impl Drained {
    /// Whether everything was reported.
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_empty()
    }
}
