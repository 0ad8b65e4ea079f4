//! Access tokens: their sources, and the token that all clones of a client share.
//!
//! One task fetches it, however many callers wait, so that a caller who is cancelled cancels nothing else. Success and
//! failure are shared alike.

mod provider;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderValue, StatusCode};
use port_webhooks_api::exchange::Response;
use port_webhooks_api::{self as api, AccessTokenRequest, Call, Secret, operations};
use serde_json::Value;
use tokio::sync::watch;
use tracing::{Instrument as _, Span};

use crate::clock::{Limit, within};
use crate::error::{CallInfo, Error, ErrorKind, Failure, Outcome};

use super::exchange::{self, ExchangeOptions, Transport};
use super::observe;
use super::response::{ResponseReader, Success, Unusable, check_ok};
use super::retry::{self, Decision, Progress};

pub(crate) use provider::Provider;
pub use provider::{AccessToken, TokenError, TokenProvider};

/// The lifetime of a token whose response has none.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(60);
/// A longer lifetime counts as this.
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// A token is renewed this long before it expires, or a tenth of its lifetime, whichever is shorter.
const LONGEST_MARGIN: Duration = Duration::from_secs(5 * 60);
/// How long rejected credentials are not sent again, and how long a failed refresh is not repeated while the current
/// token is valid.
const FAILURE_MEMORY: Duration = Duration::from_secs(10);
/// How long any other failure is shared, so that callers one after another do not flood the source.
const SHORT_MEMORY: Duration = Duration::from_secs(1);

/// A token, ready to be sent. A time of `None` means never.
pub(crate) struct Token {
    bearer: HeaderValue,
    text: Secret,
    pub(crate) renew_at: Option<Instant>,
    pub(crate) expires_at: Option<Instant>,
}

impl Token {
    /// A token that does not expire, or why it cannot be sent.
    fn new(text: Secret) -> Result<Self, &'static str> {
        if let Some(flaw) = flaw(text.expose()) {
            return Err(flaw);
        }
        if text.expose().get(..7).is_some_and(|start| start.eq_ignore_ascii_case("Bearer ")) {
            return Err("begins with `Bearer `, which is not part of it");
        }
        let bearer = HeaderValue::from_str(&format!("Bearer {}", text.expose()));
        let mut bearer = bearer.map_err(|_| "contains characters that a header cannot hold")?;
        bearer.set_sensitive(true);
        Ok(Self { bearer, text, renew_at: None, expires_at: None })
    }

    /// A token whose lifetime starts when it was requested.
    fn expiring(token: AccessToken, requested_at: Instant) -> Result<Self, &'static str> {
        let lifetime = token.lifetime.filter(|lifetime| !lifetime.is_zero());
        let lifetime = lifetime.unwrap_or(DEFAULT_LIFETIME).min(LONGEST_LIFETIME);
        let margin = LONGEST_MARGIN.min(lifetime / 10);
        let renew_at = requested_at.checked_add(lifetime.saturating_sub(margin));
        let expires_at = requested_at.checked_add(lifetime);
        Ok(Self { renew_at, expires_at, ..Self::new(token.text)? })
    }

    pub(crate) fn bearer(&self) -> HeaderValue {
        self.bearer.clone()
    }

    /// The token alone.
    pub(crate) fn secret(&self) -> &str {
        self.text.expose()
    }
}

/// What copying has added to a credential, or left of it.
pub(crate) fn flaw(text: &str) -> Option<&'static str> {
    const BYTE_ORDER_MARK: char = '\u{feff}';
    if text.trim().is_empty() {
        Some("is empty")
    } else if text.contains(['\n', '\r']) {
        Some("contains a line break")
    } else if text.contains(BYTE_ORDER_MARK) {
        Some("contains a byte order mark")
    } else if text.contains(api::is_invisible) {
        Some("contains an invisible character, such as a zero-width space")
    } else if text.trim() != text {
        Some("begins or ends with white space")
    } else {
        None
    }
}

/// The tokens of a client.
pub(crate) enum Tokens {
    /// A token of the caller's, which cannot be renewed.
    Fixed(Arc<Token>),
    /// Tokens that are fetched and renewed.
    Renewed(Arc<Cache>),
    /// There are no credentials: no call is authenticated.
    #[cfg_attr(not(feature = "ingest"), allow(dead_code))]
    None,
}

/// Where tokens are fetched.
enum Source {
    /// Port's token route.
    Credentials,
    /// A provider of the caller's.
    Provider(Provider),
}

