//! One access token for all clones of a client.
//!
//! A token is fetched by a task of its own, however many callers wait for it, so that a caller who
//! goes away takes nothing with it. Success and failure are shared alike.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderValue, Method};
use port_webhooks_api::{AccessTokenRequest, ResponseValue, Secret};
use tokio::sync::watch;
use tracing::{Instrument as _, Span};

use crate::answer::Reader;
use crate::call::{self, About};
use crate::client::Transport;
use crate::error::{Error, ErrorKind, Failure, Outcome};

/// A token lives this long when Port does not say how long.
const ASSUMED_LIFE: Duration = Duration::from_secs(60);
/// A token is believed to live no longer than this, whatever is said.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// A token is renewed this long before its end, or a tenth of its life, whichever is shorter.
const LONGEST_MARGIN: Duration = Duration::from_secs(5 * 60);
/// For so long after a failure Port is not asked again: with credentials that it refused, or while
/// the token at hand still serves.
const FAILURE_MEMORY: Duration = Duration::from_secs(10);

/// A token as it is sent.
pub(crate) struct Token {
    bearer: HeaderValue,
    text: Secret,
    renew_at: Option<Instant>,
    ends_at: Option<Instant>,
}

impl Token {
    fn new(text: Secret) -> Result<Self, http::header::InvalidHeaderValue> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", text.expose()))?;
        bearer.set_sensitive(true);
        Ok(Self { bearer, text, renew_at: None, ends_at: None })
    }

    fn lasting(
        text: Secret,
        from: Instant,
        life: Duration,
    ) -> Result<Self, http::header::InvalidHeaderValue> {
        let margin = LONGEST_MARGIN.min(life / 10);
        let (renew_at, ends_at) = (from.checked_add(life.saturating_sub(margin)), from.checked_add(life));
        Ok(Self { renew_at, ends_at, ..Self::new(text)? })
    }

    pub(crate) fn bearer(&self) -> HeaderValue {
        self.bearer.clone()
    }

    /// What must not be shown.
    pub(crate) fn secret(&self) -> &str {
        self.text.expose()
    }
}

/// Where tokens come from.
pub(crate) enum Tokens {
    /// The token that the caller brought, which can't be renewed.
    Fixed(Arc<Token>),
    /// Tokens for credentials.
    Renewed(Arc<Cache>),
}

pub(crate) struct Cache {
    client_id: String,
    client_secret: Secret,
    transport: Arc<Transport>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Arc<Token>>,
    refresh: Option<Refresh>,
    failed: Option<(Instant, Error)>,
}

struct Refresh {
    began: Instant,
    waiting: Waiting,
}

type Waiting = watch::Receiver<Option<Result<Arc<Token>, Error>>>;

const ABOUT: About<'static> = About {
    operation: "create_access_token",
    verb: "get an access token",
    method: Method::POST,
    template: "/v1/auth/access_token",
    identifier: None,
    idempotent: true,
};

impl Tokens {
    pub(crate) fn fixed(text: Secret) -> Result<Self, http::header::InvalidHeaderValue> {
        Token::new(text).map(|token| Self::Fixed(Arc::new(token)))
    }

    pub(crate) fn renewed(client_id: String, client_secret: Secret, transport: Arc<Transport>) -> Self {
        Self::Renewed(Arc::new(Cache { client_id, client_secret, transport, state: Mutex::default() }))
    }

    /// A token that is valid as far as is known.
    pub(crate) async fn get(&self) -> Result<Arc<Token>, Error> {
        match self {
            Self::Fixed(token) => Ok(Arc::clone(token)),
            Self::Renewed(cache) => cache.get().await,
        }
    }

    /// Takes note that the server did not take a token. Returns whether there can be another.
    pub(crate) fn reject(&self, token: &Arc<Token>) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Renewed(cache) => {
                let mut state = cache.state();
                // Another caller may have seen to it already; then a newer token stays. Port may issue
                // the same one again, so the text decides.
                if state.current.as_ref().is_some_and(|current| current.text == token.text) {
                    state.current = None;
                }
                true
            }
        }
    }
}

