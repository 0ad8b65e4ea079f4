//! The runs of actions and of workflow nodes: what became of what a delivery asked for.
//!
//! The log of a run, page by page, is in [`logs`], and what reports on a run whatever becomes of its handler in
//! [`reporter`].

mod logs;
mod report;
mod reporter;
mod task;

use std::fmt;
use std::sync::Arc;

use port_webhooks_api::{
    Acknowledgement, ApprovalDecision, Call, NewNodeRunLogs, NewRunLog, NodeRunLog, NodeRunPatch,
    NodeRunResult, Run, RunApproval, RunEnvelope, RunListEnvelope, RunLog, RunLogEnvelope, RunPatch,
    RunStatus, Secret, operations,
};

use crate::engine::Engine;
use crate::engine::response::{Success, Unusable, check_ok};
use crate::request::Request;

pub use self::logs::{LogPage, LogStream};
pub use self::report::{Drained, Report, Reported};
pub use self::reporter::{Ending, Reporter, RunLogger};
pub(crate) use self::task::Registry;

/// The form of runs that the contract describes.
const VERSION: Option<&str> = Some("v2");
/// How the id of the run of a workflow node begins.
const NODE_PREFIX: &str = "wfnr_";

/// The runs of an organization. Each method returns a [`Request`], which `.await` sends.
///
/// A run of an action stays in progress until its service reports how it ended, unless the action is synchronized.
/// [`reporter`](Self::reporter) does that whatever becomes of the handler; the other methods are one call each.
///
/// Runs of workflow nodes have other routes and other bodies. Their ids begin with `wfnr_`, and [`node`](Self::node)
/// reports on them; a reporter takes both. A method of this type that is given such an id fails with
/// [`Configuration`](crate::ErrorKind::Configuration), and nothing is sent.
///
/// An id is sent as one path segment, as an identifier of [`Webhooks`](crate::Webhooks). Any call can also fail with a
/// kind that concerns the connection, the token, the rate limit or the server. Each method lists the others. Errors do
/// not repeat messages, summaries and outputs.
///
/// ```no_run
/// # async fn example(port: port_webhooks::Client) -> Result<(), port_webhooks::Error> {
/// use port_webhooks::types::RunPatch;
///
/// let runs = port.runs();
/// runs.update("r_1", RunPatch::new().status_label("Building").link("https://builds.example.com/118")).await?;
/// runs.log("r_1", "3 replicas are ready").await?;
/// runs.succeed("r_1", "Scaled to 3 replicas").await?;
/// # Ok(())
/// # }
/// ```
#[doc(alias("action run", "self-service"))]
#[derive(Clone)]
pub struct Runs {
    pub(crate) engine: Arc<Engine>,
    pub(crate) reporters: Arc<Registry>,
}

impl Runs {
    fn request<T: Success>(&self, id: &str, call: Call<T::Envelope>) -> Request<T> {
        let flaw = id
            .starts_with(NODE_PREFIX)
            .then_some("the id is that of the run of a workflow node: report on it with `runs().node(id)`");
        Request::new(&self.engine, call.reject(flaw).returning())
    }

    /// Reads a run.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such run.
    pub fn get(&self, id: impl Into<String>) -> Request<Run> {
        let id = id.into();
        self.request(&id, operations::get_run(&id, VERSION))
    }

    /// Sets fields of a run that is in progress. With a [status](RunPatch::status) it ends.
    ///
    /// # Errors
    /// - [`RunEnded`](crate::ErrorKind::RunEnded) when the run has ended. With
    ///   [`Outcome::Unknown`](crate::Outcome::Unknown) it may be this call that ended it: an earlier attempt had no
    ///   response. [`get`](Self::get) shows the status.
    /// - [`NotFound`](crate::ErrorKind::NotFound) when there is no such run.
    /// - [`Validation`](crate::ErrorKind::Validation) when Port rejects a field.
    /// - [`PayloadTooLarge`](crate::ErrorKind::PayloadTooLarge) when the request is larger than 1 MiB.
    #[allow(clippy::needless_pass_by_value)] // so that a call is short
    pub fn update(&self, id: impl Into<String>, patch: RunPatch) -> Request<Run> {
        let id = id.into();
        self.request(&id, operations::update_run(&id, VERSION, &patch))
    }

