//! Reports on a run in the background, so that it ends whatever becomes of its handler.

use std::fmt::{self, Display};
use std::future::IntoFuture;
use std::mem;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use port_webhooks_api::{LogLevel, NodeRunResult};
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

use super::Runs;
use super::report::{Drained, Report, Reported};
use super::task::{Shared, Task};
use crate::clock::within;
use crate::error::{Error, Failure};

const PANICKED: &str = "The handler panicked.";

impl Runs {
    /// Reports on a run in the background, and ends it whatever becomes of the handler: when it succeeds, fails, panics,
    /// or is cancelled. The id is that of the run of an action or of a workflow node (`wfnr_…`).
    ///
    /// ```no_run
    /// # async fn scale() -> Result<(), std::io::Error> { Ok(()) }
    /// # async fn example(port: port_webhooks::Client) -> Result<(), std::io::Error> {
    /// let report = port.runs().reporter("r_1");
    /// let log = report.logger();
    /// report
    ///     .run(async move {
    ///         log.log("Scaling");
    ///         scale().await?;
    ///         log.log("3 replicas are ready");
    ///         Ok(())
    ///     })
    ///     .await
    /// # }
    /// ```
    ///
    /// - Lines are sent in their order, joined to messages of at most 64 KiB. There is one request at a time, and a
    ///   second between two messages, except at the end. When Port asks to wait, the reporter waits, and collects up to
    ///   16 MiB of lines meanwhile; it counts those beyond as lost.
    /// - A line is never sent again when Port may have it. It is counted as unknown.
    /// - While the handler runs, the reporter tries as long as it takes. Once the handler has ended, it tries for
    ///   [`deadline`](Reporter::deadline) more.
    /// - Lines and ends that are lost or unknown are logged by `tracing`, as warnings with their text, which may hold
    ///   secrets that the handler wrote. Their target is `port_webhooks::unreported`, so that a filter can leave them
    ///   out or send them elsewhere. [`drain`](Self::drain) counts them.
    /// - When the process is killed, nobody ends the run: Port shows it as in progress.
    ///
    /// The task is on the current Tokio runtime, or on the thread of a client that `build_blocking` built. Without a
    /// runtime nothing is reported, and [`drain`](Self::drain) says so.
    pub fn reporter(&self, run_id: impl Into<String>) -> Reporter {
        let shared = Arc::new(Shared::new(self.clone(), run_id.into()));
        self.reporters.live().push(Arc::clone(&shared));
        let task = Task(Arc::clone(&shared));
        match self.engine.transport.runtime() {
            Ok(runtime) => drop(runtime.spawn(task.run().in_current_span().with_current_subscriber())),
            Err(error) => {
                let why = Failure::configuration("a reporter needs a Tokio runtime").caused_by(error);
                let mut state = shared.state();
                state.closed = Some(why.what.clone());
                state.report.error = Some(Error::without_call(why));
            }
        }
        Reporter { shared, has_handler: false }
    }

    /// The reporter for the run that a delivery asks to report on: that of an invocation or of the data of a trigger.
    /// `None` for any other delivery. A change has no such run: the run that it names has caused it.
    #[cfg(feature = "receiver")]
    pub fn reporter_for(&self, delivery: &crate::receiver::Delivery) -> Option<Reporter> {
        delivery.run_id().map(|id| self.reporter(id))
    }

    /// Waits until every reporter of this client and its clones has ended its run, at most for `deadline`. Call it when
    /// the program ends, after its handlers.
    ///
    /// Returns the reports of all runs since the last drain of which something is missing: lost or unknown, or not
    /// reported within the deadline. The last 1,000 are kept. What is not reported within the deadline is also logged,
    /// as by [`reporter`](Self::reporter), but its reporter continues while its runtime does.
    ///
    /// ```no_run
    /// # async fn example(port: port_webhooks::Client) {
    /// let drained = port.runs().drain(std::time::Duration::from_secs(20)).await;
    /// for report in &drained.incomplete {
    ///     eprintln!("{report}");
    /// }
    /// # }
    /// ```
    pub async fn drain(&self, deadline: Duration) -> Drained {
        let mut limit = self.engine.transport.clock.timeout(deadline);
        loop {
            let next = self.reporters.live().first().cloned();
            let Some(next) = next else { break };
            if within(&mut limit, next.done()).await.is_none() {
                break;
            }
        }
        let mut incomplete: Vec<Report> = mem::take(&mut *self.reporters.incomplete()).into();
        let live = self.reporters.live().clone();
        incomplete.extend(live.iter().map(|shared| {
            let mut state = shared.state();
            state.log_rest("the time to report it ended");
            state.so_far()
        }));
        Drained { incomplete }
    }
}

