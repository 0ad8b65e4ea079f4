//! Access tokens: the token route and the check of every other request.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use chrono::{DateTime, Utc};
use http::header::AUTHORIZATION;
use serde_json::{Map, Value};

use crate::clock::later;
use crate::reply::{Refusal, Reply};
use crate::request::RecordedRequest;
use crate::state::State;
use crate::validate::{non_null_string, only, require};

const CREDENTIALS: [&str; 2] = ["clientId", "clientSecret"];

/// The tokens of one fake.
pub(crate) struct Tokens {
    /// Part of every token, so that no fake takes another's.
    mark: u64,
    made: u64,
    granted: usize,
    last_granted: Option<String>,
    ends: HashMap<String, DateTime<Utc>>,
}

impl Default for Tokens {
    fn default() -> Self {
        // The standard library's one source of randomness.
        let mark = RandomState::new().build_hasher().finish();
        Self { mark, made: 0, granted: 0, last_granted: None, ends: HashMap::new() }
    }
}

impl Tokens {
    /// How many token requests succeeded.
    pub(crate) fn granted(&self) -> usize {
        self.granted
    }

    /// Makes a token that ends then.
    pub(crate) fn make(&mut self, end: DateTime<Utc>) -> String {
        self.made += 1;
        let token = format!("fake-token-{:016x}-{:06}", self.mark, self.made);
        self.ends.insert(token.clone(), end);
        token
    }

    /// Ends every token by time.
    pub(crate) fn expire(&mut self, now: DateTime<Utc>) {
        for end in self.ends.values_mut() {
            *end = now.min(*end);
        }
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

    let now = state.clock.now();
    let reusable = if settings.unverified.reissue_token { state.tokens.reusable(now) } else { None };
    let (token, end) = reusable.unwrap_or_else(|| {
        let end = later(now, settings.token_lifetime);
        (state.tokens.make(end), end)
    });
    state.tokens.granted += 1;
    state.tokens.last_granted = Some(token.clone());
    Ok(Reply::token(&token, (end - now).num_seconds()))
}

/// Checks the bearer token of a request.
pub(crate) fn authenticate(state: &State, request: &RecordedRequest) -> Result<(), Refusal> {
    let token = request
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or(Refusal::Unauthorized("no bearer token"))?;
    match state.tokens.ends.get(token) {
        None => Err(Refusal::Unauthorized("the token is not known")),
        Some(end) if *end <= state.clock.now() => Err(Refusal::Unauthorized("the token has expired")),
        Some(_) => Ok(()),
    }
}
