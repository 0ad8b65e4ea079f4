//! Access tokens: the token route and the check of every other request.

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::clock::later;
use crate::random::random;
use crate::reply::{Refusal, Reply};
use crate::request::Request;
use crate::state::State;
use crate::validate::{non_null_string, only, require};

const CREDENTIALS: [&str; 2] = ["clientId", "clientSecret"];

/// How many tokens a fake knows at most. When there are more, the oldest are no longer known.
const MOST_TOKENS: usize = 10_000;
/// How many are forgotten at once.
const FORGOTTEN: usize = 1_000;

/// Makes the tokens of one fake, no two of them the same. It goes on through resets and snapshots.
pub(crate) struct TokenMaker {
    /// Part of every token, so that no fake takes another's.
    mark: u64,
    made: u64,
}

impl Default for TokenMaker {
    fn default() -> Self {
        Self { mark: random(), made: 0 }
    }
}

impl TokenMaker {
    fn make(&mut self) -> String {
        self.made += 1;
        format!("fake-token-{:016x}-{:06}", self.mark, self.made)
    }
}

/// The tokens that a fake knows.
#[derive(Clone, Default)]
pub(crate) struct Tokens {
    last_granted: Option<String>,
    /// In the order they were made.
    ends: IndexMap<String, DateTime<Utc>>,
}

impl Tokens {
    /// Adds a token that ends then.
    pub(crate) fn add(&mut self, maker: &mut TokenMaker, end: DateTime<Utc>) -> String {
        if self.ends.len() >= MOST_TOKENS {
            self.ends.drain(..FORGOTTEN);
        }
        let token = maker.make();
        self.ends.insert(token.clone(), end);
        token
    }

    /// Ends every token by time.
    pub(crate) fn expire(&mut self, now: DateTime<Utc>) {
        for end in self.ends.values_mut() {
            *end = now.min(*end);
        }
    }

    /// Ends one token by time, if it is known.
    pub(crate) fn expire_one(&mut self, token: &str, now: DateTime<Utc>) {
        if let Some(end) = self.ends.get_mut(token) {
            *end = now.min(*end);
        }
    }

    /// Forgets one token.
    pub(crate) fn revoke_one(&mut self, token: &str) {
        self.ends.shift_remove(token);
    }

    /// Forgets every token.
    pub(crate) fn revoke(&mut self) {
        self.ends.clear();
    }

    /// The token of the last grant, if it has not ended.
    fn reusable(&self, now: DateTime<Utc>) -> Option<(String, DateTime<Utc>)> {
        let token = self.last_granted.as_ref()?;
        let end = *self.ends.get(token)?;
        (now < end).then(|| (token.clone(), end))
    }
}

/// Serves the token route.
pub(crate) fn issue(state: &mut State, body: &Map<String, Value>) -> Result<Reply, Refusal> {
    only(body, &CREDENTIALS)?;
    require(body, &CREDENTIALS)?;
    let id = non_null_string(body, "clientId")?;
    let secret = non_null_string(body, "clientSecret")?;
    let settings = &state.settings;
    if (id, secret) != (settings.client_id.as_str(), settings.client_secret.as_str()) {
        return Err(Refusal::Unauthorized("unknown client id or wrong client secret"));
    }

    let now = state.data.clock.now();
    let tokens = &mut state.data.tokens;
    let reusable = if settings.unverified.reissue_token { tokens.reusable(now) } else { None };
    let (token, end) = reusable.unwrap_or_else(|| {
        let end = later(now, settings.token_lifetime);
        (tokens.add(&mut state.token_maker, end), end)
    });
    tokens.last_granted = Some(token.clone());
    state.counts.tokens_issued += 1;
    Ok(Reply::token(&token, (end - now).num_seconds()))
}

/// Checks the bearer token of a request.
pub(crate) fn authenticate(state: &State, request: &Request) -> Result<(), Refusal> {
    let token = request.bearer().ok_or(Refusal::Unauthorized("no bearer token"))?;
    match state.data.tokens.ends.get(token) {
        None => Err(Refusal::Unauthorized("the token is not known")),
        Some(end) if *end <= state.data.clock.now() => Err(Refusal::Unauthorized("the token has expired")),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_tokens_are_forgotten() {
        let (mut tokens, mut maker) = (Tokens::default(), TokenMaker::default());
        let mut add = || tokens.add(&mut maker, DateTime::<Utc>::MAX_UTC);
        let first = add();
        let last = (0..2 * MOST_TOKENS).map(|_| add()).last().unwrap();
        assert!(tokens.ends.len() <= MOST_TOKENS);
        assert!(!tokens.ends.contains_key(&first));
        assert!(tokens.ends.contains_key(&last));
    }
}
