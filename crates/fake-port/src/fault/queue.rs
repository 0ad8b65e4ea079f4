//! The faults that wait for a request.

use std::collections::VecDeque;

use super::Fault;
use super::plan::{Draw, FaultPlan};
use crate::call::Call;

/// How many faults that have had their turn are remembered for their hits.
const SPENT: usize = 1000;

/// Names an injected fault to the fake that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaultId(pub(crate) u64);

/// A fault with what is left of it.
#[derive(Debug, Clone)]
pub(crate) struct Injected {
    pub(crate) id: FaultId,
    pub(crate) fault: Fault,
    pub(crate) left: u64,
    pub(crate) hits: u64,
}

/// The faults of one fake: those that were injected, in order, and after them a plan.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    last_id: u64,
    injected: VecDeque<Injected>,
    plan: Option<Draw>,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) -> FaultId {
        self.forget_spent();
        self.last_id += 1;
        let id = FaultId(self.last_id);
        let left = fault.count().unwrap_or(1);
        self.injected.push_back(Injected { id, fault, left, hits: 0 });
        id
    }

    fn forget_spent(&mut self) {
        let spent = self.injected.iter().filter(|injected| injected.left == 0).count();
        if spent >= SPENT
            && let Some(oldest) = self.injected.iter().position(|injected| injected.left == 0)
        {
            self.injected.remove(oldest);
        }
    }

    pub(crate) fn follow(&mut self, plan: FaultPlan) {
        self.plan = Some(Draw::new(plan));
    }

    pub(crate) fn plan(&self) -> Option<&FaultPlan> {
        self.plan.as_ref().map(Draw::plan)
    }

    /// How often a fault befell a request, if it is known.
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

    pub(crate) fn injected(&self) -> impl Iterator<Item = &Injected> {
        self.injected.iter()
    }

    /// The fault that befalls this request. The first that fits has its turn; a plan draws for every request,
    /// so that what it draws depends on nothing else.
    pub(crate) fn befall(&mut self, call: Option<&Call>) -> Option<Fault> {
        let drawn = self.plan.as_mut().and_then(|plan| plan.next(call));
        let injected =
            self.injected.iter_mut().find(|injected| injected.left > 0 && injected.fault.fits(call));
        let Some(injected) = injected else {
            return drawn;
        };
        injected.hits += 1;
        if injected.left != u64::MAX {
            injected.left -= 1;
        }
        Some(injected.fault.clone())
    }
}
