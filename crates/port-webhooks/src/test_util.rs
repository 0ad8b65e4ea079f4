//! For tests of code that uses the client: errors of any kind, and a clock that the test moves. Feature `test-util`.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use http::StatusCode;
pub use port_webhooks_api::operations;
use port_webhooks_api::{Call, ExtraFields, Webhook};
use tokio::sync::Notify;

use crate::clock::{Clock, SystemClock, within};
use crate::error::{CallInfo, Error, ErrorKind, Failure, Outcome};
use crate::list::Page;
use crate::rate_limit::RateLimit;

/// A clock for tests: it stands still until [`advance`](Self::advance) moves it, and a wait of the client moves it by
/// the length of the wait and ends at once. Clones are the same clock.
///
/// It begins on Monday 2024-01-15 at 10:30:00 UTC. Time limits, such as that of an attempt, are real timers, unless
/// [`end_limits`](Self::end_limits) ends them: a response on its way does not arrive sooner when the clock moves.
///
/// ```
/// use std::time::Duration;
/// use fake_port::{FakePort, Fault, Hint, Route};
/// use port_webhooks::Client;
/// use port_webhooks::test_util::ManualClock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = ManualClock::new();
/// let fake = FakePort::builder().clock(clock.wall_clock()).start().await?;
/// let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
/// let port = port.base_url(fake.uri()).clock(clock.clone()).build()?;
///
/// fake.inject(Fault::rate_limited(Hint::Seconds(20)).on([Route::Get]));
/// assert!(port.webhooks().get("audit").optional().await?.is_none());
/// assert!(clock.waits()[0] >= Duration::from_secs(20));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    start: Instant,
    state: Arc<Mutex<State>>,
    limits: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    passed: Duration,
    waits: Vec<Duration>,
}

impl ManualClock {
    /// A clock that stands at its beginning.
    pub fn new() -> Self {
        // Any instant will do.
        Self { start: SystemClock.now(), state: Arc::default(), limits: Arc::default() }
    }

    /// Moves the clock forward. In all, it moves at most a century.
    pub fn advance(&self, by: Duration) {
        const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
        let mut state = self.state();
        state.passed = state.passed.saturating_add(by).min(CENTURY);
    }

    /// The time since the beginning.
    pub fn passed(&self) -> Duration {
        self.state().passed
    }

    /// The waits before retries so far, the oldest first.
    pub fn waits(&self) -> Vec<Duration> {
        self.state().waits.clone()
    }

    /// Ends every time limit that has begun, as if its time were over: of attempts, of token providers, of waiting for a
    /// token.
    pub fn end_limits(&self) {
        self.limits.notify_waiters();
    }

    /// Its wall-clock time as a function, for the `clock` of a fake's builder.
    pub fn wall_clock(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let clock = self.clone();
        move || clock.wall()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.start + self.passed()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_705_314_600) + self.passed()
    }

    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.state().waits.push(wait);
        self.advance(wait);
        // The caller may be dropped here, as in a real wait.
        Box::pin(tokio::task::yield_now())
    }

    fn timeout(&self, limit: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let ended = Arc::clone(&self.limits).notified_owned();
        let mut limit = SystemClock.timeout(limit);
        Box::pin(async move {
            within(&mut limit, ended).await;
        })
    }
}

/// Makes an [`Error`], for tests of code that handles one. [`Error::for_tests`] begins it.
#[derive(Clone, Debug)]
#[must_use = "`build` makes the error"]
pub struct ErrorBuilder {
    failure: Failure,
    call: CallInfo,
    attempts: u32,
}

