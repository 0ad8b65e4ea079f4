//! Access tokens: how they are made, and which are valid.

use chrono::{DateTime, Utc};
use indexmap::IndexMap;

use crate::random::random;

/// The most tokens that a fake knows. Beyond it the oldest are forgotten.
const MOST_TOKENS: usize = 10_000;
/// How many are forgotten at once.
const FORGOTTEN: usize = 1_000;

/// The tokens that a fake knows.
#[derive(Clone, Default)]
pub(crate) struct Tokens {
    last_granted: Option<String>,
    /// In the order they were made.
    ends: IndexMap<String, DateTime<Utc>>,
}

impl Tokens {
    /// Makes a token that ends at this time. No token is made twice, also after a reset or a restore.
    pub(crate) fn add(&mut self, end: DateTime<Utc>) -> String {
        if self.ends.len() >= MOST_TOKENS {
            self.ends.drain(..FORGOTTEN);
        }
        let token = format!("fake-token-{:016x}{:016x}", random(), random());
        self.ends.insert(token.clone(), end);
        token
    }

    /// Ends this token by time, or every token.
    pub(crate) fn expire(&mut self, only: Option<&str>, now: DateTime<Utc>) {
        for (_, end) in self.ends.iter_mut().filter(|(token, _)| only.is_none_or(|only| only == *token)) {
            *end = now.min(*end);
        }
    }

    /// Forgets this token, or every token.
    pub(crate) fn revoke(&mut self, only: Option<&str>) {
        self.ends.retain(|token, _| only.is_some_and(|only| only != token));
    }

    /// When a token ends, if it is known.
    pub(crate) fn end(&self, token: &str) -> Option<DateTime<Utc>> {
        self.ends.get(token).copied()
    }

    /// Notes which token was granted last.
    pub(crate) fn grant(&mut self, token: &str) {
        self.last_granted = Some(token.to_owned());
    }

    /// The token of the last grant, if it has not ended.
    pub(crate) fn reusable(&self, now: DateTime<Utc>) -> Option<(String, DateTime<Utc>)> {
        let token = self.last_granted.as_ref()?;
        let end = *self.ends.get(token)?;
        (now < end).then(|| (token.clone(), end))
    }
}