/// Reports on one run. [`Runs::reporter`] makes it. Dropping it ends the run as failed: its handler has panicked, was
/// cancelled, or has returned without a result.
///
/// ```no_run
/// # async fn example(port: port_webhooks::Client) -> Result<(), std::io::Error> {
/// let report = port.runs().reporter("r_1");
/// let log = report.logger();
/// report.run(async move {
///     log.log("Scaling to 3 replicas");
///     std::fs::write("replicas", "3") // an error ends the run as failed, and is its summary
/// }).await
/// # }
/// ```
#[doc(alias("action run", "status"))]
#[must_use = "dropping a reporter ends its run as failed"]
pub struct Reporter {
    shared: Arc<Shared>,
    /// Whether [`run`](Self::run) has begun to run a handler.
    has_handler: bool,
}

impl Reporter {
    /// Sets how long the reporter tries to report lines and the end once the handler has ended. Default: 5 minutes. If
    /// lines take all of it, the end has as much time again, but at most ten seconds.
    pub fn deadline(self, deadline: Duration) -> Self {
        self.shared.state().deadline = deadline;
        self
    }

    /// The id of the run.
    pub fn run_id(&self) -> String {
        self.shared.state().report.run_id.clone()
    }

    /// Adds a line to the log. A text of more than 64 KiB counts as several lines.
    pub fn log(&self, line: impl Into<String>) {
        self.shared.log(&LogLevel::Info, &line.into());
    }

    /// What adds lines to the log, for the handler and its tasks.
    pub fn logger(&self) -> RunLogger {
        RunLogger(Arc::clone(&self.shared))
    }

    /// Runs a handler, and ends the run by its result: as a success, or as a failure with the text of the error as the
    /// summary, which everybody who sees the run can read. When the handler panics, or this future is dropped, the run
    /// ends as failed, or, of a workflow node, as cancelled when the future is dropped. A panic continues after that.
    ///
    /// # Errors
    /// The error of the handler.
    pub async fn run<T, E: Display>(mut self, handler: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        self.has_handler = true;
        let result = match AssertUnwindSafe(handler).catch_unwind().await {
            Ok(result) => result,
            Err(panic) => {
                drop(self.fail(PANICKED));
                resume_unwind(panic)
            }
        };
        match &result {
            Ok(_) => drop(self.succeed("")),
            Err(error) => drop(self.fail(error.to_string())),
        }
        result
    }

    /// Ends the run well, in the background. The summary is Markdown of at most 64 KiB; the rest is cut off. It may be
    /// empty. A workflow node has no summary, so it becomes the last line of the log.
    pub fn succeed(self, summary: impl Into<String>) -> Ending {
        self.end(NodeRunResult::Success, summary.into())
    }

    /// Ends the run badly, in the background. As [`succeed`](Self::succeed) for the summary.
    pub fn fail(self, summary: impl Into<String>) -> Ending {
        self.end(NodeRunResult::Failed, summary.into())
    }

    /// Sends the lines in the background, and leaves the run open: somebody else ends it.
    pub fn leave_open(self) -> Ending {
        self.shared.state().report.end = Reported::LeftOpen;
        self.end(NodeRunResult::Success, String::new())
    }

    fn end(self, result: NodeRunResult, summary: String) -> Ending {
        self.shared.end(result, summary);
        Ending(Arc::clone(&self.shared))
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        let (result, why) = if self.has_handler {
            (NodeRunResult::Cancelled, "The handler was cancelled before it had a result.")
        } else if thread::panicking() {
            (NodeRunResult::Failed, PANICKED)
        } else {
            (NodeRunResult::Failed, "The handler ended without a result.")
        };
        self.shared.end(result, why.to_owned());
    }
}

/// Adds lines to the log of a run. [`Reporter::logger`] makes it. Lines that are added after the run has ended are
/// lost.
#[derive(Clone)]
pub struct RunLogger(Arc<Shared>);

impl RunLogger {
    /// Adds a line to the log, with the level [`Info`](LogLevel::Info).
    pub fn log(&self, line: impl Into<String>) {
        self.0.log(&LogLevel::Info, &line.into());
    }

    /// Adds a line to the log. Workflow nodes have levels; in the log of another run the line begins with the level.
    pub fn log_at(&self, level: impl Into<LogLevel>, line: impl Into<String>) {
        self.0.log(&level.into(), &line.into());
    }
}

/// The end of a run on its way to Port. Await it to know what became of it; it continues without that.
pub struct Ending(Arc<Shared>);

impl IntoFuture for Ending {
    type Output = Report;
    type IntoFuture = BoxFuture<'static, Report>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            self.0.done().await;
            self.0.state().so_far()
        }
        .boxed()
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reporter").field("run_id", &self.run_id()).finish_non_exhaustive()
    }
}

impl fmt::Debug for RunLogger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RunLogger").finish_non_exhaustive()
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ending").finish_non_exhaustive()
    }
}
