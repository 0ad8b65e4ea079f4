//! The faults of one fake.

use std::collections::VecDeque;

use super::Fault;
use super::kind::Kind;
use super::plan::{FaultPlan, PlanRun};
use crate::call::Call;

/// How many faults that are used up are remembered for their hits.
const SPENT: usize = 1000;

/// Identifies an injected fault, in the fake that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaultId(pub(crate) u64);

/// A fault that waits for requests.
#[derive(Debug, Clone)]
pub(crate) struct Injected {
    pub(crate) id: FaultId,
    pub(crate) fault: Fault,
    /// How many more requests it may apply to; `None` for any number.
    pub(crate) left: Option<u64>,
    pub(crate) hits: u64,
}

/// The faults of one fake: those that were injected, in order, and after them a plan.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    last_id: u64,
    waiting: VecDeque<Injected>,
    /// Those that are used up, with their hits.
    spent: VecDeque<(FaultId, u64)>,
    plan: Option<PlanRun>,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) -> FaultId {
        self.last_id += 1;
        let id = FaultId(self.last_id);
        // A list pages wrongly as a whole, not on one page.
        let left = fault.limit(if matches!(fault.kind, Kind::Paging { .. }) { None } else { Some(1) });
        self.waiting.push_back(Injected { id, fault, left, hits: 0 });
        id
    }

    pub(crate) fn follow(&mut self, plan: FaultPlan) {
        self.plan = Some(PlanRun::new(plan));
    }

    pub(crate) fn unfollow(&mut self) {
        self.plan = None;
    }

    pub(crate) fn plan(&self) -> Option<&FaultPlan> {
        self.plan.as_ref().map(PlanRun::plan)
    }

    /// How many requests a fault was applied to, if it is known.
    pub(crate) fn hits(&self, id: FaultId) -> Option<u64> {
        let waiting = self.waiting.iter().find(|injected| injected.id == id).map(|injected| injected.hits);
        waiting.or_else(|| self.spent.iter().find(|(spent, _)| *spent == id).map(|(_, hits)| *hits))
    }

    pub(crate) fn withdraw(&mut self, id: FaultId) {
        self.waiting.retain(|injected| injected.id != id);
        self.spent.retain(|(spent, _)| *spent != id);
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.spent.clear();
        self.plan = None;
    }

    pub(crate) fn waiting(&self) -> impl ExactSizeIterator<Item = &Injected> {
        self.waiting.iter()
    }

    /// The fault for this request: the first injected one that fits, or else what the plan draws. The plan draws for
    /// every request, so that what it draws depends on nothing else.
    pub(crate) fn next_for(&mut self, call: Option<&Call>) -> Option<Fault> {
        let drawn = self.plan.as_mut().and_then(|plan| plan.draw(call));
        let Some(at) = self.waiting.iter().position(|injected| injected.fault.fits(call)) else {
            return self.plan.as_mut()?.take(drawn?);
        };
        let injected = self.waiting.get_mut(at)?;
        injected.hits += 1;
        if let Some(left) = &mut injected.left {
            *left = left.saturating_sub(1);
        }
        if injected.left != Some(0) {
            return Some(injected.fault.clone());
        }
        let Injected { id, fault, hits, .. } = self.waiting.remove(at)?;
        if self.spent.len() >= SPENT {
            self.spent.pop_front();
        }
        self.spent.push_back((id, hits));
        Some(fault)
    }
}
