//! The task of a reporter, which sends one request at a time: messages of collected lines, and then the end.
//!
//! What became of a line or of the end is counted once, when it is certain that no more is tried.

use std::collections::VecDeque;
use std::mem;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use port_webhooks_api::{LogLevel, NewRunLog, NodeRunLog, NodeRunPatch, NodeRunResult, RunPatch, RunStatus};
use tokio::sync::{Notify, watch};

use super::report::{Report, Reported};
use super::{NODE_PREFIX, Runs};
use crate::engine::response::Success;
use crate::engine::retry;
use crate::error::{Error, ErrorKind, Outcome};
use crate::request::Request;

/// The longest message and summary, in bytes. As JSON it is six times as long at most, below what Port accepts.
const MAX_MESSAGE: usize = 64 * 1024;
/// Lines that wait to be sent, in bytes.
const MAX_QUEUED: usize = 16 * 1024 * 1024;
/// What a line takes beside its text, in bytes, in memory and as JSON.
const LINE_OVERHEAD: usize = 32;
/// The least time between two messages, so that lines are joined.
const INTERVAL: Duration = Duration::from_secs(1);
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A longer wait than any program has time for.
const LONGEST_HINT: Duration = Duration::from_secs(24 * 60 * 60);
/// The least time for a retry.
const LEAST_TIME: Duration = Duration::from_millis(500);
/// The least time for the end, when lines have taken the time until the deadline.
const TIME_FOR_END: Duration = Duration::from_secs(10);
const DEADLINE: Duration = Duration::from_secs(5 * 60);
/// The target of the events that hold lines and summaries which Port does not have, for filters.
const UNREPORTED: &str = "port_webhooks::unreported";
const NO_RUNTIME: &str = "its runtime was shut down, or there is none";
/// Incomplete reports that are kept until somebody drains.
const MAX_KEPT: usize = 1000;

/// The reporters of a client and its clones.
#[derive(Default)]
pub(crate) struct Registry {
    live: Mutex<Vec<Arc<Shared>>>,
    incomplete: Mutex<VecDeque<Report>>,
}

