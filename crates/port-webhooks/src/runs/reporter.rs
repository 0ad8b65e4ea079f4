//! Reports on a run in the background, so that it ends whatever becomes of its handler.
//!
//! Each reporter has a task, which sends one request at a time: messages of collected lines, and then the end. What a
//! line or the end has become of is counted once, when it is certain that no more is tried.

use std::collections::VecDeque;
use std::fmt::{self, Display};
use std::future::IntoFuture;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, FutureExt as _, select};
use port_webhooks_api::{
    Call, LogLevel, NewRunLog, NodeRunLog, NodeRunPatch, NodeRunResult, Run, RunLog, RunPatch, RunStatus,
};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

use super::{NODE_PREFIX, Runs};
use crate::clock::within;
use crate::engine::response::Success;
use crate::engine::retry;
use crate::error::{Error, ErrorKind, Failure, Outcome};
use crate::request::Request;

/// The longest message and summary, in bytes. As JSON it is six times as long at most, below what Port accepts.
const MAX_MESSAGE: usize = 64 * 1024;
/// Lines that wait to be sent, in bytes.
const MAX_QUEUED: usize = 16 * 1024 * 1024;
/// The least time between two messages, so that lines are joined.
const INTERVAL: Duration = Duration::from_secs(1);
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A longer wait than any program has time for.
const LONGEST_HINT: Duration = Duration::from_secs(24 * 60 * 60);
const DEADLINE: Duration = Duration::from_secs(5 * 60);
/// Incomplete reports that are kept until somebody drains.
const MAX_KEPT: usize = 1000;

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
    /// - Lines and ends that are lost or unknown are logged by `tracing`, as warnings, with their text.
    ///   [`drain`](Self::drain) returns them as well.
    /// - When the process is killed, nobody ends the run: Port shows it as in progress.
    ///
    /// The task is on the current Tokio runtime. Without one nothing is reported, as [`drain`](Self::drain) says then.
    pub fn reporter(&self, run_id: impl Into<String>) -> Reporter {
        let (done, _) = watch::channel(false);
        let shared = Arc::new(Shared {
            runs: self.clone(),
            state: Mutex::new(State::new(run_id.into())),
            changed: Notify::new(),
            ended: Notify::new(),
            done,
        });
        self.reporters.live().push(Arc::clone(&shared));
        let task = Task(Arc::clone(&shared));
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(task.run().in_current_span().with_current_subscriber())),
            Err(error) => {
                let why = Failure::configuration("a reporter needs a Tokio runtime").caused_by(error);
                shared.state().report.error = Some(Error::without_call(why));
            }
        }
        Reporter { shared }
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
    /// reported within the deadline. The last 1,000 are kept.
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
        incomplete.extend(live.iter().map(|shared| shared.state().so_far()));
        Drained { incomplete }
    }
}

/// Reports on one run. [`Runs::reporter`] makes it. Dropping it ends the run as failed: its handler has panicked, or
/// was cancelled.
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
}

impl Reporter {
    /// Sets how long the reporter tries to report lines and the end once the handler has ended. Default: 5 minutes. Of
    /// that, a quarter is for the end alone.
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
    /// ends as failed.
    ///
    /// # Errors
    /// The error of the handler.
    pub async fn run<T, E: Display>(self, handler: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let result = handler.await;
        match &result {
            Ok(_) => drop(self.succeed("")),
            Err(error) => drop(self.fail(error.to_string())),
        }
        result
    }

    /// Ends the run well, in the background. The summary is Markdown of at most 64 KiB; the rest is cut off. It may be
    /// empty. A workflow node has no summary, so it becomes the last line of the log.
    pub fn succeed(self, summary: impl Into<String>) -> Ending {
        self.end(End::Success, summary.into())
    }

    /// Ends the run badly, in the background. As [`succeed`](Self::succeed) for the summary.
    pub fn fail(self, summary: impl Into<String>) -> Ending {
        self.end(End::Failure, summary.into())
    }

    fn end(self, end: End, summary: String) -> Ending {
        self.shared.end(end, summary);
        Ending(Arc::clone(&self.shared))
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        if thread::panicking() {
            self.shared.end(End::Failure, "The handler panicked.".to_owned());
        } else {
            let why = "The handler was cancelled before it had a result.";
            self.shared.end(End::Cancelled, why.to_owned());
        }
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

/// What Port has got to know of a run.
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
}

impl Report {
    /// Whether Port knows how the run ended, and has every line.
    pub fn is_complete(&self) -> bool {
        self.end == Reported::Yes && self.lines_unknown == 0 && self.lines_lost == 0
    }
}

impl Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run_id, lines_reported, lines_unknown, lines_lost, .. } = self;
        let end = match self.end {
            Reported::Yes => "reported",
            Reported::Unknown => "unknown",
            Reported::No => "not reported",
        };
        write!(
            formatter,
            "run {run_id:?}: end {end}; {lines_reported} lines reported, {lines_unknown} unknown, {lines_lost} lost"
        )?;
        self.error.iter().try_for_each(|error| write!(formatter, ": {error}"))
    }
}

