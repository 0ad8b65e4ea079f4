//! Reports the attempts and waits of a call to `tracing` and to an [`Observer`].

use std::time::{Duration, Instant};

use http::StatusCode;
use port_webhooks_api::Answer;
use tracing::{Span, field};

use crate::client::Transport;
use crate::error::{Error, ErrorKind, Failure, Outcome};
use crate::rate_limit::RateLimit;

/// Is called for each attempt and each wait, for metrics. By default the methods do nothing. They run on the task of
/// the call, or of the token request, so they must not block.
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
    /// An attempt ended, with or without a response. Token requests are attempts, too.
    fn attempted(&self, attempt: &Attempted<'_>) {
        let _ = attempt;
    }

    /// An attempt failed, and is retried after a wait.
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

/// An attempt that ended. It contains no secret.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attempted<'a> {
    /// The operation, as the contract names it: `get_webhook`, or `create_access_token`.
    pub operation: &'static str,
    /// The number of the attempt within its call, from 1.
    pub attempt: u32,
    /// How long it took, to the end of the response body, by the client's clock.
    pub elapsed: Duration,
    /// The status, if there was a response.
    pub status: Option<StatusCode>,
    /// What went wrong, if it failed.
    pub error: Option<ErrorKind>,
    /// Whether the request was carried out, if it failed.
    pub outcome: Option<Outcome>,
    /// The id of the request in Port's logs (`X-Trace-Id`), if it failed.
    pub trace_id: Option<&'a str>,
    /// The rate limit, if the response reports one.
    pub rate_limit: Option<RateLimit>,
}

/// A wait before a retry. It contains no secret.
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
    /// What went wrong with the attempt.
    pub reason: ErrorKind,
    /// The same as text.
    pub why: &'a str,
}

/// One request and its response, or why there is none.
pub(crate) struct Exchange<'a> {
    pub(crate) operation: &'static str,
    pub(crate) attempt: u32,
    pub(crate) began: Instant,
    /// The response, unless the token came from a provider, or what went wrong.
    pub(crate) result: Result<Option<&'a Answer>, &'a Failure>,
}

/// Reports an exchange, and returns the status of its response. The span is a parameter, since the current one is the
/// caller's when ours is filtered out.
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

/// Reports a wait before a retry.
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

/// Records in a span how its call ended. The status is that of the last attempt.
pub(crate) fn end(span: &Span, status: Option<StatusCode>, attempts: u32, error: Option<&Error>) {
    span.record("http.response.status_code", status.map(|status| status.as_u16()));
    if attempts > 1 {
        span.record("http.request.resend_count", attempts - 1);
    }
    if let Some(error) = error {
        self::error(span, error);
    }
}

/// Records in a span what went wrong.
pub(crate) fn error(span: &Span, error: &Error) {
    span.record("error.type", field::debug(error.kind()));
    span.record("port.trace_id", error.trace_id());
}
