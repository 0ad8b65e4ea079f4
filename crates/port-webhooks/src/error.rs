//! What went wrong with a call, and what it means for what the call wanted.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};

use crate::identifier;
use crate::rate_limit::RateLimit;

/// What went wrong, coarsely. Match on it to decide what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Port does not take the credentials or the token (401).
    Authentication,
    /// The token is good and may not do this: a role, an address (403).
    Permission,
    /// There is no such webhook (404).
    NotFound,
    /// The identifier is taken (409).
    Conflict,
    /// Port refuses what the request holds: a URL, an event, headers, a secret (400, 422).
    Validation,
    /// The request is larger than the 1 MiB that Port takes (413, or found out before sending).
    PayloadTooLarge,
    /// Too many requests (429). [`Error::retry_after`] has the hint, if Port gave one.
    RateLimited,
    /// Port, or something in front of it, failed (5xx, 408).
    Server,
    /// Time was over before the answer was there.
    Timeout,
    /// No connection could be made; nothing was sent.
    Connect,
    /// The connection broke.
    Transport,
    /// A success came whose body can't be read.
    Decode,
    /// Port, or something in front of it, answered with a redirect, which is never followed.
    Redirect,
    /// A setting or an argument is wrong; nothing was sent.
    Configuration,
    /// Anything else that Port refuses.
    Api,
}

/// What an error means for what the call wanted to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing reached Port.
    NotSent,
    /// Nothing changed at Port: it said no, or the call only reads.
    Refused,
    /// The request may have been applied. Read first, or, if [`Error::is_retryable`] says so, send it again. A create can
    /// do that itself ([`Request::reconcile`](crate::Request::reconcile)).
    Unknown,
    /// The request was applied; only its answer was lost.
    Applied,
}

/// Why a call failed.
///
/// [`kind`](Error::kind) says what went wrong, [`outcome`](Error::outcome) what it means for what
/// the call wanted to do. Display tells a person both, in one line, without its
/// [`source`](std::error::Error::source). No secret is in any of them.
///
/// ```
/// use port_webhooks::{Error, ErrorKind, Outcome};
///
/// fn next(error: &Error) -> &'static str {
///     match (error.kind(), error.outcome()) {
///         (ErrorKind::NotFound, _) => "create it",
///         (_, Outcome::Unknown) => "look before it is done again",
///         (_, Outcome::Applied) => "go on",
///         _ if error.is_retryable() => "try again later",
///         _ => "give up",
///     }
/// }
/// # let error = port_webhooks::Client::builder().build().unwrap_err();
/// # assert_eq!(next(&error), "give up");
/// ```
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
    /// Whether sending it twice leaves the same state as sending it once.
    pub(crate) idempotent: bool,
}

/// What went wrong, apart from where.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
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
    /// Whether the same may well succeed another time.
    pub(crate) transient: bool,
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

    /// Whether sending it again may help, and can do no harm.
    pub(crate) fn is_retryable(&self, idempotent: bool) -> bool {
        self.transient
            && match self.outcome {
                Outcome::NotSent | Outcome::Refused => true,
                Outcome::Unknown => idempotent,
                Outcome::Applied => false,
            }
    }
}

impl Error {
    pub(crate) fn of_call(failure: Failure, call: CallInfo, attempts: u32) -> Self {
        Self(Arc::new(Inner { failure, call: Some(call), attempts }))
    }

