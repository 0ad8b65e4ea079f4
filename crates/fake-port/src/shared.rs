//! The state, shared by the handle, the server and whatever else acts on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

use crate::core::{self, Verdict};
use crate::delivery::{Courier, Event, Load, parcels};
use crate::request::Request;
use crate::state::State;

/// The state behind its lock, which nobody holds while waiting, and what makes its deliveries.
#[derive(Clone)]
pub(crate) struct Shared {
    state: Arc<Mutex<State>>,
    courier: Courier,
    /// Where deliveries of changes are made. A server may answer on a runtime that ends sooner.
    runtime: Handle,
}

impl Shared {
    pub(crate) fn new(state: State, runtime: Handle) -> Self {
        let courier = Courier::new(state.settings.deliveries.clone());
        Self { state: Arc::new(Mutex::new(state)), courier, runtime }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn courier(&self) -> &Courier {
        &self.courier
    }

    /// Decides what becomes of a request, and has the changes that it made delivered.
    pub(crate) fn answer(&self, request: Request) -> Verdict {
        let mut state = self.state();
        let verdict = core::answer(&mut state, request);
        let changes = std::mem::take(&mut state.changes);
        if !changes.is_empty() {
            let packed = changes.iter().flat_map(|event| parcels(&mut state, event)).collect();
            let load = self.courier.load(packed);
            let shared = self.clone();
            let record = move |delivery| shared.state().deliveries.push(delivery);
            self.runtime.spawn(load.carry(record));
        }
        verdict
    }

    /// The deliveries of these events to the webhooks as they are now.
    pub(crate) fn load(&self, events: &[Event]) -> Load {
        let mut state = self.state();
        let packed = events.iter().flat_map(|event| parcels(&mut state, event)).collect();
        self.courier.load(packed)
    }
}