impl Registry {
    pub(super) fn live(&self) -> MutexGuard<'_, Vec<Arc<Shared>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn incomplete(&self) -> MutexGuard<'_, VecDeque<Report>> {
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

struct Line {
    level: LogLevel,
    text: String,
    /// Whether the local log has it.
    is_logged: bool,
}

impl Line {
    fn new(level: &LogLevel, text: impl Into<String>) -> Self {
        Self { level: level.clone(), text: text.into(), is_logged: false }
    }

    fn size(&self) -> usize {
        LINE_OVERHEAD + self.level.as_str().len() + self.text.len()
    }
}

struct End {
    result: NodeRunResult,
    summary: String,
    /// When the reporter stops trying. `None` means never.
    by: Option<Instant>,
    /// Whether the local log has it.
    is_logged: bool,
}

impl End {
    /// The runs of actions cannot be cancelled.
    fn status(&self) -> RunStatus {
        match self.result {
            NodeRunResult::Success => RunStatus::Success,
            _ => RunStatus::Failure,
        }
    }
}

pub(super) struct State {
    pub(super) report: Report,
    pub(super) deadline: Duration,
    queue: VecDeque<Line>,
    queued_bytes: usize,
    /// The lines of the message that is being sent.
    in_flight: Vec<Line>,
    /// Whether Port may have what is being sent: a request has no response yet, or an earlier one had none.
    in_doubt: bool,
    end: Option<End>,
    /// Why no more lines can be reported.
    pub(super) closed: Option<String>,
    /// Whether the task has ended.
    is_over: bool,
}

impl State {
    /// The report, if nothing more became of what is on its way.
    pub(super) fn so_far(&self) -> Report {
        let mut report = self.report.clone();
        let in_flight = self.in_flight.len() as u64;
        if self.in_doubt {
            report.lines_unknown += in_flight;
        } else {
            report.lines_lost += in_flight;
        }
        if self.in_doubt && in_flight == 0 && report.end == Reported::No {
            report.end = Reported::Unknown;
        }
        report.lines_lost += self.queue.len() as u64;
        report
    }

    /// Logs locally what Port does not have for certain.
    pub(super) fn log_rest(&mut self, why: &str) {
        log_lines(&self.report.run_id, &mut self.in_flight, self.in_doubt, why);
        log_lines(&self.report.run_id, &mut self.queue, false, why);
        let report = self.so_far();
        if !report.end.is_settled()
            && let Some(end) = &mut self.end
            && !mem::replace(&mut end.is_logged, true)
        {
            let (status, summary) = (end.status(), &end.summary);
            tracing::warn!(target: UNREPORTED, %status, summary, "end of a run not reported: {report}");
        }
    }

    fn lose(&mut self, why: &str, lines: impl IntoIterator<Item = Line>) {
        let mut lines = Vec::from_iter(lines);
        self.report.lines_lost += lines.len() as u64;
        log_lines(&self.report.run_id, &mut lines, false, why);
    }

    fn push(&mut self, line: Line) {
        self.queued_bytes += line.size();
        self.queue.push_back(line);
    }

    /// Takes the lines of the next message from the queue.
    fn take_message(&mut self) {
        let mut bytes = 0;
        while let Some(line) = self.queue.pop_front() {
            bytes += line.size();
            if bytes > MAX_MESSAGE && !self.in_flight.is_empty() {
                self.queue.push_front(line);
                break;
            }
            self.queued_bytes -= line.size();
            self.in_flight.push(line);
        }
    }

    /// Counts the lines of a message that is not sent again.
    fn settle_message(&mut self, error: Option<Error>) {
        let mut lines = mem::take(&mut self.in_flight);
        self.in_doubt = false;
        let count = lines.len() as u64;
        let Some(error) = error.filter(|error| error.outcome() != Outcome::Applied) else {
            self.report.lines_reported += count;
            return;
        };
        let why = error.to_string();
        if error.outcome() == Outcome::Unknown {
            self.report.lines_unknown += count;
            log_lines(&self.report.run_id, &mut lines, true, &why);
        } else {
            self.lose(&why, lines);
        }
        if matches!(error.kind(), ErrorKind::RunEnded | ErrorKind::NotFound | ErrorKind::Configuration) {
            self.queued_bytes = 0;
            let rest = mem::take(&mut self.queue);
            self.lose(&why, rest);
            self.closed = Some(why);
        }
        self.report.error = Some(error);
    }

    pub(super) fn is_of_node(&self) -> bool {
        self.report.run_id.starts_with(NODE_PREFIX)
    }
}

/// What a reporter, its loggers and its task share.
pub(super) struct Shared {
    runs: Runs,
    state: Mutex<State>,
    /// There is something to do.
    changed: Notify,
    /// The handler has ended.
    ended: Notify,
    done: watch::Sender<bool>,
}

impl Shared {
    pub(super) fn new(runs: Runs, run_id: String) -> Self {
        let report = Report {
            run_id,
            end: Reported::No,
            lines_reported: 0,
            lines_unknown: 0,
            lines_lost: 0,
            error: None,
        };
        let state = State {
            report,
            deadline: DEADLINE,
            queue: VecDeque::new(),
            queued_bytes: 0,
            in_flight: Vec::new(),
            in_doubt: false,
            end: None,
            closed: None,
            is_over: false,
        };
        let (done, _) = watch::channel(false);
        Self { runs, state: Mutex::new(state), changed: Notify::new(), ended: Notify::new(), done }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn log(&self, level: &LogLevel, text: &str) {
        let mut state = self.state();
        for text in pieces(text) {
            let line = Line::new(level, text);
            if let Some(why) = state.closed.clone() {
                state.lose(&why, [line]);
            } else if state.end.is_some() {
                state.lose("its handler has ended", [line]);
            } else if state.queued_bytes + line.size() > MAX_QUEUED {
                state.lose("too many lines wait to be sent", [line]);
            } else {
                state.push(line);
            }
        }
        self.changed.notify_one();
    }

    /// Ends the run, unless it has ended.
    pub(super) fn end(&self, result: NodeRunResult, mut summary: String) {
        let mut state = self.state();
        if state.end.is_some() {
            return;
        }
        if summary.len() > MAX_MESSAGE {
            summary.truncate(floor(&summary, MAX_MESSAGE - '…'.len_utf8()));
            summary.push('…');
        }
        if state.is_of_node() && !summary.is_empty() && state.closed.is_none() {
            let level = if result == NodeRunResult::Success { LogLevel::Info } else { LogLevel::Error };
            state.push(Line::new(&level, mem::take(&mut summary)));
        }
        let by = self.runs.engine.transport.clock.now().checked_add(state.deadline);
        state.end = Some(End { result, summary, by, is_logged: false });
        if state.is_over {
            state.log_rest(NO_RUNTIME);
        }
        self.changed.notify_one();
        self.ended.notify_one();
    }

    pub(super) async fn done(&self) {
        // An error means that nobody will end it, which cannot be while `self` has the sender.
        let _ = self.done.subscribe().wait_for(|done| *done).await;
    }
}

/// The task of a reporter. However it ends, the report is final then.
pub(super) struct Task(pub(super) Arc<Shared>);

impl Task {
    pub(super) async fn run(self) {
        while self.take_message().await {
            self.send_message().await;
            let wait = self.0.runs.engine.transport.clock.sleep(INTERVAL);
            if self.0.state().end.is_none() {
                select(wait, pin!(self.0.ended.notified())).await;
            }
        }
        self.send_end().await;
    }

    /// Waits for lines. `false`: the handler has ended, and none are left.
    async fn take_message(&self) -> bool {
        loop {
            {
                let mut state = self.0.state();
                state.take_message();
                if !state.in_flight.is_empty() || state.end.is_some() {
                    return !state.in_flight.is_empty();
                }
            }
            self.0.changed.notified().await;
        }
    }

    async fn send_message(&self) {
        let run_id = self.run_id();
        let result = if run_id.starts_with(NODE_PREFIX) {
            let new = |line: &Line| NodeRunLog::new(&line.level, &line.text);
            let lines: Vec<NodeRunLog> = self.0.state().in_flight.iter().map(new).collect();
            self.persist(self.0.runs.node(run_id).log(lines), false).await
        } else {
            let text = |line: &Line| match line.level {
                LogLevel::Info => line.text.clone(),
                _ => format!("{}: {}", line.level, line.text),
            };
            let lines: Vec<String> = self.0.state().in_flight.iter().map(text).collect();
            self.persist(self.0.runs.log(run_id, NewRunLog::new(lines.join("\n"))), false).await.map(drop)
        };
        self.0.state().settle_message(result.err());
    }

    async fn send_end(&self) {
        let now = self.0.runs.engine.transport.clock.now();
        let (result, status, mut summary) = {
            let mut state = self.0.state();
            if state.report.end == Reported::LeftOpen {
                return;
            }
            let least = state.deadline.min(TIME_FOR_END);
            let Some(end) = &mut state.end else { return };
            end.by = end.by.map(|by| by.max(now + least));
            (end.result.clone(), end.status(), end.summary.clone())
        };
        let error = loop {
            let Err(error) = self.send_status(&result, &status, &summary).await else { break None };
            let is_rejected = matches!(error.kind(), ErrorKind::Validation | ErrorKind::PayloadTooLarge);
            if !is_rejected || summary.is_empty() {
                break Some(error);
            }
            let run_id = self.run_id();
            tracing::warn!(target: UNREPORTED, run_id, summary, "summary of a run not reported: {error}");
            summary.clear();
        };
        let reported = match error.as_ref().map(|error| (error.kind(), error.outcome())) {
            None | Some((_, Outcome::Applied)) => Reported::Yes,
            Some((ErrorKind::RunEnded, Outcome::Unknown)) => self.look_up(&status).await,
            Some((_, Outcome::Unknown)) => Reported::Unknown,
            Some((_, Outcome::NotSent | Outcome::NotApplied)) => Reported::No,
        };
        let mut state = self.0.state();
        state.in_doubt = false;
        state.report.end = reported;
        if reported != Reported::Yes {
            state.report.error = error;
        }
    }

    async fn send_status(
        &self,
        result: &NodeRunResult,
        status: &RunStatus,
        summary: &str,
    ) -> Result<(), Error> {
        let run_id = self.run_id();
        if run_id.starts_with(NODE_PREFIX) {
            return self
                .persist(self.0.runs.node(run_id).update(NodeRunPatch::new().result(result)), true)
                .await;
        }
        let patch = RunPatch::new().status(status);
        let patch = if summary.is_empty() { patch } else { patch.summary(summary) };
        self.persist(self.0.runs.update(run_id, patch), true).await.map(drop)
    }

    /// Whether a run that has ended, ended as it was to be: an earlier request may have done that.
    async fn look_up(&self, status: &RunStatus) -> Reported {
        let run_id = self.run_id();
        if run_id.starts_with(NODE_PREFIX) {
            return Reported::Unknown;
        }
        match self.persist(self.0.runs.get(run_id), true).await {
            Ok(run) if run.status.as_ref() == Some(status) => Reported::Yes,
            Ok(_) => Reported::No,
            Err(_) => Reported::Unknown,
        }
    }

    /// Sends a request until it succeeds, a further one is of no use, or there is no time for one. `repeats` is whether
    /// it may be sent again when Port may have it. The outcome of an error is that of all requests.
    async fn persist<T: Success>(&self, request: Request<T>, repeats: bool) -> Result<T, Error> {
        let mut in_doubt = self.0.state().in_doubt;
        let mut tries = 0;
        loop {
            self.0.state().in_doubt = true;
            let limit = self.0.runs.engine.transport.deadline;
            let limit = self.left().map_or(limit, |left| left.min(limit));
            let error = match request.clone().deadline(limit).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            in_doubt |= error.outcome() == Outcome::Unknown;
            self.0.state().in_doubt = in_doubt;
            tries += 1;
            let is_unknown = error.outcome() == Outcome::Unknown && error.kind() != ErrorKind::RunEnded;
            let may_help = error.is_retryable() || (repeats && is_unknown);
            if !may_help || !self.wait(&error, tries).await {
                return Err(if in_doubt { error.in_doubt() } else { error });
            }
        }
    }

    /// Waits before a retry. `false`: there is no time for one. Retries come faster towards the deadline, so that
    /// nothing is lost when Port is back shortly before it.
    async fn wait(&self, error: &Error, tries: u32) -> bool {
        let clock = &self.0.runs.engine.transport.clock;
        let began = clock.now();
        let backoff = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(tries - 1)).min(LONGEST_WAIT);
        // Not all reporters return at once when Port does.
        let backoff = backoff.mul_f64(0.5 + retry::random() / 2.0);
        loop {
            let left = self.left().unwrap_or(Duration::MAX);
            let wait = error.retry_after().map_or(backoff.min(left / 2), |hint| hint.min(LONGEST_HINT));
            let rest = wait.saturating_sub(clock.now().saturating_duration_since(began));
            if left <= rest.max(LEAST_TIME) {
                return false;
            }
            if rest.is_zero() {
                return true;
            }
            // The end of the handler brings a deadline, which may come first.
            if let Either::Left(_) = select(clock.sleep(rest), pin!(self.0.ended.notified())).await {
                return true;
            }
        }
    }

    /// The time left, once the handler has ended.
    fn left(&self) -> Option<Duration> {
        let by = self.0.state().end.as_ref()?.by?;
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
            state.is_over = true;
            let why = state.closed.get_or_insert_with(|| NO_RUNTIME.to_owned()).clone();
            state.log_rest(&why);
            state.report = state.so_far();
            state.in_flight.clear();
            state.queue.clear();
            state.in_doubt = false;
            state.report.clone()
        };
        self.0.runs.reporters.close(&self.0, report);
        self.0.done.send_replace(true);
    }
}

fn log_lines<'a>(run_id: &str, lines: impl IntoIterator<Item = &'a mut Line>, in_doubt: bool, why: &str) {
    let fate = if in_doubt { "may not have been reported" } else { "not reported" };
    for line in lines {
        if !mem::replace(&mut line.is_logged, true) {
            let (level, line) = (line.level.as_str(), &line.text);
            tracing::warn!(target: UNREPORTED, run_id, level, line, "log line of a run {fate}: {why}");
        }
    }
}

/// The largest boundary of a character at or before an index.
fn floor(text: &str, index: usize) -> usize {
    (0..=index).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// A text in pieces that fit a message; an empty text is one piece.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let (piece, more) = text.split_at(floor(text, MAX_MESSAGE.min(text.len())));
        rest = Some(more).filter(|more| !more.is_empty());
        Some(piece)
    })
}