impl Cache {
    async fn get(self: &Arc<Self>) -> Result<Arc<Token>, Error> {
        let mut refresh = {
            let now = self.transport.clock.now();
            let mut state = self.state();
            let failed =
                state.failed.clone().filter(|(at, _)| now.saturating_duration_since(*at) < FAILURE_MEMORY);
            if let Some(token) = state.current.clone().filter(|token| is_before(now, token.ends_at)) {
                if !is_before(now, token.renew_at) && failed.is_none() {
                    self.refresh(&mut state);
                }
                return Ok(token);
            }
            if let Some((_, error)) = failed.filter(|(_, error)| error.kind() == ErrorKind::Authentication) {
                return Err(error);
            }
            self.refresh(&mut state)
        };
        let abandoned = || {
            let what = "the request for a token was abandoned";
            Error::of_setup(Failure::new(ErrorKind::Transport, Outcome::NotSent, what).transient())
        };
        let done = refresh.wait_for(Option::is_some).await.map_err(|_| abandoned())?;
        (*done).clone().unwrap_or_else(|| Err(abandoned()))
    }

    /// Joins the refresh under way, or starts one.
    fn refresh(self: &Arc<Self>, state: &mut State) -> Waiting {
        let now = self.transport.clock.now();
        if let Some(refresh) = state.refresh.as_ref().filter(|refresh| !self.is_abandoned(refresh, now)) {
            return refresh.waiting.clone();
        }
        let (done, waiting) = watch::channel(None);
        state.refresh = Some(Refresh { began: now, waiting: waiting.clone() });
        let cache = Arc::clone(self);
        let span = ABOUT.span(&self.transport.host);
        let task = async move {
            let result = cache.fetch().await;
            let mut state = cache.state();
            // Another may have begun since, when this one seemed to be abandoned.
            state.refresh.take_if(|refresh| refresh.began == now);
            match &result {
                Ok(token) => {
                    state.current = Some(Arc::clone(token));
                    state.failed = None;
                }
                Err(error) => state.failed = Some((cache.transport.clock.now(), error.clone())),
            }
            drop(state);
            // No receiver left means that no caller waits any more.
            let _ = done.send(Some(result));
        };
        tokio::spawn(task.instrument(span));
        waiting
    }

    /// Whether a refresh will not end: its task went with the runtime that it ran on, or nobody
    /// drives that runtime any more.
    fn is_abandoned(&self, refresh: &Refresh, now: Instant) -> bool {
        refresh.waiting.has_changed().is_err()
            || now.saturating_duration_since(refresh.began) > self.transport.attempt_timeout
    }

    async fn fetch(&self) -> Result<Arc<Token>, Error> {
        let transport = &self.transport;
        let asked_at = transport.clock.now();
        let attempt = transport.attempt();
        let request = AccessTokenRequest::new(&self.client_id, self.client_secret.clone());
        let result = transport.api(attempt.clone()).create_access_token(&request).await;
        let reader = Reader { transport, reads: true, secrets: vec![self.client_secret.expose()] };
        let result =
            reader.read(result.map(ResponseValue::into_inner), &attempt).and_then(|(body, answer)| {
                let token =
                    Token::lasting(body.access_token, asked_at, life(body.expires_in)).map_err(|_| {
                        reader.with_headers(
                            reader.unreadable("holds a token that a header can't hold"),
                            &answer,
                        )
                    })?;
                Ok((token, answer.status))
            });
        let span = Span::current();
        match result {
            Ok((token, status)) => {
                call::note_exchange(&span, 1, Some(status), None);
                Ok(Arc::new(token))
            }
            Err(failure) => {
                call::note_exchange(&span, 1, failure.status, Some(&failure));
                let error = Error::of_call(failure, ABOUT.info(), 1);
                call::note_error(&span, &error);
                Err(error)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Fixed(_) => "fixed token",
            Self::Renewed(_) => "client credentials",
        })
    }
}

/// An instant that can't be told is one that never comes.
fn is_before(now: Instant, at: Option<Instant>) -> bool {
    at.is_none_or(|at| now < at)
}

/// How long a token lives, of whatever a server says.
fn life(seconds: Option<f64>) -> Duration {
    match seconds {
        Some(seconds) if seconds > 0.0 => {
            Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_LIFE).min(LONGEST_LIFE)
        }
        _ => ASSUMED_LIFE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_is_a_life() {
        let table = [
            (None, 60),
            (Some(0.0), 60),
            (Some(-1.0), 60),
            (Some(f64::NAN), 60),
            (Some(10_800.0), 10_800),
            (Some(1e308), 86_400),
            (Some(f64::INFINITY), 86_400),
        ];
        for (said, seconds) in table {
            assert_eq!(life(said), Duration::from_secs(seconds), "{said:?}");
        }
    }
}
