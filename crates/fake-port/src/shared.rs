//! The state, shared by the handle, the server and whatever else acts on it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

use crate::core::{self, Verdict};
use crate::delivery::{Batch, Dispatcher, Order, PortEvent, Sender, SentDelivery};
use crate::read::Counts;
use crate::request::Request;
use crate::state::State;
use crate::traffic::Traffic;

/// The state behind its lock, which nobody holds while waiting, and what makes its deliveries.
#[derive(Clone)]
pub(crate) struct Shared {
    state: Arc<Mutex<State>>,
    dispatcher: Dispatcher,
    /// Where deliveries of changes are made. A server may answer on a runtime that ends sooner.
    runtime: Handle,
}

impl Shared {
    pub(crate) fn new(state: State, runtime: Handle) -> Self {
        let dispatcher = Dispatcher::new(state.settings.deliveries.clone());
        Self { state: Arc::new(Mutex::new(state)), dispatcher, runtime }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }

    /// Decides what becomes of a request, and has the changes that it made delivered.
    pub(crate) fn answer(&self, request: Request) -> Verdict {
        let mut state = self.state();
        let verdict = core::answer(&mut state, request);
        let changes = std::mem::take(&mut state.changes);
        if !changes.is_empty() {
            let batch = self.batch(&mut state, &changes);
            let (shared, generation) = (self.clone(), batch.generation());
            let record = move |delivery| {
                shared.record(generation, delivery);
            };
            self.runtime.spawn(batch.send(record));
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

    /// Posts events and returns what became of each delivery, in the order in which they were queued.
    pub(crate) async fn emit(&self, mut events: Vec<PortEvent>, order: Order) -> Vec<SentDelivery> {
        order.arrange(&mut events);
        let batch = self.batch(&mut self.state(), &events);
        let (shared, generation) = (self.clone(), batch.generation());
        // On a task of its own: whoever no longer waits for them does not end them.
        let sent = self.runtime.spawn(async move {
            let ended = Mutex::new(Vec::new());
            batch
                .send(|delivery| {
                    if shared.record(generation, delivery.clone()) {
                        ended.lock().unwrap_or_else(PoisonError::into_inner).push(delivery);
                    }
                })
                .await;
            ended.into_inner().unwrap_or_else(PoisonError::into_inner)
        });
        let mut ended = sent.await.unwrap_or_default();
        ended.sort_by_key(|delivery| delivery.number);
        ended
    }

    /// Enters a delivery into the log. `false` when a reset has cancelled it.
    fn record(&self, generation: u64, delivery: SentDelivery) -> bool {
        let mut state = self.state();
        // Asked under the lock that a reset holds: what comes before it goes with the log, and what comes after
        // it is known to be cancelled.
        let current = self.dispatcher.is_current(generation);
        if current {
            state.deliveries.push(delivery);
        }
        current
    }

    /// Makes everything as it was at the start.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        self.dispatcher.cancel();
        state.reset();
    }

    /// The deliveries of these events to the webhooks as they are now.
    fn batch(&self, state: &mut State, events: &[PortEvent]) -> Batch {
        let State { settings, data, counts, .. } = state;
        let sender = Sender {
            profile: settings.profile,
            settings: &settings.deliveries,
            organization: &settings.organization,
            client_secret: &settings.client_secret,
            now: data.clock.now(),
        };
        let pending = events
            .iter()
            .flat_map(|event| sender.pending(event, data.webhooks.values(), &mut counts.deliveries));
        self.dispatcher.batch(pending.collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::handle::FakePort;
    use crate::read::Recording;

    #[tokio::test]
    async fn what_ended_just_before_a_reset_is_not_entered_after_it() {
        // Without a URL it is refused at once.
        let webhook = json!({ "identifier": "a", "events": ["run.created"] });
        let port = FakePort::builder().webhook(webhook).record(Recording::All).serve().await.unwrap();
        let shared = port.shared();
        let batch = shared.batch(&mut shared.state(), &[PortEvent::run_created(json!({}))]);
        let generation = batch.generation();
        batch
            .send(|delivery| {
                shared.reset();
                assert!(!shared.record(generation, delivery));
            })
            .await;
        assert!(port.deliveries().is_empty());
    }
}
