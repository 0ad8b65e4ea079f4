//! One access token for all clones of a client.
//!
//! A token is fetched by a task of its own, however many callers wait for it, so that a caller who
//! goes away takes nothing with it. Success and failure are shared alike.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderValue, Method};
use port_webhooks_api::{AccessToken, AccessTokenRequest, Attempt, Secret};
use tokio::sync::watch;

use crate::answer::Reader;
use crate::client::Transport;
use crate::error::{CallInfo, Error, ErrorKind, Failure, Outcome};

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
        Ok(Self {
            bearer,
            text,
            renew_at: None,
            ends_at: None,
        })
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

type Refresh = watch::Receiver<Option<Result<Arc<Token>, Error>>>;

impl Tokens {
    pub(crate) fn fixed(text: Secret) -> Result<Self, Failure> {
        let token = Token::new(text).map_err(|_| {
            Failure::configuration("the access token has characters that a header can't hold")
        })?;
        Ok(Self::Fixed(Arc::new(token)))
    }

    pub(crate) fn renewed(client_id: String, client_secret: Secret, transport: Arc<Transport>) -> Self {
        Self::Renewed(Arc::new(Cache {
            client_id,
            client_secret,
            transport,
            state: Mutex::default(),
        }))
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
                // Another caller may have seen to it already; then a newer token stays.
                if state
                    .current
                    .as_ref()
                    .is_some_and(|current| Arc::ptr_eq(current, token))
                {
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
            let failed = state
                .failed
                .clone()
                .filter(|(at, _)| now.saturating_duration_since(*at) < FAILURE_MEMORY);
            if let Some(token) = state
                .current
                .clone()
                .filter(|token| is_before(now, token.ends_at))
            {
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
            Failure::new(
                ErrorKind::Transport,
                Outcome::NotSent,
                "the request for a token was abandoned",
            )
        };
        let done = refresh
            .wait_for(Option::is_some)
            .await
            .map_err(|_| Error::from(abandoned().transient()))?;
        (*done).clone().unwrap_or_else(|| Err(abandoned().into()))
    }

    /// Joins the refresh under way, or starts one.
    fn refresh(self: &Arc<Self>, state: &mut State) -> Refresh {
        // One whose sender is gone ended with the runtime that it ran on.
        if let Some(refresh) = state
            .refresh
            .as_ref()
            .filter(|refresh| refresh.has_changed().is_ok())
        {
            return refresh.clone();
        }
        let (done, refresh) = watch::channel(None);
        state.refresh = Some(refresh.clone());
        let cache = Arc::clone(self);
        tokio::spawn(async move {
            let result = cache.fetch().await;
            let mut state = cache.state();
            state.refresh = None;
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
        });
        refresh
    }

    async fn fetch(&self) -> Result<Arc<Token>, Error> {
        let transport = &self.transport;
        let asked_at = transport.clock.now();
        let attempt = transport.attempt();
        let request = AccessTokenRequest::new(&self.client_id, self.client_secret.clone());
        let result = transport.api(attempt.clone()).create_access_token(&request).await;
        self.token(
            result.map(port_webhooks_api::ResponseValue::into_inner),
            &attempt,
            asked_at,
        )
        .map(Arc::new)
        .map_err(|failure| Error::of_call(failure, call_info(), 1))
    }

    fn token(
        &self,
        result: Result<AccessToken, port_webhooks_api::Error>,
        attempt: &Attempt,
        asked_at: Instant,
    ) -> Result<Token, Failure> {
        let clock = &*self.transport.clock;
        let reader = Reader {
            clock,
            reads: true,
            secrets: vec![self.client_secret.expose()],
        };
        let (answer, _) = reader.read(result, attempt)?;
        let life = life(answer.expires_in);
        let mut token = Token::new(answer.access_token)
            .map_err(|_| reader.unreadable("holds a token that a header can't hold"))?;
        token.ends_at = asked_at.checked_add(life);
        token.renew_at = asked_at.checked_add(life.saturating_sub(LONGEST_MARGIN.min(life / 10)));
        Ok(token)
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

fn call_info() -> CallInfo {
    CallInfo {
        operation: "create_access_token",
        doing: "get an access token".to_owned(),
        method: Method::POST,
        path: "/v1/auth/access_token".to_owned(),
        idempotent: true,
    }
}

/// An instant that can't be told is one that never comes.
fn is_before(now: Instant, at: Option<Instant>) -> bool {
    at.is_none_or(|at| now < at)
}

/// How long a token lives, of whatever a server says.
fn life(seconds: Option<f64>) -> Duration {
    match seconds {
        Some(seconds) if seconds > 0.0 => Duration::try_from_secs_f64(seconds)
            .unwrap_or(LONGEST_LIFE)
            .min(LONGEST_LIFE),
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