impl Tokens {
    pub(crate) fn fixed(text: Secret) -> Result<Self, &'static str> {
        Token::new(text).map(|token| Self::Fixed(Arc::new(token)))
    }

    pub(crate) fn of_credentials(id: &str, secret: &Secret, transport: Arc<Transport>) -> Self {
        Self::renewed(Source::Credentials, &AccessTokenRequest::new(id, secret), transport)
    }

    pub(crate) fn of_provider(provider: Provider, transport: Arc<Transport>) -> Self {
        // The request is never sent; it describes what a provider does in its place.
        Self::renewed(Source::Provider(provider), &AccessTokenRequest::new("", ""), transport)
    }

    fn renewed(source: Source, request: &AccessTokenRequest, transport: Arc<Transport>) -> Self {
        let call = operations::create_access_token(request);
        Self::Renewed(Arc::new(Cache { source, call, transport, state: Mutex::default() }))
    }

    /// A token that has not expired, and that no response has rejected.
    pub(crate) async fn get(&self) -> Result<Arc<Token>, Error> {
        match self {
            Self::Fixed(token) => Ok(Arc::clone(token)),
            Self::Renewed(cache) => cache.get().await,
            Self::None => Err(Error::without_call(Failure::configuration("there are no credentials"))),
        }
    }

    /// Notes that the server rejected a token. Returns whether there can be a new one.
    pub(crate) fn reject(&self, token: &Arc<Token>) -> bool {
        match self {
            Self::Fixed(_) | Self::None => false,
            Self::Renewed(cache) => {
                cache.reject(token);
                true
            }
        }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Fixed(_) => "fixed token",
            Self::None => "none",
            Self::Renewed(cache) => match cache.source {
                Source::Credentials => "client credentials",
                Source::Provider(_) => "token provider",
            },
        })
    }
}

pub(crate) struct Cache {
    source: Source,
    call: Call<api::AccessToken>,
    transport: Arc<Transport>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Arc<Token>>,
    refresh: Option<Refresh>,
    refreshes: u64,
    failed: Option<(Instant, Error)>,
}

#[derive(Clone)]
struct Refresh {
    number: u64,
    /// Whether the caller started it, and did not join it.
    is_new: bool,
    /// By when it must have ended or moved `due`; after that it counts as abandoned.
    due: Option<Instant>,
    result: watch::Receiver<Option<Result<Arc<Token>, Error>>>,
}

