//! Access tokens: how they are made, and which are valid.

use chrono::{DateTime, Utc};
use indexmap::IndexMap;

use crate::random::random;

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
