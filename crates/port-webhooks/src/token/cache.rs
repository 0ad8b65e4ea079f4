//! The token that all clones of a client share.
//!
//! One task fetches it, however many callers wait, so that a caller who is cancelled cancels nothing else. Success and
//! failure are shared alike.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;
use tokio::sync::watch;
use tracing::{Instrument as _, Span};

use super::credentials::ABOUT;
use super::{Source, Token, TokenError, TokenProvider};
use crate::client::Transport;
use crate::error::{Error, ErrorKind, Failure, Outcome};
use crate::observe::{self, Exchange};
use crate::retry::{self, Decision, Moment};

/// How long rejected credentials are not sent again, and how long a failed refresh is not repeated while the current
/// token is valid.
const FAILURE_MEMORY: Duration = Duration::from_secs(10);
/// How long any other failure is shared, so that callers one after another do not flood the source.
const SHORT_MEMORY: Duration = Duration::from_secs(1);

pub(crate) struct Cache {
    source: Source,
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

struct Refresh {
    number: u64,
    /// By when it must have ended or moved `due`; after that it counts as abandoned.
    due: Option<Instant>,
    result: Joined,
}

type Joined = watch::Receiver<Option<Result<Arc<Token>, Error>>>;

impl Cache {
    pub(super) fn new(source: Source, transport: Arc<Transport>) -> Self {
        Self { source, transport, state: Mutex::default() }
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    pub(super) async fn get(self: &Arc<Self>) -> Result<Arc<Token>, Error> {
        let mut refresh = {
            let now = self.transport.clock.now();
            let mut state = self.state();
            let failed = state.failed.clone().map(|(at, error)| (now.saturating_duration_since(at), error));
            if let Some(token) = state.current.clone().filter(|token| is_before(now, token.expires_at)) {
                let failed_lately = failed.is_some_and(|(passed, _)| passed < FAILURE_MEMORY);
                if !is_before(now, token.renew_at) && !failed_lately {
                    self.refresh(&mut state);
                }
                return Ok(token);
            }
            if let Some((_, error)) = failed.filter(|(passed, error)| *passed < memory(error)) {
                return Err(error);
            }
            self.refresh(&mut state)
        };
        let abandoned = || {
            let what = "the token request was abandoned: its task panicked, or its runtime shut down";
            Error::without_call(Failure::new(ErrorKind::Transport, Outcome::NotSent, what).transient())
        };
        let done = refresh.wait_for(Option::is_some).await.map_err(|_| abandoned())?;
        (*done).clone().unwrap_or_else(|| Err(abandoned()))
    }

    /// Forgets a token that the server rejected. A newer one stays, even when the server issued the same text again.
    pub(super) fn reject(&self, token: &Arc<Token>) {
        self.state().current.take_if(|current| Arc::ptr_eq(current, token));
    }

    /// Joins the refresh in flight, or starts one.
    fn refresh(self: &Arc<Self>, state: &mut State) -> Joined {
        if let Some(refresh) = state.refresh.as_ref().filter(|refresh| !self.is_abandoned(refresh)) {
            return refresh.result.clone();
        }
        state.refreshes += 1;
        let number = state.refreshes;
        let (done, joined) = watch::channel(None);
        let due = self.due_after(Duration::ZERO);
        state.refresh = Some(Refresh { number, due, result: joined.clone() });
        let cache = Arc::clone(self);
        let span = ABOUT.span(self.transport.host());
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
            // An error means that no caller waits any more.
            let _ = done.send(Some(result));
        };
        tokio::spawn(task.instrument(span));
        joined
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
                    observe::end(&span, status, attempts, None);
                    return Ok(Arc::new(token));
                }
                Err(failure) => failure,
            };
            let passed = transport.clock.now().saturating_duration_since(began);
            let left = transport.deadline.saturating_sub(passed);
            let moment = Moment { attempts, passed, left, idempotent: ABOUT.idempotent };
            match transport.retry.decide(&moment, &failure, retry::random()) {
                Decision::Wait(wait) => {
                    if let Some(refresh) = self.state().refresh.as_mut().filter(|it| it.number == number) {
                        refresh.due = self.due_after(wait);
                    }
                    observe::wait(&span, transport, ABOUT.operation, attempts, wait, &failure);
                    transport.clock.sleep(wait).await;
                }
                Decision::GiveUp => {
                    let error = match self.source {
                        Source::Credentials(_) => Error::of_call(failure, ABOUT.info(), attempts),
                        Source::Provider(_) => Error::without_call(failure),
                    };
                    observe::end(&span, status, attempts, Some(&error));
                    return Err(error);
                }
            }
        }
    }

    /// Requests a token once. The status is that of the response.
    async fn request(&self, span: &Span, attempt: u32) -> (Result<Token, Failure>, Option<StatusCode>) {
        let began = self.transport.clock.now();
        let (token, answer) = match &self.source {
            Source::Credentials(credentials) => match credentials.request(&self.transport).await {
                Ok((token, answer)) => (Ok(token), Some(answer)),
                Err(failure) => (Err(failure), None),
            },
            Source::Provider(provider) => (self.call_provider(&**provider, began).await, None),
        };
        let result = token.as_ref().map(|_| answer.as_ref());
        let exchange = Exchange { operation: ABOUT.operation, attempt, began, result };
        let status = observe::exchange(span, &self.transport, &exchange);
        (token, status)
    }

    async fn call_provider(&self, provider: &dyn TokenProvider, began: Instant) -> Result<Token, Failure> {
        match tokio::time::timeout(self.transport.attempt_timeout, provider.token()).await {
            Ok(Ok(token)) => Token::expiring(token, began).map_err(|why| {
                let what = format!("the token from the token provider {why}");
                Failure::new(ErrorKind::Authentication, Outcome::NotSent, what)
            }),
            Ok(Err(error)) => Err(of_provider(error)),
            Err(_) => {
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

/// Whether a time is yet to come. `None` never comes.
fn is_before(now: Instant, at: Option<Instant>) -> bool {
    at.is_none_or(|at| now < at)
}

#[cfg(test)]
mod tests;