impl Cache {
    async fn get(self: &Arc<Self>) -> Result<Arc<Token>, Error> {
        let mut was_lost = false;
        loop {
            let mut refresh = match self.token_or_refresh()? {
                Ok(token) => return Ok(token),
                Err(refresh) => refresh,
            };
            let mut overdue = self.until(refresh.due);
            let ended = within(&mut overdue, refresh.result.wait_for(Option::is_some)).await;
            match ended.map(|result| result.ok().and_then(|result| result.clone())) {
                Some(Some(result)) => return result,
                // Its task panicked, or its runtime shut down. A task of this call's own runtime may end.
                Some(None) if !refresh.is_new && !was_lost => was_lost = true,
                Some(None) => {
                    let what = "the token request was abandoned: its task panicked, or its runtime shut down";
                    let failure = Failure::new(ErrorKind::Transport, Outcome::NotSent, what);
                    return Err(Error::without_call(failure.transient()));
                }
                // Its runtime is no longer driven, unless it makes its next attempt meanwhile.
                None => {
                    let is_same = |it: &mut Refresh| (it.number, it.due) == (refresh.number, refresh.due);
                    self.state().refresh.take_if(is_same);
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    /// A token that has not expired, or else the refresh that fetches one.
    fn token_or_refresh(self: &Arc<Self>) -> Result<Result<Arc<Token>, Refresh>, Error> {
        let now = self.transport.clock.now();
        let mut state = self.state();
        let failed = state.failed.clone().map(|(at, error)| (now.saturating_duration_since(at), error));
        if let Some(token) = state.current.clone().filter(|token| is_before(now, token.expires_at)) {
            let failed_lately = failed.is_some_and(|(passed, _)| passed < FAILURE_MEMORY);
            if !is_before(now, token.renew_at) && !failed_lately {
                self.refresh(&mut state);
            }
            return Ok(Ok(token));
        }
        match failed.filter(|(passed, error)| *passed < memory(error)) {
            Some((_, error)) => Err(error),
            None => Ok(Err(self.refresh(&mut state))),
        }
    }

    fn until(&self, at: Option<Instant>) -> Limit {
        let clock = &self.transport.clock;
        let left = at.map_or(Duration::MAX, |at| at.saturating_duration_since(clock.now()));
        clock.timeout(left)
    }

    /// Forgets a token that the server rejected. A newer one stays, even when the server issued the same text again.
    fn reject(&self, token: &Arc<Token>) {
        self.state().current.take_if(|current| Arc::ptr_eq(current, token));
    }

    /// Joins the refresh in flight, or starts one.
    fn refresh(self: &Arc<Self>, state: &mut State) -> Refresh {
        if let Some(refresh) = state.refresh.as_ref().filter(|refresh| !self.is_abandoned(refresh)) {
            return refresh.clone();
        }
        state.refreshes += 1;
        let number = state.refreshes;
        let (done, result) = watch::channel(None);
        let refresh = Refresh { number, is_new: false, due: self.due_after(Duration::ZERO), result };
        state.refresh = Some(refresh.clone());
        let cache = Arc::clone(self);
        let span = observe::span(&self.call, &self.transport.base_url);
        let task = async move {
            let result = cache.fetch(number).await;
            let mut state = cache.state();
            // A newer one may have started, when this one seemed to be abandoned.
            state.refresh.take_if(|refresh| refresh.number == number);
            match &result {
                Ok(token) => {
                    state.current = Some(Arc::clone(token));
                    state.failed = None;
                }
                Err(error) => state.failed = Some((cache.transport.clock.now(), error.clone())),
            }
            drop(state);
            // It fails only when no caller waits any more.
            let _ = done.send(Some(result));
        };
        tokio::spawn(task.instrument(span));
        Refresh { is_new: true, ..refresh }
    }

    /// Whether a refresh will not end: its runtime shut down, or is no longer driven.
    fn is_abandoned(&self, refresh: &Refresh) -> bool {
        refresh.result.has_changed().is_err() || !is_before(self.transport.clock.now(), refresh.due)
    }

    /// By when a refresh has waited and made its next attempt, with a second to spare.
    fn due_after(&self, wait: Duration) -> Option<Instant> {
        let most = self.transport.attempt_timeout.saturating_add(wait).saturating_add(Duration::from_secs(1));
        self.transport.clock.now().checked_add(most)
    }

    /// Fetches a token, with retries. They do not take from the retry budget, since many calls may wait for one token.
    async fn fetch(&self, number: u64) -> Result<Arc<Token>, Error> {
        let transport = &self.transport;
        let span = Span::current();
        let began = transport.clock.now();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (result, status) = self.request(&span, attempts).await;
            let failure = match result {
                Ok(token) => {
                    observe::end(&span, status, attempts);
                    return Ok(Arc::new(token));
                }
                Err(failure) => failure,
            };
            let passed = transport.clock.now().saturating_duration_since(began);
            let left = transport.deadline.saturating_sub(passed);
            let progress = Progress { attempts, passed, left, idempotent: self.call.idempotent };
            match transport.retry.decide(&progress, &failure, retry::random()) {
                Decision::Wait(wait) => {
                    if let Some(refresh) = self.state().refresh.as_mut().filter(|it| it.number == number) {
                        refresh.due = self.due_after(wait);
                    }
                    transport.reporter.wait(&span, self.call.operation, attempts, wait, &failure);
                    transport.clock.sleep(wait).await;
                }
                Decision::GiveUp => {
                    let error = match &self.source {
                        Source::Credentials => Error::of_call(failure, CallInfo::new(&self.call), attempts),
                        Source::Provider(_) => Error::without_call(failure),
                    };
                    observe::end(&span, status, attempts);
                    observe::record_error(&span, &error);
                    return Err(error);
                }
            }
        }
    }

    /// Requests a token once. The status is that of the response.
    async fn request(&self, span: &Span, attempt: u32) -> (Result<Token, Failure>, Option<StatusCode>) {
        let began = self.transport.clock.now();
        let (token, response) = match &self.source {
            Source::Credentials => match self.call_port(began).await {
                Ok((token, response)) => (Ok(token), Some(response)),
                Err(failure) => (Err(failure), None),
            },
            Source::Provider(provider) => (self.call_provider(provider, began).await, None),
        };
        let result = token.as_ref().map(|_| response.as_ref());
        let status = self.transport.reporter.attempt(span, self.call.operation, attempt, began, result);
        (token, status)
    }

    async fn call_port(&self, began: Instant) -> Result<(Token, Response), Failure> {
        let (transport, call) = (&*self.transport, &self.call);
        let options =
            ExchangeOptions { bearer: None, query: &[], headers: None, timeout: transport.attempt_timeout };
        let sent = exchange::send(transport, call, options).await;
        let reader = ResponseReader { transport, call, reads: true, token: None, headers: None };
        let response = sent.map_err(|error| reader.no_response(error))?;
        let token = reader.read::<AccessToken>(&response)?;
        let token = Token::expiring(token, began).map_err(|why| {
            reader.with_headers(reader.unreadable(&format!("contains a token that {why}")), &response)
        })?;
        Ok((token, response))
    }

    async fn call_provider(&self, provider: &Provider, began: Instant) -> Result<Token, Failure> {
        let mut limit = self.transport.clock.timeout(self.transport.attempt_timeout);
        match within(&mut limit, provider()).await {
            Some(Ok(token)) => Token::expiring(token, began).map_err(|why| {
                let what = format!("the token from the token provider {why}");
                Failure::new(ErrorKind::Authentication, Outcome::NotSent, what)
            }),
            Some(Err(error)) => Err(of_provider(error)),
            None => {
                let what = "the token provider returned no token in time";
                Err(Failure::new(ErrorKind::Timeout, Outcome::NotSent, what).transient())
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a failure is shared with callers that need a token. As long as the hint, up to what a call would wait.
fn memory(error: &Error) -> Duration {
    // Both mean that the credentials were rejected.
    if matches!(error.kind(), ErrorKind::Authentication | ErrorKind::Validation) {
        return FAILURE_MEMORY;
    }
    let hint = error.retry_after().map_or(SHORT_MEMORY, |hint| hint.min(retry::LONGEST_HINT));
    hint.max(SHORT_MEMORY)
}

fn of_provider(error: TokenError) -> Failure {
    let kind = if error.may_be_temporary { ErrorKind::Server } else { ErrorKind::Authentication };
    let failure = Failure::new(kind, Outcome::NotSent, "the token provider returned no token");
    Failure { transient: error.may_be_temporary, ..failure }.caused_by(error)
}

/// Whether a time is in the future. `None` means never.
fn is_before(now: Instant, at: Option<Instant>) -> bool {
    at.is_none_or(|at| now < at)
}

impl Success for AccessToken {
    type Envelope = api::AccessToken;

    fn from_envelope(envelope: api::AccessToken) -> Result<Self, Unusable> {
        check_ok(envelope.ok)?;
        let text = envelope.access_token.ok_or(Unusable::Missing("contains no token"))?;
        // Some servers write the number as a text, which does not fit the field.
        let as_text = envelope.extra.get("expiresIn").and_then(Value::as_str);
        let seconds = envelope.expires_in.or_else(|| as_text?.trim().parse().ok());
        Ok(Self { text, lifetime: lifetime(seconds) })
    }
}

/// The lifetime of a token, for any number that a server sends: none if it makes no sense or is infinite, the longest if
/// it overflows.
fn lifetime(seconds: Option<f64>) -> Option<Duration> {
    seconds
        .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
        .map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// Why a call has no token.
///
/// A kind that would say something about the webhook, such as `NotFound`, is replaced. The source keeps its own.
pub(crate) fn no_token(error: Error) -> Failure {
    let (kind, what) = match error.kind() {
        // The error of a token provider has no operation.
        ErrorKind::Authentication if error.operation().is_none() => {
            (ErrorKind::Authentication, "no access token could be obtained")
        }
        ErrorKind::Authentication | ErrorKind::Validation => {
            (ErrorKind::Authentication, "Port rejected the client id and secret")
        }
        ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::RunEnded
        | ErrorKind::PayloadTooLarge
        | ErrorKind::Configuration
        | ErrorKind::NotOk
        | ErrorKind::Other => (ErrorKind::Other, "no access token could be obtained"),
        kind @ (ErrorKind::Permission
        | ErrorKind::RateLimited
        | ErrorKind::Server
        | ErrorKind::Timeout
        | ErrorKind::Connect
        | ErrorKind::Transport
        | ErrorKind::Decode
        | ErrorKind::Redirect) => (kind, "no access token could be obtained"),
    };
    let mut failure = Failure::new(kind, Outcome::NotSent, what);
    // These say which server is meant.
    if matches!(error.kind(), ErrorKind::Connect | ErrorKind::Transport | ErrorKind::NotFound) {
        failure.what = format!("{what}: {}", error.what());
    }
    failure.retry_after = error.retry_after();
    failure.transient = error.is_retryable();
    failure.caused_by(error)
}

#[cfg(test)]
mod tests;