/// What was not reported when a program ended.
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

/// The reporters of a client and its clones.
#[derive(Default)]
pub(crate) struct Registry {
    live: Mutex<Vec<Arc<Shared>>>,
    incomplete: Mutex<VecDeque<Report>>,
}

impl Registry {
    fn live(&self) -> MutexGuard<'_, Vec<Arc<Shared>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn incomplete(&self) -> MutexGuard<'_, VecDeque<Report>> {
        self.incomplete.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, shared: &Arc<Shared>, report: Report) {
        self.live().retain(|live| !Arc::ptr_eq(live, shared));
        if !report.is_complete() {
            let mut incomplete = self.incomplete();
            if incomplete.len() == MAX_KEPT {
                incomplete.pop_front();
            }
            incomplete.push_back(report);
        }
    }
}

/// How a run ends.
#[derive(Clone, Copy)]
enum End {
    Success,
    Failure,
    Cancelled,
}

impl End {
    /// Runs of actions cannot be cancelled.
    fn status(self) -> RunStatus {
        match self {
            Self::Success => RunStatus::Success,
            Self::Failure | Self::Cancelled => RunStatus::Failure,
        }
    }

    fn result(self) -> NodeRunResult {
        match self {
            Self::Success => NodeRunResult::Success,
            Self::Failure => NodeRunResult::Failed,
            Self::Cancelled => NodeRunResult::Cancelled,
        }
    }
}

struct Line {
    level: LogLevel,
    text: String,
}

struct State {
    lines: VecDeque<Line>,
    queued_bytes: usize,
    /// Lines of a request without a response yet.
    in_flight: u64,
    /// Whether a request for the end has no response yet, or may have been applied.
    end_in_doubt: bool,
    deadline: Duration,
    /// How the run ends, with its summary, and when the reporter stops to try.
    end: Option<(End, String, Option<Instant>)>,
    /// Whether nothing more can be reported.
    is_closed: bool,
    report: Report,
}

impl State {
    fn new(run_id: String) -> Self {
        let report = Report {
            run_id,
            end: Reported::No,
            lines_reported: 0,
            lines_unknown: 0,
            lines_lost: 0,
            error: None,
        };
        Self {
            lines: VecDeque::new(),
            queued_bytes: 0,
            in_flight: 0,
            end_in_doubt: false,
            deadline: DEADLINE,
            end: None,
            is_closed: false,
            report,
        }
    }

    /// The report, if nothing more came of what is on its way.
    fn so_far(&self) -> Report {
        let mut report = self.report.clone();
        report.lines_unknown += self.in_flight;
        report.lines_lost += self.lines.len() as u64;
        if report.end == Reported::No && self.end_in_doubt {
            report.end = Reported::Unknown;
        }
        report
    }

    fn lose(&mut self, why: &str, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            self.report.lines_lost += 1;
            let (run_id, line) = (&self.report.run_id, &line.text);
            tracing::warn!(run_id, line, "log line of a run not reported: {why}");
        }
    }

    /// Takes the lines of the next message.
    fn next_message(&mut self) -> Vec<Line> {
        let mut bytes = 0;
        let mut message = Vec::new();
        while let Some(line) = self.lines.pop_front() {
            bytes += line.text.len() + 1;
            if bytes > MAX_MESSAGE && !message.is_empty() {
                self.lines.push_front(line);
                break;
            }
            self.queued_bytes -= line.text.len();
            message.push(line);
        }
        self.in_flight = message.len() as u64;
        message
    }
}

