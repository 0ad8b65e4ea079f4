//! Faults, injected and taken back by tests.

use super::FakePort;
use crate::fault::{Fault, FaultId, FaultPlan};

impl FakePort {
    /// Makes something go wrong with the next request that the fault fits, or with as many as it says. Of
    /// several faults that fit a request, the one that was injected first befalls it.
    ///
    /// # Panics
    ///
    /// When the fault can befall none of the operations it names, is to happen no [times](Fault::times), or holds a
    /// [hint](crate::Hint::Header) that cannot stand in a header. Also when it needs the fake's own server while
    /// this fake runs under wiremock: start it with [`Builder::serve`](crate::Builder::serve).
    #[track_caller]
    pub fn inject(&self, fault: Fault) -> FaultId {
        let fault = fault.checked();
        self.assert_can_play(fault.needs_own_server());
        self.shared.state().faults.inject(fault)
    }

    /// Makes a share of all requests go wrong. Injected faults go before; a new plan replaces the old.
    ///
    /// # Panics
    ///
    /// When a fault of the plan can befall none of the operations it names, is to happen no
    /// [times](Fault::times), or holds a [hint](crate::Hint::Header) that cannot stand in a header. Also when it
    /// needs the fake's own server while this fake runs under wiremock: start it with [`Builder::serve`](crate::Builder::serve).
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

    /// How many requests a fault has befallen. `None` when it was withdrawn, or more than 1,000 faults were spent
    /// after it.
    pub fn hits(&self, fault: FaultId) -> Option<u64> {
        self.shared.state().faults.hits(fault)
    }

    /// Takes a fault back. It may be spent.
    pub fn withdraw(&self, fault: FaultId) {
        self.shared.state().faults.withdraw(fault);
    }

    /// Takes every fault and the plan back.
    pub fn clear_faults(&self) {
        self.shared.state().faults.clear();
    }
}
