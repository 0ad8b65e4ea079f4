//! Faults, injected and removed by tests.

use super::FakePort;
use crate::fault::{Fault, FaultId, FaultPlan};

impl FakePort {
    /// Makes the next request that the fault fits go wrong, or as many as the fault says. Of several faults that fit a
    /// request, the one that was injected first applies.
    ///
    /// # Panics
    ///
    /// When the fault cannot apply to any of the operations that it names, has 0 [times](Fault::times), or has a
    /// [hint](crate::Hint::Header) that is not valid as a header. Also when the fault needs the fake's own server and
    /// this fake runs under wiremock: start it with [`Builder::serve`](crate::Builder::serve).
    #[track_caller]
    pub fn inject(&self, fault: Fault) -> FaultId {
        let fault = fault.checked();
        self.assert_can_play(fault.needs_own_server());
        self.shared.state().faults.inject(fault)
    }

    /// Makes a share of all requests go wrong. Injected faults come first; a new plan replaces the old one.
    ///
    /// # Panics
    ///
    /// When a fault of the plan would make [`inject`](Self::inject) panic, or the share of a plan that was read from JSON
    /// is not between 0 and 1.
    #[track_caller]
    #[allow(clippy::panic)] // A mistake in a test; documented.
    pub fn follow(&self, plan: FaultPlan) {
        if let Err(problem) = plan.check() {
            panic!("{problem}");
        }
        self.assert_can_play(plan.needs_own_server());
        self.shared.state().faults.follow(plan);
    }

    #[track_caller]
    fn assert_can_play(&self, needs_own_server: bool) {
        let possible = !needs_own_server || self.server.can_break_answers();
        assert!(possible, "this fault needs the fake's own server: start the fake with Builder::serve");
    }

    /// How many requests a fault was applied to. `None` when it was withdrawn, or was used up and 1,000 other faults
    /// were used up after it.
    pub fn hits(&self, fault: FaultId) -> Option<u64> {
        self.shared.state().faults.hits(fault)
    }

    /// Removes a fault, used up or not.
    pub fn withdraw(&self, fault: FaultId) {
        self.shared.state().faults.withdraw(fault);
    }

    /// Removes every fault and the plan.
    pub fn clear_faults(&self) {
        self.shared.state().faults.clear();
    }
}