    /// The same error of a call that sent so many requests more.
    pub(crate) fn after(self, more: u32) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.attempts = inner.attempts.saturating_add(more);
        Self(Arc::new(inner))
    }

    /// The same error of a call of which another request may have been carried out.
    pub(crate) fn in_doubt(self) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        if matches!(inner.failure.outcome, Outcome::NotSent | Outcome::Refused) {
            inner.failure.outcome = Outcome::Unknown;
        }
        Self(Arc::new(inner))
    }

    /// An error that belongs to no call.
    pub(crate) fn without_call(failure: Failure) -> Self {
        Self(Arc::new(Inner { failure, call: None, attempts: 0 }))
    }

    /// What went wrong, coarsely.
    pub fn kind(&self) -> ErrorKind {
        self.0.failure.kind
    }

    /// What it means for what the call wanted to do.
    pub fn outcome(&self) -> Outcome {
        self.0.failure.outcome
    }

    /// The status of the answer, if one came; of the answer to the request for a token, when that is
    /// why the call failed.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.failure.status.or_else(|| self.of_token()?.status())
    }

    /// Port's code of the error (`error` in its body), if it gave one.
    pub fn code(&self) -> Option<&str> {
        self.0.failure.code.as_deref().or_else(|| self.of_token()?.code())
    }

    /// Port's words (`message` in its body), at most 300 characters. Of a body that is not JSON, its beginning.
    pub fn message(&self) -> Option<&str> {
        self.0.failure.message.as_deref().or_else(|| self.of_token()?.message())
    }

    /// The method of the request.
    pub fn method(&self) -> Option<&Method> {
        self.0.call.as_ref().map(|call| &call.method)
    }

    /// The path of the request, without its query.
    pub fn path(&self) -> Option<&str> {
        self.0.call.as_ref().map(|call| call.path.as_str())
    }

    /// The identifier of the webhook that the call was about, if it was about one.
    pub fn identifier(&self) -> Option<&str> {
        self.0.call.as_ref()?.identifier.as_deref()
    }

    /// The operation, as the contract names it, such as `create_webhook`. None for the
    /// configuration of a client.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.call.as_ref().map(|call| call.operation)
    }

    /// What names the request in Port's own logs (`X-Trace-Id`). Worth giving to Port's support.
    pub fn trace_id(&self) -> Option<&str> {
        self.0.failure.trace_id.as_deref().or_else(|| self.of_token()?.trace_id())
    }

    /// How long Port asks to wait before another request, if it does.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.failure.retry_after
    }

    /// What the answer says of the rate limit, if anything.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.0.failure.rate_limit.or_else(|| self.of_token()?.rate_limit())
    }

    /// How many requests of this call were sent, or tried to be.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the same call is worth making again, after a wait: the fault may pass, and a second
    /// request can't do what the first one did already.
    pub fn is_retryable(&self) -> bool {
        self.0.failure.is_retryable(self.is_idempotent())
    }

    fn is_idempotent(&self) -> bool {
        self.0.call.as_ref().is_some_and(|call| call.idempotent)
    }

    /// The error of the request for a token, when that is why the call failed. What Port said is there. An error of the
    /// same operation is the cause of another kind: a create whose answer was lost.
    fn of_token(&self) -> Option<&Self> {
        let cause: &Self = self.0.failure.source.as_deref()?.downcast_ref()?;
        (cause.operation() != self.operation()).then_some(cause)
    }

    /// What the caller can do, where there is something to say.
    fn advice(&self) -> Option<&'static str> {
        match (self.outcome(), self.kind()) {
            (Outcome::Unknown, _) if self.is_idempotent() => {
                Some("it may have been applied; a retry is safe")
            }
            // Reconciling has read it already.
            (Outcome::Unknown, ErrorKind::Conflict) => None,
            (Outcome::Unknown, _) => Some("it may have been applied: read the webhook before you retry"),
            (Outcome::Applied, _) => Some("it was applied; only the response was lost"),
            // A token provider, whose errors belong to no operation, has credentials of its own.
            (_, ErrorKind::Authentication) if self.of_token().is_none() && self.operation().is_some() => {
                Some("check the client id and secret, or the token")
            }
            (_, ErrorKind::Permission) => {
                Some("check the role of these credentials, and the list of allowed addresses")
            }
            (_, ErrorKind::Redirect) => Some("check the base URL"),
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
            write!(formatter, " [{} {}", call.method, identifier::shorten(&call.path))?;
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
