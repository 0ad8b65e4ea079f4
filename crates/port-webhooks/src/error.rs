//! Why a call failed, and whether it was carried out.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use port_webhooks_api::{Call, exchange};

use crate::rate_limit::RateLimit;

/// What went wrong. Match on it to decide what to do.
///
/// ```
/// use port_webhooks::{Error, ErrorKind};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::NotFound => "create it first",
///         ErrorKind::Conflict => "choose another identifier",
///         ErrorKind::Authentication | ErrorKind::Permission => "check the credentials and their role",
///         _ if error.is_retryable() => "try again later",
///         _ => "report the trace id to Port",
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Port rejected the credentials or the token (401), or a token provider refused one.
    Authentication,
    /// The token is valid, but its role, or a list of allowed addresses, does not permit this (403).
    Permission,
    /// There is no such webhook or run (404).
    NotFound,
    /// The identifier is taken, or a run does not wait for approval (409).
    Conflict,
    /// The run has ended, so Port accepts no more reports on it (409).
    RunEnded,
    /// Port rejected a value in the request, such as a URL, an event or a page number (400, 422).
    Validation,
    /// The request is larger than what Port accepts: 1 MiB, or 512 KiB for an event of a data source (413, or found
    /// before sending).
    PayloadTooLarge,
    /// Too many requests (429). [`Error::retry_after`] says how long to wait, if Port did.
    RateLimited,
    /// Port, or a proxy in front of it, failed (5xx, 408), or a token provider is unavailable.
    Server,
    /// No response, or not all of it, arrived in time.
    Timeout,
    /// No connection could be made; nothing was sent.
    Connect,
    /// The connection broke.
    Transport,
    /// The response is a success whose body cannot be read.
    Decode,
    /// The response is a redirect (3xx), which is never followed.
    Redirect,
    /// A setting or an argument is invalid; nothing was sent.
    Configuration,
    /// The response is a success that says `"ok": false`.
    NotOk,
    /// Any other failure that Port reported.
    Other,
}

/// Whether a call that failed was carried out.
///
/// ```
/// use port_webhooks::{Error, Outcome};
///
/// /// Whether a job has to look at Port before it writes again.
/// fn has_to_read_first(error: &Error) -> bool {
///     error.outcome() == Outcome::Unknown
/// }
/// ```
#[doc(alias = "idempotency")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing reached Port.
    NotSent,
    /// Nothing changed at Port: it rejected the request, or the call only reads.
    NotApplied,
    /// The request may have been applied. Read the webhook first, or call again if [`Error::is_retryable`] says so.
    /// A create can find out by itself ([`Request::reconcile`](crate::Request::reconcile)).
    Unknown,
    /// The request was applied; only its response was lost.
    Applied,
}

/// Why a call failed.
///
/// [`kind`](Error::kind) says what went wrong, [`outcome`](Error::outcome) whether the call was carried out. `Display`
/// has both in one line, without the [`source`](std::error::Error::source). None of them contains a secret.
///
/// ```
/// use port_webhooks::{Error, ErrorKind, Outcome};
///
/// fn next(error: &Error) -> &'static str {
///     match (error.kind(), error.outcome()) {
///         (ErrorKind::NotFound, _) => "create it",
///         (_, Outcome::Applied) => "go on",
///         _ if error.is_retryable() => "call again later",
///         (_, Outcome::Unknown) => "read it first",
///         _ => "give up",
///     }
/// }
/// # let error = port_webhooks::Client::builder().build().unwrap_err();
/// # assert_eq!(next(&error), "give up");
/// ```
#[doc(alias("exception", "PortApiError"))]
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    failure: Failure,
    call: Option<CallInfo>,
    attempts: u32,
}

/// The call that an error belongs to.
#[derive(Clone, Debug)]
pub(crate) struct CallInfo {
    /// Such as `create_webhook`.
    pub(crate) operation: &'static str,
    /// Such as `create webhook "a"`.
    pub(crate) doing: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) identifier: Option<String>,
    /// Whether two requests leave the same state as one.
    pub(crate) idempotent: bool,
}

impl CallInfo {
    pub(crate) fn new<T>(call: &Call<T>) -> Self {
        let identifier = call.identifier();
        let path = exchange::path(call);
        let doing = match &identifier {
            None if call.verb.is_empty() => format!("{} {}", call.method, shorten(&path)),
            None => call.verb.to_owned(),
            Some(text) => format!("{} {:?}", call.verb, shorten(text)),
        };
        Self {
            operation: call.operation,
            doing,
            method: call.method.clone(),
            path,
            identifier: identifier.map(Cow::into_owned),
            idempotent: call.idempotent,
        }
    }
}

/// The beginning of an identifier or a path, for messages: a rejected one can have any length.
pub(crate) fn shorten(text: &str) -> &str {
    const LONGEST: usize = 100;
    text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end])
}

