//! Remembers deliveries in one process.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::store::{ReplayStore, Reservation, ReservationId, StoreError};
use crate::clock::{Uptime, WallClock};
use crate::replay_key::ReplayKey;

/// The number of deliveries in a day at three per second.
const CAPACITY: usize = 262_144;

/// Remembers deliveries in this process, up to a number of entries. A full store is an error, until entries expire:
/// it never forgets one early. [`ReplayGuard::on_store_error`](crate::ReplayGuard::on_store_error) says what happens then.
///
/// A delivery takes one entry, of about 270 bytes, for each secret of the verifier. The default number of entries
/// takes about 70 MB, and lasts for 3 deliveries a second that are remembered for 24 hours.
///
/// ```
/// use port_webhooks_receiver::{MemoryStore, ReplayGuard};
///
/// // Room for 10 deliveries a second for 24 hours, in about 235 MB.
/// let guard = ReplayGuard::new(MemoryStore::with_capacity(10 * 24 * 60 * 60));
/// # let _ = guard;
/// ```
pub struct MemoryStore {
    clock: Arc<dyn WallClock>,
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: HashMap<ReplayKey, Entry>,
    /// The same, by their end.
    ends: BTreeSet<(u64, ReplayKey)>,
}

#[derive(Clone, Copy)]
struct Entry {
    /// The second from which on it is forgotten.
    end: u64,
    /// `None` when it is done.
    reserved_by: Option<ReservationId>,
}

impl MemoryStore {
    /// A store of 262,144 entries.
    pub fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    /// A store of at most this many entries, at least one.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { clock: Arc::new(Uptime::new()), capacity: capacity.max(1), state: Mutex::default() }
    }

    /// The clock by which entries expire. Default: a monotonic one, which changes of the system's time do not affect.
    pub fn clock(mut self, clock: impl WallClock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The number of entries that have not expired.
    pub fn len(&self) -> usize {
        self.at(self.clock.now().as_secs()).entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The state, without what has ended by now.
    fn at(&self, now: u64) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((end, key)) = state.ends.first().copied().filter(|(end, _)| *end <= now) {
            state.ends.remove(&(end, key));
            state.entries.remove(&key);
        }
        state
    }
}

impl State {
    fn put(&mut self, key: ReplayKey, entry: Entry, capacity: usize) -> Result<(), StoreError> {
        self.take(&key);
        if self.entries.len() >= capacity {
            return Err(StoreError::new(format!("all {capacity} entries are in use")));
        }
        self.ends.insert((entry.end, key));
        self.entries.insert(key, entry);
        Ok(())
    }

    fn take(&mut self, key: &ReplayKey) {
        if let Some(entry) = self.entries.remove(key) {
            self.ends.remove(&(entry.end, *key));
        }
    }
}

/// Part of a second counts as a whole one.
fn end(now: u64, lasts: Duration) -> u64 {
    now.saturating_add(lasts.as_secs()).saturating_add(u64::from(lasts.subsec_nanos() > 0))
}

impl ReplayStore for MemoryStore {
    async fn reserve(
        &self,
        key: &ReplayKey,
        id: ReservationId,
        lasts: Duration,
    ) -> Result<Reservation, StoreError> {
        let now = self.clock.now().as_secs();
        let mut state = self.at(now);
        match state.entries.get(key) {
            Some(Entry { reserved_by: None, .. }) => Ok(Reservation::Done),
            Some(Entry { reserved_by, .. }) if *reserved_by == Some(id) => Ok(Reservation::Fresh),
            Some(Entry { end, .. }) => Ok(Reservation::InFlight(Duration::from_secs(end - now))),
            None => {
                state.put(*key, Entry { end: end(now, lasts), reserved_by: Some(id) }, self.capacity)?;
                Ok(Reservation::Fresh)
            }
        }
    }

    async fn complete(&self, key: &ReplayKey, lasts: Duration) -> Result<(), StoreError> {
        let now = self.clock.now().as_secs();
        self.at(now).put(*key, Entry { end: end(now, lasts), reserved_by: None }, self.capacity)
    }

    async fn release(&self, key: &ReplayKey, id: ReservationId) -> Result<(), StoreError> {
        let mut state = self.at(self.clock.now().as_secs());
        if state.entries.get(key).is_some_and(|entry| entry.reserved_by == Some(id)) {
            state.take(key);
        }
        Ok(())
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MemoryStore")
            .field("clock", &self.clock)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
