//! Reports the attempts and waits of a call to `tracing` and to an [`Observer`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use port_webhooks_api::Call;
use port_webhooks_api::exchange::{self, Response};
use tracing::{Span, field};
use url::Url;

use crate::clock::Clock;
use crate::error::{self, Error, ErrorKind, Failure, Outcome};
use crate::rate_limit::RateLimit;

/// Is called for each attempt and each wait, for metrics. By default the methods do nothing. They run on the task of
/// the call, or of the token request, so they must not block.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::sync::Arc;
/// use port_webhooks::{types::{Attempt, Observer, Waiting}, Client};
///
/// #[derive(Default)]
/// struct Metrics {
///     attempts: AtomicU64,
///     waited_milliseconds: AtomicU64,
/// }
///
/// impl Observer for Metrics {
///     fn attempted(&self, attempt: &Attempt<'_>) {
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
#[doc(alias("metrics", "hook", "middleware"))]
pub trait Observer: Send + Sync + 'static {
    /// An attempt ended, with or without a response. Token requests are attempts, too.
    fn attempted(&self, attempt: &Attempt<'_>) {
        let _ = attempt;
    }

    /// An attempt failed, and is retried after a wait.
    fn waiting(&self, wait: &Waiting<'_>) {
        let _ = wait;
    }
}

impl<O: Observer> Observer for Arc<O> {
    fn attempted(&self, attempt: &Attempt<'_>) {
        (**self).attempted(attempt);
    }

    fn waiting(&self, wait: &Waiting<'_>) {
        (**self).waiting(wait);
    }
}

/// An attempt that ended. It contains no secret.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The operation, as the contract names it: `get_webhook`, or `create_access_token`. `raw_request` for one of
    /// [`Client::request`](crate::Client::request).
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

/// The span of a call, with OpenTelemetry's names where there are any.
pub(crate) fn span<T>(call: &Call<T>, base_url: &Url) -> Span {
    // Evaluated only where the span is recorded: the identifier may have to be read from the body.
    let identifier = |of_run: bool| {
        let identifier = call.identifier().filter(|_| call.template.contains("run_id}") == of_run);
        identifier.map(|identifier| error::shorten(&identifier).to_owned())
    };
    tracing::info_span!(
        "port_webhooks.call",
        otel.name = format_args!("{} {}", call.method, call.template),
        otel.kind = "client",
        otel.status_code = field::Empty,
        http.request.method = %call.method,
        url.template = &*call.template,
        // Without a query, which may contain secrets.
        url.full = exchange::url(base_url, call).ok().as_ref().map(Url::as_str),
        server.address = base_url.host_str(),
        server.port = base_url.port_or_known_default(),
        port.operation = call.operation,
        port.webhook = identifier(false),
        port.run = identifier(true),
        http.response.status_code = field::Empty,
        http.request.resend_count = field::Empty,
        port.trace_id = field::Empty,
        error.r#type = field::Empty,
    )
}

/// Reports to `tracing` and to the observer of a client, if there is one.
pub(crate) struct Reporter {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
}

impl Reporter {
    /// Reports an attempt, and returns the status of its response. `result` has the response, unless the token came
    /// from a provider, or what went wrong. The span is a parameter, since the current one is the caller's when ours is
    /// filtered out.
    pub(crate) fn attempt(
        &self,
        span: &Span,
        operation: &'static str,
        attempt: u32,
        began: Instant,
        result: Result<Option<&Response>, &Failure>,
    ) -> Option<StatusCode> {
        let (response, failure) = match result {
            Ok(response) => (response, None),
            Err(failure) => (None, Some(failure)),
        };
        let status =
            failure.map_or_else(|| response.map(|response| response.status), |failure| failure.status);
        if self.observer.is_none() && !tracing::enabled!(tracing::Level::DEBUG) {
            return status;
        }
        let attempt = Attempt {
            operation,
            attempt,
            elapsed: self.clock.now().saturating_duration_since(began),
            status,
            error: failure.map(|failure| failure.kind),
            outcome: failure.map(|failure| failure.outcome),
            trace_id: failure.and_then(|failure| failure.trace_id.as_deref()),
            rate_limit: failure.map_or_else(
                || response.and_then(|response| RateLimit::read(&response.headers, &*self.clock)),
                |failure| failure.rate_limit,
            ),
        };
        tracing::debug!(
            parent: span,
            attempt = attempt.attempt,
            status = status.map(|status| status.as_u16()),
            error = attempt.error.map(field::debug),
            outcome = attempt.outcome.map(field::debug),
            elapsed = attempt.elapsed.as_secs_f64(),
            remaining = attempt.rate_limit.and_then(|limit| limit.remaining),
            "attempt finished",
        );
        if let Some(observer) = &self.observer {
            observer.attempted(&attempt);
        }
        status
    }

    /// Reports a wait before a retry.
    pub(crate) fn wait(
        &self,
        span: &Span,
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
        if let Some(observer) = &self.observer {
            let (hint, reason) = (failure.retry_after, failure.kind);
            observer.waiting(&Waiting { operation, attempt, wait, hint, reason, why: &failure.what });
        }
    }
}

/// Records in a span how often its call was sent, and the status of the last attempt.
pub(crate) fn end(span: &Span, status: Option<StatusCode>, attempts: u32) {
    span.record("http.response.status_code", status.map(|status| status.as_u16()));
    if attempts > 1 {
        span.record("http.request.resend_count", attempts - 1);
    }
}

/// Records in a span what went wrong.
pub(crate) fn record_error(span: &Span, error: &Error) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", field::debug(error.kind()));
    span.record("port.trace_id", error.trace_id());
}