impl Error {
    /// Begins an error of any kind and outcome, of one attempt to get the webhook `test`. Whatever a response of this
    /// kind usually has, such as the status 404 of [`NotFound`](ErrorKind::NotFound), is set already.
    ///
    /// ```
    /// use std::time::Duration;
    /// use port_webhooks::test_util::operations;
    /// use port_webhooks::{Error, ErrorKind, NewWebhook, Outcome};
    ///
    /// let new = NewWebhook::subscription("audit", "https://audit.example.com");
    /// let error = Error::for_tests(ErrorKind::RateLimited, Outcome::NotApplied)
    ///     .call(&operations::create_webhook(&new))
    ///     .retry_after(Duration::from_secs(20))
    ///     .build();
    /// assert!(error.is_retryable());
    /// assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
    /// assert!(error.to_string().starts_with("cannot create webhook \"audit\": "));
    /// ```
    pub fn for_tests(kind: ErrorKind, outcome: Outcome) -> ErrorBuilder {
        let mut failure = Failure::new(kind, outcome, format!("a test made this error ({kind:?})"));
        failure.status = usual_status(kind);
        failure.is_missing = kind == ErrorKind::NotFound;
        failure.transient = matches!(
            kind,
            ErrorKind::RateLimited
                | ErrorKind::Server
                | ErrorKind::Timeout
                | ErrorKind::Connect
                | ErrorKind::Transport
        );
        let call = CallInfo::new(&operations::get_webhook("test"));
        ErrorBuilder { failure, call, attempts: 1 }
    }
}

fn usual_status(kind: ErrorKind) -> Option<StatusCode> {
    Some(match kind {
        ErrorKind::Authentication => StatusCode::UNAUTHORIZED,
        ErrorKind::Permission => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict | ErrorKind::RunEnded => StatusCode::CONFLICT,
        ErrorKind::Validation => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Server => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Redirect => StatusCode::FOUND,
        ErrorKind::Decode | ErrorKind::NotOk => StatusCode::OK,
        ErrorKind::Other => StatusCode::IM_A_TEAPOT,
        ErrorKind::Timeout | ErrorKind::Connect | ErrorKind::Transport | ErrorKind::Configuration => {
            return None;
        }
    })
}

impl ErrorBuilder {
    /// Sets [`Error::status`].
    pub fn status(mut self, status: impl Into<Option<StatusCode>>) -> Self {
        self.failure.status = status.into();
        self
    }

    /// Sets [`Error::code`].
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.failure.code = Some(code.into());
        self
    }

    /// Sets [`Error::message`].
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.failure.message = Some(message.into());
        self
    }

    /// Sets [`Error::trace_id`].
    pub fn trace_id(mut self, trace_id: impl Into<String>) -> Self {
        self.failure.trace_id = Some(trace_id.into());
        self
    }

    /// Sets [`Error::retry_after`].
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.failure.retry_after = Some(wait);
        self
    }

    /// Sets [`Error::rate_limit`]: the number of requests per period, how many are left, and the time until the next
    /// period.
    pub fn rate_limit(mut self, limit: u64, remaining: u64, reset: Duration) -> Self {
        let (limit, remaining, reset) = (Some(limit), Some(remaining), Some(reset));
        self.failure.rate_limit = Some(RateLimit { limit, period: None, remaining, reset });
        self
    }

    /// Sets [`Error::attempts`].
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the call that failed, of which the error has the operation, the method, the path, the identifier, and
    /// whether a retry is safe.
    pub fn call<T>(mut self, call: &Call<T>) -> Self {
        self.call = CallInfo::new(call);
        self
    }

    /// Sets [`Error::is_not_found`]. `false` is a 404 that Port did not send, such as one of a proxy.
    pub fn is_not_found(mut self, is_not_found: bool) -> Self {
        self.failure.is_missing = is_not_found;
        self
    }

    /// Sets whether the cause may be temporary. [`Error::is_retryable`] follows from it, from the outcome, and from the
    /// call.
    pub fn transient(mut self, transient: bool) -> Self {
        self.failure.transient = transient;
        self
    }

    /// Sets the source.
    pub fn source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.failure = self.failure.caused_by(source);
        self
    }

    /// The error.
    pub fn build(self) -> Error {
        Error::of_call(self.failure, self.call, self.attempts)
    }
}

impl Page {
    /// A page with these webhooks, for tests.
    pub fn for_tests(webhooks: impl IntoIterator<Item = Webhook>) -> Self {
        Self { webhooks: webhooks.into_iter().collect(), extra: ExtraFields::default() }
    }
}
