//! The fake as tests hold it.

mod deliveries;
mod faults;

use std::time::Duration;
use std::{fmt, thread};

use serde_json::Value;

use crate::adapter::Server;
use crate::read::{Counts, Requests, Write};
use crate::seed::SeedError;
use crate::shared::Shared;
use crate::snapshot::Snapshot;
use crate::stored::Stored;

/// A running fake Port. It stops when it is dropped. When a test fails while the fake follows a
/// [`FaultPlan`](crate::FaultPlan), dropping it prints the plan's seed on standard error.
///
/// ```
/// # #[tokio::main]
/// # async fn main() {
/// let port = fake_port::FakePort::start().await;
/// assert!(port.uri().starts_with("http://127.0.0.1:"));
/// # }
/// ```
pub struct FakePort {
    shared: Shared,
    uri: String,
    client_id: String,
    client_secret: String,
    server: Server,
}

impl FakePort {
    pub(crate) fn new(shared: Shared, uri: String, server: Server) -> Self {
        let (client_id, client_secret) = {
            let state = shared.state();
            (state.settings.client_id.clone(), state.settings.client_secret.clone())
        };
        Self { shared, uri, client_id, client_secret, server }
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The base URL, without a slash at the end: `http://127.0.0.1:4010`.
    pub fn uri(&self) -> String {
        self.uri.clone()
    }

    /// The client id that the token route accepts.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The client secret that the token route accepts.
    pub fn client_secret(&self) -> &str {
        &self.client_secret
    }

    /// Stores a webhook as if it had always been there.
    ///
    /// A seed is not validated like a request: fields and events that a request may not have are kept, so that a test
    /// can show whether a client keeps them too. `enabled`, the times and whatever else the server sets are added where
    /// they are missing.
    ///
    /// # Errors
    ///
    /// When the seed is not an object, or its `identifier` is empty, not a string, taken by another webhook,
    /// or missing (the live profile makes one).
    pub fn seed(&self, webhook: Value) -> Result<(), SeedError> {
        self.seed_all([webhook])
    }

    /// Stores several webhooks like [`seed`](Self::seed): all of them or none.
    ///
    /// # Errors
    ///
    /// When one of them cannot be stored; [`SeedError::index`] says which.
    pub fn seed_all(&self, webhooks: impl IntoIterator<Item = Value>) -> Result<(), SeedError> {
        // The caller's iterator may call this fake, so it is done before the lock.
        let webhooks: Vec<Value> = webhooks.into_iter().collect();
        self.shared.state().seed(webhooks)
    }

    /// All stored webhooks in the order of their creation.
    pub fn webhooks(&self) -> Vec<Value> {
        self.shared.state().data.listed()
    }

    /// The stored webhook with this identifier.
    pub fn webhook(&self, identifier: &str) -> Option<Value> {
        self.shared.state().data.webhooks.get(identifier).map(Stored::to_value)
    }

    /// The requests since the start or the last [`clear_requests`](Self::clear_requests), oldest first, to
    /// filter and to assert on. A fake that was started with [`Builder::serve`](crate::Builder::serve) keeps none
    /// unless [`Builder::record`](crate::Builder::record) says so.
    pub fn requests(&self) -> Requests {
        Requests::new(self.shared.state().requests.iter().cloned().collect())
    }

    /// Forgets the recorded requests. Webhooks, tokens and the ledger stay.
    pub fn clear_requests(&self) {
        self.shared.state().requests.clear();
    }

    /// The writes that changed webhooks, oldest first, however they were answered. Recorded like
    /// [`requests`](Self::requests).
    pub fn ledger(&self) -> Vec<Write> {
        self.shared.state().writes.iter().cloned().collect()
    }

    /// How much was done since the start.
    pub fn counts(&self) -> Counts {
        self.shared.counts(self.server.traffic())
    }

    /// The webhooks, tokens, rate limit and clock as they are now, to compare or to [`restore`](Self::restore).
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let port = fake_port::FakePort::start().await;
    /// let before = port.snapshot();
    /// port.seed(serde_json::json!({ "identifier": "a" }))?;
    /// assert_ne!(port.snapshot(), before);
    /// port.restore(&before);
    /// assert_eq!(port.snapshot(), before);
    /// # Ok(())
    /// # }
    /// ```
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.shared.state().data.clone())
    }

    /// Goes back to a snapshot of this fake: webhooks, tokens, rate limit and clock. Faults, counts and recordings
    /// stay.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.shared.state().data = snapshot.0.clone();
    }

    /// Goes back to the start: webhooks, clock, rate limit and plan of faults are what they were then. All tokens,
    /// injected faults, recordings and counts are gone, except for the counts of connections and bytes. Pending
    /// deliveries are cancelled.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Expires every token, as if its time were over.
    pub fn expire_tokens(&self) {
        self.shared.state().expire_tokens();
    }

    /// Revokes every token.
    pub fn revoke_tokens(&self) {
        self.shared.state().data.tokens.revoke();
    }

    /// How many requests to the token route succeeded.
    pub fn tokens_issued(&self) -> u64 {
        self.shared.state().counts.tokens_issued
    }

    /// A new valid token, for a client that is configured with one. [`tokens_issued`](Self::tokens_issued) does not
    /// count it.
    pub fn issue_token(&self) -> String {
        self.shared.state().issue_token()
    }

    /// Moves the fake's clock forward: tokens expire, the window of a rate limit ends, and timestamps are later.
    pub fn advance(&self, by: Duration) {
        self.shared.state().data.clock.advance(by);
    }
}

impl fmt::Debug for FakePort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakePort")
            .field("uri", &self.uri)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl Drop for FakePort {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        if let Some(plan) = self.shared.state().faults.plan() {
            let seed = plan.seed();
            eprintln!(
                "the fake Port followed a plan of faults with the seed {seed}; to replay it: FaultPlan::seeded({seed}), \
                 or FAKE_PORT_SEED={seed} where the test uses FaultPlan::random()"
            );
        }
    }
}