/// What a reporter, its loggers and its task share.
struct Shared {
    runs: Runs,
    state: Mutex<State>,
    /// There is something to do.
    changed: Notify,
    /// The handler has ended.
    ended: Notify,
    done: watch::Sender<bool>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self, level: &LogLevel, text: &str) {
        let mut state = self.state();
        for text in pieces(text) {
            let line = Line { level: level.clone(), text: text.to_owned() };
            if state.is_closed || state.end.is_some() {
                state.lose("the run has ended", [line]);
            } else if state.queued_bytes + text.len() > MAX_QUEUED {
                state.lose("too many lines wait to be sent", [line]);
            } else {
                state.queued_bytes += text.len();
                state.lines.push_back(line);
            }
        }
        self.changed.notify_one();
    }

    /// Ends the run, unless it has ended.
    fn end(&self, end: End, mut summary: String) {
        let mut state = self.state();
        if state.end.is_some() {
            return;
        }
        if summary.len() > MAX_MESSAGE {
            summary.truncate(floor(&summary, MAX_MESSAGE - '…'.len_utf8()));
            summary.push('…');
        }
        if state.report.run_id.starts_with(NODE_PREFIX) && !summary.is_empty() && !state.is_closed {
            let level = if matches!(end, End::Success) { LogLevel::Info } else { LogLevel::Error };
            state.queued_bytes += summary.len();
            state.lines.push_back(Line { level, text: mem::take(&mut summary) });
        }
        let by = self.runs.engine.transport.clock.now().checked_add(state.deadline);
        state.end = Some((end, summary, by));
        self.changed.notify_one();
        self.ended.notify_one();
    }

    async fn done(&self) {
        // An error means that nobody will end it, which cannot be while `self` has the sender.
        let _ = self.done.subscribe().wait_for(|done| *done).await;
    }
}

/// The task of a reporter. However it ends, the report is final then.
struct Task(Arc<Shared>);

impl Task {
    async fn run(self) {
        while let Some(message) = self.next_message().await {
            self.send_message(message).await;
            let wait = self.0.runs.engine.transport.clock.sleep(INTERVAL);
            if self.0.state().end.is_none() {
                select(wait, std::pin::pin!(self.0.ended.notified())).await;
            }
        }
        self.send_end().await;
    }

    /// The lines of the next message, or `None` when the handler has ended and none are left.
    async fn next_message(&self) -> Option<Vec<Line>> {
        loop {
            {
                let mut state = self.0.state();
                if !state.lines.is_empty() {
                    return Some(state.next_message());
                }
                if state.end.is_some() {
                    return None;
                }
            }
            self.0.changed.notified().await;
        }
    }

    async fn send_message(&self, message: Vec<Line>) {
        let count = message.len() as u64;
        let mut tries = 0;
        let error = loop {
            let Err(error) = self.send_lines(&message).await else { break None };
            tries += 1;
            if !error.is_retryable() || !self.wait(&error, tries, 0.25).await {
                break Some(error);
            }
        };
        let mut state = self.0.state();
        state.in_flight = 0;
        match error.as_ref().map(Error::outcome) {
            None | Some(Outcome::Applied) => state.report.lines_reported += count,
            Some(Outcome::Unknown) => {
                state.report.lines_unknown += count;
                for line in message {
                    let (run_id, line) = (&state.report.run_id, &line.text);
                    tracing::warn!(run_id, line, "log line of a run may not have been reported");
                }
            }
            Some(Outcome::NotSent | Outcome::NotApplied) => {
                let why = error.as_ref().map(ToString::to_string).unwrap_or_default();
                state.lose(&why, message);
                let kind = error.as_ref().map(Error::kind);
                if matches!(kind, Some(ErrorKind::RunEnded | ErrorKind::NotFound | ErrorKind::Configuration))
                {
                    state.is_closed = true;
                    state.queued_bytes = 0;
                    let rest = mem::take(&mut state.lines);
                    state.lose(&why, rest);
                }
            }
        }
        state.report.error = error.or(state.report.error.take());
    }

    async fn send_lines(&self, message: &[Line]) -> Result<(), Error> {
        let run_id = self.run_id();
        if run_id.starts_with(NODE_PREFIX) {
            let lines = message.iter().map(|line| NodeRunLog::new(&line.level, &line.text));
            return self.send(self.0.runs.node(run_id).log(lines), 0.25).await;
        }
        let line = |line: &Line| match line.level {
            LogLevel::Info => line.text.clone(),
            _ => format!("{}: {}", line.level, line.text),
        };
        let lines: Vec<String> = message.iter().map(line).collect();
        let log = self.0.runs.log(run_id, NewRunLog::new(lines.join("\n")));
        self.send::<RunLog>(log, 0.25).await.map(drop)
    }

