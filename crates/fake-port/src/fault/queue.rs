//! The faults of one fake.

use super::Fault;
use super::kind::Kind;
use super::plan::{FaultPlan, PlanRun};
use crate::call::Call;

/// How many used up faults are kept for their hits.
const SPENT: usize = 1000;

/// Identifies an injected fault, in the fake that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaultId(pub(crate) u64);

/// An injected fault.
#[derive(Debug, Clone)]
pub(crate) struct Injected {
    pub(crate) id: FaultId,
    pub(crate) fault: Fault,
    /// How many more requests it may apply to; `None` for any number.
    pub(crate) left: Option<u64>,
    pub(crate) hits: u64,
}

impl Injected {
    fn is_spent(&self) -> bool {
        self.left == Some(0)
    }
}

/// The faults of one fake: those that were injected, in order, and after them a plan.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    last_id: u64,
    /// Waiting and used up.
    injected: Vec<Injected>,
    plan: Option<PlanRun>,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) -> FaultId {
        if self.injected.len() - self.waiting().count() > SPENT
            && let Some(oldest) = self.injected.iter().position(Injected::is_spent)
        {
            self.injected.remove(oldest);
        }
        self.last_id += 1;
        let id = FaultId(self.last_id);
        // A list pages wrongly as a whole, not on one page.
        let left = fault.limit(if matches!(fault.kind, Kind::Paging { .. }) { None } else { Some(1) });
        self.injected.push(Injected { id, fault, left, hits: 0 });
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
        self.injected.iter().find(|injected| injected.id == id).map(|injected| injected.hits)
    }

    pub(crate) fn withdraw(&mut self, id: FaultId) {
        self.injected.retain(|injected| injected.id != id);
    }

    pub(crate) fn clear(&mut self) {
        self.injected.clear();
        self.plan = None;
    }

    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Injected> {
        self.injected.iter().filter(|injected| !injected.is_spent())
    }

    /// The fault for this request: the first injected one that fits, or else the one that the plan draws. The plan draws
    /// for every request, so that its draws depend on nothing else.
    pub(crate) fn next_for(&mut self, call: Option<&Call>) -> Option<Fault> {
        let drawn = self.plan.as_mut().and_then(|plan| plan.draw(call));
        let fits = |injected: &&mut Injected| !injected.is_spent() && injected.fault.fits(call);
        let Some(injected) = self.injected.iter_mut().find(fits) else {
            return self.plan.as_mut()?.take(drawn?);
        };
        injected.hits += 1;
        injected.left = injected.left.map(|left| left.saturating_sub(1));
        Some(injected.fault.clone())
    }
}
