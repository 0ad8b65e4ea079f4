//! What the page shows: the last entries, in bounded memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use fake_port::{Activity, SentDelivery};
use http::{HeaderMap, Method};
use tokio::sync::watch;

use super::entry::{self, Entry};
use super::masker::Masker;
use crate::listen::Report;

/// The most entries.
pub(super) const MOST: usize = 500;
/// The most bytes of entries, as they are shown and as they arrived.
const MOST_BYTES: usize = 32 * 1024 * 1024;

pub(crate) struct Log {
    pub(super) masker: Masker,
    /// Of the receiver or of the fake.
    address: OnceLock<String>,
    state: Mutex<State>,
    /// Increases with each entry, and when the state of the fake may have changed.
    version: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    /// The number of the last entry; the first has 1.
    last: u64,
    bytes: usize,
    kept: VecDeque<Kept>,
}

struct Kept {
    id: u64,
    json: Arc<str>,
    bytes: usize,
    original: Option<Original>,
}

/// What can be sent again, as it arrived or was sent.
#[derive(Clone)]
pub(crate) enum Original {
    Received { method: Method, headers: HeaderMap, body: Bytes },
    Sent(Box<SentDelivery>),
}

impl Original {
    fn bytes(&self) -> usize {
        let (headers, body) = match self {
            Self::Received { headers, body, .. } => (headers, body),
            Self::Sent(delivery) => (&delivery.headers, &delivery.body),
        };
        headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>() + body.len()
    }
}

impl Log {
    pub(super) fn new(masker: Masker) -> Self {
        let version = watch::Sender::new(0);
        Self { masker, address: OnceLock::new(), state: Mutex::default(), version }
    }

    pub(super) fn set_address(&self, address: String) {
        // It is set once.
        let _ = self.address.set(address);
    }

    /// The address of the receiver or of the fake.
    pub(super) fn address(&self) -> &str {
        self.address.get().map_or("", String::as_str)
    }

    /// Enters a delivery that `listen` received.
    pub(crate) fn received(&self, report: &Report) {
        let original = Original::Received {
            method: report.method.clone(),
            headers: report.headers.clone(),
            body: report.body.clone(),
        };
        self.push(
            entry::received(report, &self.masker, self.address()),
            Some(original).filter(|_| report.is_whole),
        );
    }

    /// Enters what the fake did.
    pub(crate) fn observed(&self, activity: Activity) {
        match activity {
            Activity::Request { request, response, wait, .. } => {
                self.push(entry::request(&request, &response, wait, &self.masker, self.address()), None);
            }
            Activity::Delivery(delivery) => {
                self.push(entry::sent(&delivery, &self.masker), Some(Original::Sent(delivery)));
            }
            _ => self.version.send_modify(|version| *version += 1),
        }
    }

    /// Enters it, and returns its number. One that is too large to be kept cannot be sent again.
    pub(super) fn push(&self, mut entry: Entry, original: Option<Original>) -> u64 {
        let original = original.filter(|original| original.bytes() <= MOST_BYTES / 2);
        entry.again = original.is_some();
        // Text and numbers always serialize.
        let json: Arc<str> = serde_json::to_string(&entry).unwrap_or_default().into();
        let bytes = json.len() + original.as_ref().map_or(0, Original::bytes);
        let mut state = self.state();
        state.last += 1;
        let id = state.last;
        state.bytes += bytes;
        state.kept.push_back(Kept { id, json, bytes, original });
        while state.kept.len() > MOST || state.bytes > MOST_BYTES {
            let Some(oldest) = state.kept.pop_front() else { break };
            state.bytes -= oldest.bytes;
        }
        drop(state);
        self.version.send_modify(|version| *version += 1);
        id
    }

    /// The number of the last entry.
    pub(super) fn last(&self) -> u64 {
        self.state().last
    }

    pub(super) fn original(&self, id: u64) -> Option<Original> {
        self.state().kept.iter().find(|kept| kept.id == id)?.original.clone()
    }

    /// The first entry after this one, and the number of the oldest one that is kept.
    pub(super) fn after(&self, id: u64) -> Option<(u64, Arc<str>, u64)> {
        let state = self.state();
        let oldest = state.kept.front()?.id;
        let next = state.kept.iter().find(|kept| kept.id > id)?;
        Some((next.id, Arc::clone(&next.json), oldest))
    }

    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