    async fn send_end(&self) {
        let Some((end, mut summary, _)) = self.0.state().end.clone() else { return };
        let mut in_doubt = false;
        let mut tries = 0;
        let (reported, error) = loop {
            self.0.state().end_in_doubt = true;
            let Err(error) = self.send_status(end, &summary).await else { break (Reported::Yes, None) };
            if error.outcome() == Outcome::Applied {
                break (Reported::Yes, None);
            }
            in_doubt |= error.outcome() == Outcome::Unknown;
            if error.kind() == ErrorKind::RunEnded && in_doubt {
                break (self.look_up(end).await, Some(error));
            }
            self.0.state().end_in_doubt = in_doubt;
            let is_rejected = matches!(error.kind(), ErrorKind::Validation | ErrorKind::PayloadTooLarge);
            if is_rejected && !summary.is_empty() {
                let run_id = self.run_id();
                tracing::warn!(run_id, summary, "summary of a run not reported: {error}");
                summary = String::new();
                continue;
            }
            tries += 1;
            if !error.is_retryable() || !self.wait(&error, tries, 0.0).await {
                let reported = if in_doubt { Reported::Unknown } else { Reported::No };
                break (reported, Some(error));
            }
        };
        let mut state = self.0.state();
        state.end_in_doubt = false;
        state.report.end = reported;
        if reported != Reported::Yes {
            state.report.error = error;
        }
    }

    async fn send_status(&self, end: End, summary: &str) -> Result<(), Error> {
        let run_id = self.run_id();
        if run_id.starts_with(NODE_PREFIX) {
            let patch = NodeRunPatch::new().result(end.result());
            return self.send(self.0.runs.node(run_id).update(patch), 0.0).await;
        }
        let patch = RunPatch::new().status(end.status());
        let patch = if summary.is_empty() { patch } else { patch.summary(summary) };
        self.send::<Run>(self.0.runs.update(run_id, patch), 0.0).await.map(drop)
    }

    /// Whether a run that has ended, ended as it was to be: an earlier request may have done that.
    async fn look_up(&self, end: End) -> Reported {
        match self.send::<Run>(self.0.runs.get(self.run_id()), 0.0).await {
            Ok(run) if run.status == Some(end.status()) => Reported::Yes,
            Ok(_) => Reported::No,
            Err(_) => Reported::Unknown,
        }
    }

    async fn send<T: Success>(&self, request: Request<T, Call<T>>, reserve: f64) -> Result<T, Error> {
        match self.left(reserve) {
            Some(left) => {
                let deadline = left.min(self.0.runs.engine.transport.deadline);
                request.deadline(deadline).await
            }
            None => request.await,
        }
    }

    /// Waits before a retry. `false`: there is no time for it.
    async fn wait(&self, error: &Error, tries: u32, reserve: f64) -> bool {
        let clock = &self.0.runs.engine.transport.clock;
        let began = clock.now();
        let backoff = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(tries - 1)).min(LONGEST_WAIT);
        // Not all reporters return at once when Port does.
        let backoff = backoff.mul_f64(0.5 + retry::random() / 2.0);
        let wait = error.retry_after().unwrap_or(backoff).min(LONGEST_HINT);
        loop {
            let rest = wait.saturating_sub(clock.now().saturating_duration_since(began));
            if self.left(reserve).is_some_and(|left| left <= rest) {
                return false;
            }
            if rest.is_zero() {
                return true;
            }
            select(clock.sleep(rest), std::pin::pin!(self.0.ended.notified())).await;
        }
    }

    /// The time left, once the handler has ended. `reserve` is the part of it that is for later requests.
    fn left(&self, reserve: f64) -> Option<Duration> {
        let state = self.0.state();
        let by = state.end.as_ref()?.2?.checked_sub(state.deadline.mul_f64(reserve))?;
        Some(by.saturating_duration_since(self.0.runs.engine.transport.clock.now()))
    }

    fn run_id(&self) -> String {
        self.0.state().report.run_id.clone()
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let report = {
            let mut state = self.0.state();
            state.is_closed = true;
            let rest = mem::take(&mut state.lines);
            state.lose("its runtime was shut down, or there is none", rest);
            state.report = state.so_far();
            state.in_flight = 0;
            if state.report.end != Reported::Yes
                && let Some((end, summary, _)) = &state.end
            {
                let status = end.status();
                tracing::warn!(%status, summary, "end of a run not reported: {}", state.report);
            }
            state.report.clone()
        };
        self.0.runs.reporters.close(&self.0, report);
        self.0.done.send_replace(true);
    }
}

/// The largest boundary of a character at or before an index.
fn floor(text: &str, index: usize) -> usize {
    (0..=index).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// A text in pieces that fit a message.
fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    let mut is_first = true;
    std::iter::from_fn(move || {
        if text.is_empty() && !is_first {
            return None;
        }
        is_first = false;
        let (piece, rest) = text.split_at(floor(text, MAX_MESSAGE.min(text.len())));
        text = rest;
        Some(piece)
    })
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
