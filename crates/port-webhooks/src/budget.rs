//! The retry budget that all clones of a client share.

use std::sync::atomic::{AtomicU32, Ordering};

/// In tenths of a retry.
const RETRY: u32 = 10;
const CALL: u32 = 1;
const FULL: u32 = 20 * RETRY;

/// A token bucket of 20 retries, full at first. A retry takes one, a call adds a tenth of one. So retries add no more
/// than a tenth of the calls, plus 20.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(FULL))
    }
}

impl Budget {
    /// Adds what a call earns.
    pub(crate) fn earn(&self) {
        let _ =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |parts| Some((parts + CALL).min(FULL)));
    }

    /// Takes a retry, if there is one.
    pub(crate) fn spend(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |parts| parts.checked_sub(RETRY)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_at_first_and_a_tenth_for_each_call() {
        let budget = Budget::default();
        budget.earn();
        assert_eq!((0..100).filter(|_| budget.spend()).count(), 20, "full is full");
        for _ in 0..9 {
            budget.earn();
        }
        assert!(!budget.spend());
        budget.earn();
        assert!(budget.spend() && !budget.spend());
    }

    #[test]
    fn ten_thousand_failing_calls_are_retried_a_tenth_of_their_number_and_twenty_times() {
        let budget = Budget::default();
        let mut sent = 0;
        for _ in 0..10_000 {
            budget.earn();
            sent += 1 + (0..2).take_while(|_| budget.spend()).count();
        }
        assert!((10_990..=11_020).contains(&sent), "{sent}");
    }
}
