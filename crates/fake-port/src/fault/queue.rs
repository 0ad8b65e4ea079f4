//! The faults of one fake.

use std::sync::Arc;

use indexmap::IndexMap;
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use super::kind::Kind;
use super::plan::{FaultPlan, PlanRun};
use super::{ArmedFault, Fault};
use crate::call::Call;

/// How many used up faults are kept for their hits.
const SPENT: usize = 1000;

/// Identifies an injected fault, in the fake that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaultId(pub(crate) u64);

/// The faults of one fake: those that were injected, in order, and after them a plan.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    last_id: u64,
    /// Waiting and used up.
    injected: IndexMap<FaultId, ArmedFault>,
    plan: Option<PlanRun>,
    cleared: Arc<Notify>,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) -> FaultId {
        if self.injected.len() - self.waiting().count() > SPENT
            && let Some(oldest) = self.injected.values().position(ArmedFault::is_spent)
        {
            self.injected.shift_remove_index(oldest);
        }
        self.last_id += 1;
        let id = FaultId(self.last_id);
        // A list pages wrongly as a whole, not on one page.
        let default = if matches!(fault.kind, Kind::Paging { .. }) { None } else { Some(1) };
        self.injected.insert(id, ArmedFault::new(fault, default));
        id
    }

    pub(crate) fn follow(&mut self, plan: FaultPlan) {
        self.plan = Some(PlanRun::new(plan));
    }

    pub(crate) fn unfollow(&mut self) {
        self.plan = None;
    }

    pub(crate) fn plan(&self) -> Option<&FaultPlan> {
        self.plan.as_ref().map(|run| &run.plan)
    }

    /// How many requests a fault was applied to, if it is known.
    pub(crate) fn hits(&self, id: FaultId) -> Option<u64> {
        self.injected.get(&id).map(|armed| armed.hits)
    }

    pub(crate) fn withdraw(&mut self, id: FaultId) {
        self.injected.shift_remove(&id);
    }

    pub(crate) fn clear(&mut self) {
        self.injected.clear();
        self.plan = None;
        self.cleared.notify_waiters();
    }

    /// Until the next [`clear`](Self::clear).
    pub(crate) fn cleared(&self) -> OwnedNotified {
        Arc::clone(&self.cleared).notified_owned()
    }

    pub(crate) fn waiting(&self) -> impl Iterator<Item = (&FaultId, &ArmedFault)> {
        self.injected.iter().filter(|(_, armed)| !armed.is_spent())
    }

    /// The fault for this request: the first injected one that fits, or else the one that the plan draws. The plan draws
    /// for every request, so that its draws depend on nothing else.
    pub(crate) fn next_for(&mut self, call: Option<&Call>) -> Option<Fault> {
        let drawn = self.plan.as_mut().and_then(PlanRun::draw);
        let mut candidates = self.injected.values_mut().chain(drawn);
        candidates.find(|armed| armed.fits(call)).map(ArmedFault::take)
    }
}
