//! The state, shared by the handle, the server and whatever else acts on it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

use crate::adapter::Traffic;
use crate::core::{self, Verdict};
use crate::delivery::{Courier, Delivery, Event, Load, Order, parcels};
use crate::read::Counts;
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
            let load = self.load(&mut state, &changes);
            let shared = self.clone();
            let record = move |delivery| shared.state().deliveries.push(delivery);
            self.runtime.spawn(load.carry(record));
        }
        verdict
    }

    /// How much was done since the start, with what the server counts if it does.
    pub(crate) fn counts(&self, traffic: Option<&Traffic>) -> Counts {
        let counts = self.state().counts;
        Counts {
            connections: traffic.map(|traffic| traffic.connections.load(Ordering::Relaxed)),
            bytes_received: traffic.map(|traffic| traffic.received.load(Ordering::Relaxed)),
            bytes_sent: traffic.map(|traffic| traffic.sent.load(Ordering::Relaxed)),
            ..counts
        }
    }

    /// Posts events and tells what became of each delivery, in the order they were to be made.
    pub(crate) async fn emit(&self, mut events: Vec<Event>, order: Order) -> Vec<Delivery> {
        order.arrange(&mut events);
        let load = self.load(&mut self.state(), &events);
        let shared = self.clone();
        // On a task of its own: whoever no longer waits for them does not end them.
        let carried = self.runtime.spawn(async move {
            let ended = Mutex::new(Vec::new());
            load.carry(|delivery| {
                shared.state().deliveries.push(delivery.clone());
                ended.lock().unwrap_or_else(PoisonError::into_inner).push(delivery);
            })
            .await;
            ended.into_inner().unwrap_or_else(PoisonError::into_inner)
        });
        let mut ended = carried.await.unwrap_or_default();
        ended.sort_by_key(|delivery| delivery.number);
        ended
    }

    /// Makes everything as it was at the start.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        self.courier.give_up();
        state.reset();
    }

    /// The deliveries of these events to the webhooks as they are now.
    fn load(&self, state: &mut State, events: &[Event]) -> Load {
        let packed = events.iter().flat_map(|event| parcels(state, event)).collect();
        self.courier.load(packed)
    }
}