/// What went wrong, without the call that it belongs to.
#[derive(Clone, Debug)]
pub struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) outcome: Outcome,
    /// What happened, for a person.
    pub(crate) what: String,
    pub(crate) status: Option<StatusCode>,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) trace_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) rate_limit: Option<RateLimit>,
    /// Whether the cause may be temporary.
    pub(crate) transient: bool,
    /// Whether servers answer like this when a page is past the end of the list.
    pub(crate) may_be_past_the_end: bool,
    /// Whether Port itself says that there is no such webhook.
    pub(crate) is_missing: bool,
    pub(crate) source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Failure {
    pub(crate) fn new(kind: ErrorKind, outcome: Outcome, what: impl Into<String>) -> Self {
        Self {
            kind,
            outcome,
            what: what.into(),
            status: None,
            code: None,
            message: None,
            trace_id: None,
            retry_after: None,
            rate_limit: None,
            transient: false,
            may_be_past_the_end: false,
            is_missing: false,
            source: None,
        }
    }

    pub(crate) fn configuration(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, Outcome::NotSent, what)
    }

    pub(crate) fn caused_by(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    pub(crate) fn transient(mut self) -> Self {
        self.transient = true;
        self
    }

    /// The same failure, of a call of which another request may have been applied.
    pub(crate) fn in_doubt(mut self) -> Self {
        if matches!(self.outcome, Outcome::NotSent | Outcome::NotApplied) {
            self.outcome = Outcome::Unknown;
        }
        self
    }

    pub(crate) fn maybe_past_the_end(mut self) -> Self {
        self.may_be_past_the_end = true;
        self
    }

    /// Whether a retry may help, and is safe.
    pub(crate) fn is_retryable(&self, idempotent: bool) -> bool {
        self.transient
            && match self.outcome {
                Outcome::NotSent | Outcome::NotApplied => true,
                Outcome::Unknown => idempotent,
                Outcome::Applied => false,
            }
    }
}

impl Error {
    pub(crate) fn of_call(failure: Failure, call: CallInfo, attempts: u32) -> Self {
        Self(Arc::new(Inner { failure, call: Some(call), attempts }))
    }

    /// Whether servers answer like this when a page is past the end of the list.
    pub(crate) fn may_be_past_the_end(&self) -> bool {
        self.0.failure.may_be_past_the_end
    }

