//! What a call does, told as it happens: to `tracing`, and to an [`Observer`] of the caller's.

use std::time::{Duration, Instant};

use http::StatusCode;
use port_webhooks_api::Answer;
use tracing::{Span, field};

use crate::client::Transport;
use crate::error::{Error, ErrorKind, Failure, Outcome};
use crate::rate_limit::RateLimit;

/// Is told of each attempt and of each wait, for metrics. All methods have a body that does nothing, and all are
/// called on the task of the call, or of the request for a token, so they must not block.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::sync::Arc;
/// use port_webhooks::{Attempted, Client, Observer, Waiting};
///
/// #[derive(Default)]
/// struct Metrics {
///     attempts: AtomicU64,
///     waited_milliseconds: AtomicU64,
/// }
///
/// impl Observer for Metrics {
///     fn attempted(&self, attempt: &Attempted<'_>) {
///         self.attempts.fetch_add(1, Ordering::Relaxed);
///         if let Some(remaining) = attempt.rate_limit.and_then(|limit| limit.remaining) {
///             println!("{remaining} requests are left after {}", attempt.operation);
///         }
///     }
///
///     fn waiting(&self, wait: &Waiting<'_>) {
///         let milliseconds = wait.wait.as_millis().try_into().unwrap_or(u64::MAX);
///         self.waited_milliseconds.fetch_add(milliseconds, Ordering::Relaxed);
///     }
/// }
///
/// let metrics = Arc::new(Metrics::default());
/// let port = Client::builder().access_token("token").observer(metrics.clone()).build()?;
/// # Ok::<(), port_webhooks::Error>(())
/// ```
pub trait Observer: Send + Sync + 'static {
    /// A request was sent and answered, or was not; also one for a token.
    fn attempted(&self, attempt: &Attempted<'_>) {
        let _ = attempt;
    }

    /// The same is going to be sent again after a wait.
    fn waiting(&self, wait: &Waiting<'_>) {
        let _ = wait;
    }
}

impl<O: Observer> Observer for std::sync::Arc<O> {
    fn attempted(&self, attempt: &Attempted<'_>) {
        (**self).attempted(attempt);
    }

    fn waiting(&self, wait: &Waiting<'_>) {
        (**self).waiting(wait);
    }
}

/// One request and its answer. Holds no secret.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attempted<'a> {
    /// The operation, as the contract names it: `get_webhook`, or `create_access_token`.
    pub operation: &'static str,
    /// The number of the attempt within its call, from 1.
    pub attempt: u32,
    /// How long it took, its body included, on the client's clock.
    pub elapsed: Duration,
    /// The status, if an answer came.
    pub status: Option<StatusCode>,
    /// What went wrong; nothing after a success.
    pub error: Option<ErrorKind>,
    /// What that means for what the call wanted to do.
    pub outcome: Option<Outcome>,
    /// Port's name of the request (`X-Trace-Id`), when it failed.
    pub trace_id: Option<&'a str>,
    /// What the answer says of the rate limit.
    pub rate_limit: Option<RateLimit>,
}

/// A wait before the same is sent again.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Waiting<'a> {
    /// The operation, as the contract names it.
    pub operation: &'static str,
    /// The number of the attempt that failed, from 1.
    pub attempt: u32,
    /// How long the wait is.
    pub wait: Duration,
    /// How long Port asked to wait, if it did.
    pub hint: Option<Duration>,
    /// Why: what went wrong with the attempt.
    pub reason: ErrorKind,
    /// The same for a person.
    pub why: &'a str,
}

/// One request and its answer, inside.
pub(crate) struct Exchange<'a> {
    pub(crate) operation: &'static str,
    pub(crate) attempt: u32,
    pub(crate) began: Instant,
    /// An answer that was taken, where there is one to look at, or what went wrong.
    pub(crate) result: Result<Option<&'a Answer>, &'a Failure>,
}

/// Tells of an exchange, and returns the status of its answer. The span is handed in: the current one is the caller's
/// own when ours is filtered out.
pub(crate) fn exchange(span: &Span, transport: &Transport, exchange: &Exchange<'_>) -> Option<StatusCode> {
    let (answer, failure) = match exchange.result {
        Ok(answer) => (answer, None),
        Err(failure) => (None, Some(failure)),
    };
    let status = failure.map_or_else(|| answer.map(|answer| answer.status), |failure| failure.status);
    if transport.observer.is_none() && !tracing::enabled!(tracing::Level::DEBUG) {
        return status;
    }
    let attempted = Attempted {
        operation: exchange.operation,
        attempt: exchange.attempt,
        elapsed: transport.clock.now().saturating_duration_since(exchange.began),
        status,
        error: failure.map(|failure| failure.kind),
        outcome: failure.map(|failure| failure.outcome),
        trace_id: failure.and_then(|failure| failure.trace_id.as_deref()),
        rate_limit: failure.map_or_else(
            || answer.and_then(|answer| RateLimit::read(&answer.headers, &*transport.clock)),
            |failure| failure.rate_limit,
        ),
    };
    tracing::debug!(
        parent: span,
        attempt = attempted.attempt,
        status = status.map(|status| status.as_u16()),
        error = attempted.error.map(field::debug),
        outcome = attempted.outcome.map(field::debug),
        elapsed = attempted.elapsed.as_secs_f64(),
        remaining = attempted.rate_limit.and_then(|limit| limit.remaining),
        "attempt finished",
    );
    if let Some(observer) = &transport.observer {
        observer.attempted(&attempted);
    }
    status
}

/// Tells of a wait before the same is sent again.
pub(crate) fn wait(
    span: &Span,
    transport: &Transport,
    operation: &'static str,
    attempt: u32,
    wait: Duration,
    failure: &Failure,
) {
    tracing::debug!(
        parent: span,
        attempt,
        wait = wait.as_secs_f64(),
        hint = failure.retry_after.map(|hint| hint.as_secs_f64()),
        reason = field::debug(failure.kind),
        "retrying after a delay",
    );
    if let Some(observer) = &transport.observer {
        let (hint, reason) = (failure.retry_after, failure.kind);
        observer.waiting(&Waiting { operation, attempt, wait, hint, reason, why: &failure.what });
    }
}

/// Notes on a span how a call ended: the status is that of its last attempt.
pub(crate) fn end(span: &Span, status: Option<StatusCode>, attempts: u32, error: Option<&Error>) {
    span.record("http.response.status_code", status.map(|status| status.as_u16()));
    if attempts > 1 {
        span.record("http.request.resend_count", attempts - 1);
    }
    if let Some(error) = error {
        self::error(span, error);
    }
}

/// Notes on a span what went wrong.
pub(crate) fn error(span: &Span, error: &Error) {
    span.record("error.type", field::debug(error.kind()));
    span.record("port.trace_id", error.trace_id());
}