    /// Ends a run well, with a summary in Markdown, which everybody who sees the run can read.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn succeed(&self, id: impl Into<String>, summary: impl Into<Secret>) -> Request<Run> {
        self.update(id, RunPatch::new().status(RunStatus::Success).summary(summary))
    }

    /// Ends a run badly, with a summary in Markdown, which everybody who sees the run can read.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn fail(&self, id: impl Into<String>, summary: impl Into<Secret>) -> Request<Run> {
        self.update(id, RunPatch::new().status(RunStatus::Failure).summary(summary))
    }

    /// Adds a message to the log of a run. [`NewRunLog::ending`] makes it the last one, which ends the run.
    ///
    /// A message is retried only while it is certain that Port does not have it, so it is never doubled.
    ///
    /// ```no_run
    /// # async fn example(port: port_webhooks::Client) -> Result<(), port_webhooks::Error> {
    /// use port_webhooks::types::{NewRunLog, RunStatus};
    ///
    /// port.runs().log("r_1", "Scaling").await?;
    /// port.runs().log("r_1", NewRunLog::new("The quota is used up").ending(RunStatus::Failure)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`update`](Self::update). With [`Outcome::Unknown`](crate::Outcome::Unknown) of any kind Port may have the
    /// message; [`logs`](Self::logs) shows it.
    pub fn log(&self, id: impl Into<String>, log: impl Into<NewRunLog>) -> Request<RunLog> {
        let id = id.into();
        self.request(&id, operations::add_run_log(&id, &log.into()))
    }

    /// Reads the log of a run: the first messages, one [page](Request::offset), or, with [`stream`](Request::stream),
    /// all of them.
    ///
    /// ```no_run
    /// # async fn example(port: port_webhooks::Client) -> Result<(), port_webhooks::Error> {
    /// let mut logs = port.runs().logs("r_1").stream();
    /// while let Some(log) = logs.try_next().await? {
    ///     println!("{}", log.message);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such run, and
    /// [`Validation`](crate::ErrorKind::Validation) when Port rejects limit or offset.
    pub fn logs(&self, id: impl Into<String>) -> Request<LogPage> {
        let id = id.into();
        self.request(&id, operations::list_run_logs(&id, None, None))
    }

    /// Approves a run that waits for approval.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) when the run does not wait for approval, and as [`get`](Self::get). A
    /// decision is not repeated when Port may have it: with [`Outcome::Unknown`](crate::Outcome::Unknown),
    /// [`get`](Self::get) shows it.
    pub fn approve(&self, id: impl Into<String>) -> Request<Run> {
        self.decide(&id.into(), &RunApproval::new(ApprovalDecision::Approve, None))
    }

    /// Declines a run that waits for approval, with the reason.
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn decline(&self, id: impl Into<String>, reason: impl Into<String>) -> Request<Run> {
        self.decide(&id.into(), &RunApproval::new(ApprovalDecision::Decline, Some(reason.into())))
    }

    fn decide(&self, id: &str, approval: &RunApproval) -> Request<Run> {
        self.request(id, operations::set_run_approval(id, VERSION, approval))
    }

    /// Finds the runs to which a service has given this identifier ([`RunPatch::external_run_id`]): none, one, or more
    /// when it was given to more.
    pub fn find_by_external_id(&self, id: impl AsRef<str>) -> Request<Vec<Run>> {
        Request::new(&self.engine, operations::list_runs(Some(id.as_ref()), None, VERSION).returning())
    }

    /// The run of a workflow node, whose id begins with `wfnr_`.
    ///
    /// Port describes these routes nowhere; the requests are those of Port's own client. What Port answers is not
    /// known either, so a success returns nothing.
    pub fn node(&self, id: impl Into<String>) -> NodeRun {
        NodeRun { runs: self.clone(), id: id.into() }
    }
}

/// The run of a workflow node. [`Runs::node`] makes it, and each method returns a [`Request`], which `.await` sends.
///
/// The errors are those of [`Runs::update`].
///
/// ```no_run
/// # async fn example(port: port_webhooks::Client) -> Result<(), port_webhooks::Error> {
/// use port_webhooks::types::{LogLevel, NodeRunLog, NodeRunPatch, NodeRunResult};
/// use serde_json::json;
///
/// let node = port.runs().node("wfnr_1");
/// node.log([NodeRunLog::new(LogLevel::Info, "Scaling"), NodeRunLog::new(LogLevel::Warn, "Slow")]).await?;
/// node.update(NodeRunPatch::new().result(NodeRunResult::Success).output(json!({ "replicas": 3 }))).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct NodeRun {
    runs: Runs,
    id: String,
}

impl NodeRun {
    /// Sets status, result and output. With a [result](NodeRunPatch::result) the node has ended.
    #[allow(clippy::needless_pass_by_value)] // so that a call is short
    pub fn update(&self, patch: NodeRunPatch) -> Request<()> {
        self.request(operations::update_node_run(&self.id, &patch))
    }

    /// Ends the node well.
    pub fn succeed(&self) -> Request<()> {
        self.update(NodeRunPatch::new().result(NodeRunResult::Success))
    }

    /// Ends the node badly.
    pub fn fail(&self) -> Request<()> {
        self.update(NodeRunPatch::new().result(NodeRunResult::Failed))
    }

    /// Ends the node as cancelled.
    pub fn cancel(&self) -> Request<()> {
        self.update(NodeRunPatch::new().result(NodeRunResult::Cancelled))
    }

    /// Adds messages to the log of the node, in one request. As [`Runs::log`], it never doubles them.
    pub fn log(&self, logs: impl IntoIterator<Item = NodeRunLog>) -> Request<()> {
        self.request(operations::add_node_run_logs(&self.id, &NewNodeRunLogs::from_iter(logs)))
    }

    fn request(&self, call: Call<Option<Acknowledgement>>) -> Request<()> {
        let flaw = (!self.id.starts_with(NODE_PREFIX)).then_some(
            "the id of the run of a workflow node begins with `wfnr_`: report on another run with `runs()`",
        );
        Request::new(&self.runs.engine, call.reject(flaw).returning())
    }
}

impl fmt::Debug for Runs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Runs").field("tokens", &self.engine.tokens).finish_non_exhaustive()
    }
}

impl Success for Run {
    type Envelope = RunEnvelope;

    fn from_envelope(envelope: RunEnvelope) -> Result<Self, Unusable> {
        check_ok(envelope.ok)?;
        Ok(envelope.run)
    }
}

impl Success for Vec<Run> {
    type Envelope = RunListEnvelope;

    fn from_envelope(envelope: RunListEnvelope) -> Result<Self, Unusable> {
        check_ok(envelope.ok)?;
        Ok(envelope.runs)
    }
}

impl Success for RunLog {
    type Envelope = RunLogEnvelope;

    fn from_envelope(envelope: RunLogEnvelope) -> Result<Self, Unusable> {
        check_ok(envelope.ok)?;
        Ok(envelope.run_log)
    }
}

/// What a success returns whose response says nothing more.
impl Success for () {
    type Envelope = Option<Acknowledgement>;

    fn from_envelope(envelope: Option<Acknowledgement>) -> Result<Self, Unusable> {
        check_ok(envelope.and_then(|envelope| envelope.ok))
    }
}
