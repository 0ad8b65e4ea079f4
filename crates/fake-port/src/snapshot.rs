//! The whole state at one moment.

use std::fmt;

use serde_json::Value;

use crate::state::Data;

/// The state of a fake at one moment: webhooks, tokens, rate limit and clock.
///
/// Made by [`FakePort::snapshot`](crate::FakePort::snapshot); [`restore`](crate::FakePort::restore) goes back to it.
/// Recordings, counts and faults are not part of it. Two snapshots are equal when their webhooks are.
#[derive(Clone)]
pub struct Snapshot(pub(crate) Data);

impl Snapshot {
    /// The webhooks in the order of their creation, to compare or to write to a seed file.
    pub fn webhooks(&self) -> Vec<Value> {
        self.0.listed()
    }
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        // Order counts: it is the order of the list.
        self.0.webhooks.values().eq(other.0.webhooks.values())
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("webhooks", &self.0.webhooks.values()).finish_non_exhaustive()
    }
}