    /// The same error, of a call that made `more` attempts before.
    pub(crate) fn after(self, more: u32) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.attempts = inner.attempts.saturating_add(more);
        Self(Arc::new(inner))
    }

    /// The same error, of a call of which another request may have been applied.
    pub(crate) fn in_doubt(self) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.failure = inner.failure.in_doubt();
        Self(Arc::new(inner))
    }

    /// An error that belongs to no call.
    pub(crate) fn without_call(failure: Failure) -> Self {
        Self(Arc::new(Inner { failure, call: None, attempts: 0 }))
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.failure.kind
    }

    /// Whether Port says that there is no such webhook or run. The kind is [`NotFound`](ErrorKind::NotFound) then; but not every
    /// 404 says so: one of a proxy, or at a wrong base URL, does not.
    pub fn is_not_found(&self) -> bool {
        self.0.failure.is_missing
    }

    /// What happened, without the call and the response.
    pub(crate) fn what(&self) -> &str {
        &self.0.failure.what
    }

    /// Whether the call was carried out.
    pub fn outcome(&self) -> Outcome {
        self.0.failure.outcome
    }

    /// The status of the last response, if there was one. When no token could be obtained, this and the other parts of
    /// a response are those of the token request.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.failure.status.or_else(|| self.of_token()?.status())
    }

    /// Port's error code (`error` in the response body), such as `not_found`.
    pub fn code(&self) -> Option<&str> {
        self.0.failure.code.as_deref().or_else(|| self.of_token()?.code())
    }

    /// Port's message (`message` in the response body), or the beginning of a body that is not JSON: one line of at
    /// most 300 characters. A text that repeats a secret of the request is withheld.
    pub fn message(&self) -> Option<&str> {
        self.0.failure.message.as_deref().or_else(|| self.of_token()?.message())
    }

    /// The method of the request.
    pub fn method(&self) -> Option<&Method> {
        self.0.call.as_ref().map(|call| &call.method)
    }

    /// The path of the request, without the query.
    pub fn path(&self) -> Option<&str> {
        self.0.call.as_ref().map(|call| call.path.as_str())
    }

    /// The identifier of the webhook, if the call concerns one.
    pub fn identifier(&self) -> Option<&str> {
        self.0.call.as_ref()?.identifier.as_deref()
    }

    /// The operation, as the contract names it, such as `create_webhook`, or `raw_request` for one of
    /// [`Client::request`](crate::Client::request). `None` when a client could not be built.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.call.as_ref().map(|call| call.operation)
    }

    /// The id of the request in Port's logs (`X-Trace-Id`), for Port's support.
    pub fn trace_id(&self) -> Option<&str> {
        self.0.failure.trace_id.as_deref().or_else(|| self.of_token()?.trace_id())
    }

    /// How long Port asks to wait before the next request, if it does.
    #[doc(alias = "retry-after")]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.failure.retry_after
    }

    /// The rate limit, if the response reports one.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.0.failure.rate_limit.or_else(|| self.of_token()?.rate_limit())
    }

    /// How many attempts the call made, including those that could not connect. Token requests do not count.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether to make the same call again later: the cause may be temporary, and the request is not applied twice.
    pub fn is_retryable(&self) -> bool {
        self.0.failure.is_retryable(self.is_idempotent())
    }

    fn is_idempotent(&self) -> bool {
        self.0.call.as_ref().is_some_and(|call| call.idempotent)
    }

    fn concerns_a_run(&self) -> bool {
        self.operation().is_some_and(|operation| operation.contains("_run"))
    }

    /// The error of the token request, if that is why the call failed; it has the response. A source of the same
    /// operation is another thing: the create whose response was lost, when reconciling found another webhook.
    fn of_token(&self) -> Option<&Self> {
        let cause: &Self = self.0.failure.source.as_deref()?.downcast_ref()?;
        (cause.operation() != self.operation()).then_some(cause)
    }

    /// What the caller can do, for the end of a message.
    fn advice(&self) -> Option<&'static str> {
        if self.operation() == Some("send_event") {
            return self.advice_on_an_event();
        }
        match (self.outcome(), self.kind()) {
            (Outcome::Unknown, ErrorKind::RunEnded) => {
                Some("an earlier attempt may have ended it: read the run")
            }
            (Outcome::Unknown, _) if self.is_idempotent() => {
                Some("it may have been applied; a retry is safe")
            }
            // Only reconciling returns this, after it has read the webhook.
            (Outcome::Unknown, ErrorKind::Conflict) => None,
            (Outcome::Unknown, _) if self.identifier().is_none() || self.concerns_a_run() => {
                Some("it may have been applied: find that out before you retry")
            }
            (Outcome::Unknown, _) => Some("it may have been applied: read the webhook before you retry"),
            (Outcome::Applied, _) => Some("it was applied; only the response was lost"),
            // Not for a token provider, whose errors belong to no operation: its credentials are not those of the client.
            (_, ErrorKind::Authentication) if self.of_token().is_none() && self.operation().is_some() => {
                Some("check the client id and secret, or the token")
            }
            (_, ErrorKind::Permission) if self.operation() == Some("list_webhooks") => Some(
                "a list of webhooks needs the role moderator or admin; members can read their `metadata`. \
                 Check the role of these credentials, and the list of allowed addresses",
            ),
            (_, ErrorKind::Permission) => {
                Some("check the role of these credentials, and the list of allowed addresses")
            }
            (_, ErrorKind::Redirect) => Some("check the base URL"),
            _ => None,
        }
    }

    fn advice_on_an_event(&self) -> Option<&'static str> {
        match (self.outcome(), self.kind()) {
            (Outcome::Unknown, _) if self.is_idempotent() => {
                Some("it may have been accepted; sending it again is safe")
            }
            (Outcome::Unknown, _) => Some(
                "it may have been accepted; sending it again is safe only if `requestIdentifierPath` of the data \
                 source recognizes it",
            ),
            (_, ErrorKind::NotFound | ErrorKind::Redirect) => Some("check the URL of the data source"),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { failure, call, attempts } = &*self.0;
        match call {
            Some(call) => write!(formatter, "cannot {}: {}", call.doing, failure.what)?,
            None => formatter.write_str(&failure.what)?,
        }
        for said in [&failure.code, &failure.message].into_iter().flatten() {
            write!(formatter, ": {said}")?;
        }
        if let Some(advice) = self.advice() {
            write!(formatter, "; {advice}")?;
        }
        if let Some(hint) = failure.retry_after {
            write!(formatter, "; wait {} s", hint.as_secs_f64().ceil())?;
        }
        if let Some(call) = call {
            write!(formatter, " [{} {}", call.method, shorten(&call.path))?;
            if *attempts > 1 {
                write!(formatter, ", {attempts} attempts")?;
            }
            if let Some(trace_id) = &failure.trace_id {
                write!(formatter, ", trace id {trace_id}")?;
            }
            formatter.write_str("]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { failure, call, attempts } = &*self.0;
        formatter
            .debug_struct("Error")
            .field("kind", &failure.kind)
            .field("outcome", &failure.outcome)
            .field("what", &failure.what)
            .field("status", &failure.status)
            .field("code", &failure.code)
            .field("message", &failure.message)
            .field("operation", &call.as_ref().map(|call| call.operation))
            .field("path", &call.as_ref().map(|call| &call.path))
            .field("attempts", attempts)
            .field("trace_id", &failure.trace_id)
            .field("retry_after", &failure.retry_after)
            .field("source", &failure.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.failure.source.as_deref().map(|source| source as _)
    }
}
