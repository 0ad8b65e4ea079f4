//! Access tokens: the token route and the check of every other request.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::clock::later;
use crate::reply::{Refusal, Reply};
use crate::request::Request;
use crate::state::State;
use crate::validate::{non_null_string, only, require};

const CREDENTIALS: [&str; 2] = ["clientId", "clientSecret"];

/// How many tokens a fake knows at most. When there are more, the oldest are no longer known.
const MOST_TOKENS: usize = 10_000;
/// How many are forgotten at once.
const FORGOTTEN: usize = 1_000;

/// The tokens of one fake.
#[derive(Clone)]
pub(crate) struct Tokens {
    /// Part of every token, so that no fake takes another's.
    mark: u64,
    made: u64,
    last_granted: Option<String>,
    /// In the order they were made.
    ends: IndexMap<String, DateTime<Utc>>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { mark: random(), made: 0, last_granted: None, ends: IndexMap::new() }
    }
}

impl Tokens {
    /// Makes a token that ends then.
    pub(crate) fn make(&mut self, end: DateTime<Utc>) -> String {
        self.made += 1;
        if self.ends.len() >= MOST_TOKENS {
            self.ends.drain(..FORGOTTEN);
        }
        let token = format!("fake-token-{:016x}-{:06}", self.mark, self.made);
        self.ends.insert(token.clone(), end);
        token
    }

    /// Makes no token that those were called like.
    pub(crate) fn number_after(&mut self, others: &Self) {
        if self.mark == others.mark {
            self.made = self.made.max(others.made);
        }
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
    let mut given = [""; 2];
    for (slot, name) in given.iter_mut().zip(CREDENTIALS) {
        *slot = non_null_string(body, name)?;
    }
    let settings = &state.settings;
    if given != [settings.client_id.as_str(), settings.client_secret.as_str()] {
        return Err(Refusal::Unauthorized("unknown client id or wrong client secret"));
    }

    let now = state.data.clock.now();
    let tokens = &mut state.data.tokens;
    let reusable = if settings.unverified.reissue_token { tokens.reusable(now) } else { None };
    let (token, end) = reusable.unwrap_or_else(|| {
        let end = later(now, settings.token_lifetime);
        (tokens.make(end), end)
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

/// A number that differs each time. The standard library has no other source of them.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_tokens_are_forgotten() {
        let mut tokens = Tokens::default();
        let first = tokens.make(DateTime::<Utc>::MAX_UTC);
        let last = (0..2 * MOST_TOKENS).map(|_| tokens.make(DateTime::<Utc>::MAX_UTC)).last().unwrap();
        assert!(tokens.ends.len() <= MOST_TOKENS);
        assert!(!tokens.ends.contains_key(&first));
        assert!(tokens.ends.contains_key(&last));
    }
}
