//! The interval in which a wait lies, for a random policy.

use std::time::Duration;

use crate::error::{ErrorKind, Failure};
use crate::retry::{Decision, Moment, Retry, Strategy};

/// A policy with fields to read, which [`Retry`] has not.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) attempts: u32,
    pub(crate) base: Duration,
    pub(crate) cap: Duration,
    pub(crate) jitter: bool,
    pub(crate) deadline: Option<Duration>,
    pub(crate) growth: Growth,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Growth {
    Doubling,
    Level,
    /// A custom strategy: the number of the attempt times this.
    Times(Duration),
}

impl Policy {
    pub(crate) fn retry(&self) -> Retry {
        let strategy = match self.growth {
            Growth::Doubling => Strategy::Exponential,
            Growth::Level => Strategy::Constant,
            Growth::Times(wait) => Strategy::custom(move |attempt| wait.saturating_mul(attempt)),
        };
        let retry = Retry::new().attempts(self.attempts).base(self.base).cap(self.cap).jitter(self.jitter);
        let retry = retry.strategy(strategy);
        match self.deadline {
            Some(deadline) => retry.deadline(deadline),
            None => retry,
        }
    }

    /// The longest wait in nanoseconds, where there is no hint.
    fn longest(&self, kind: ErrorKind, attempts: u32) -> u128 {
        let second = Duration::from_secs(1).as_nanos();
        let base = self.base.as_nanos().max(if kind == ErrorKind::RateLimited { second } else { 0 });
        let wait = match self.growth {
            // After so many doublings the cap is exceeded.
            Growth::Doubling if attempts > 64 => base.saturating_mul(u128::MAX),
            Growth::Doubling => base << (attempts - 1).min(31),
            Growth::Level => base,
            Growth::Times(wait) => wait.as_nanos() * u128::from(attempts),
        };
        wait.min(self.cap.as_nanos())
    }
}

/// Decides about a failure, and asserts that the decision is right. `random` selects a point of the interval.
pub(crate) fn check(policy: &Policy, now: &Moment, failure: &Failure, random: f64) -> Decision {
    let decision = policy.retry().decide(now, failure, random);
    let case = || format!("{decision:?} for {policy:?} {now:?} {:?} {random}", failure.retry_after);
    let left = policy.deadline.map_or(now.left, |deadline| now.left.min(deadline.saturating_sub(now.passed)));
    if now.attempts >= policy.attempts.max(1) || !failure.is_retryable(now.idempotent) {
        assert_eq!(decision, Decision::GiveUp, "{}", case());
        return decision;
    }
    match (failure.retry_after, decision) {
        (Some(hint), decision) if is_too_long(hint, left) => {
            assert_eq!(decision, Decision::GiveUp, "{}", case());
        }
        (Some(_), Decision::GiveUp) => panic!("{}", case()),
        (Some(hint), Decision::Wait(wait)) => {
            let most = hint.as_nanos() + if policy.jitter { hint.as_nanos().div_ceil(10) } else { 0 };
            assert!(
                wait >= hint && wait.as_nanos() <= most && wait + Duration::from_secs(1) <= left,
                "{}",
                case()
            );
        }
        (None, Decision::Wait(wait)) => {
            let most = policy.longest(failure.kind, now.attempts);
            assert!(wait.as_nanos() <= most && wait < left, "{}", case());
            if !policy.jitter {
                assert!(is_about(wait.as_nanos(), most), "{}", case());
            }
        }
        (None, Decision::GiveUp) => {
            // Then the wait, rounded to a nanosecond, does not fit.
            let drawn =
                float(policy.longest(failure.kind, now.attempts)) * if policy.jitter { random } else { 1.0 };
            assert!(drawn + 1.0 >= float(left.as_nanos()) * (1.0 - 1e-12), "{}", case());
        }
    }
    decision
}

fn is_too_long(hint: Duration, left: Duration) -> bool {
    let second = Duration::from_secs(1);
    hint > Duration::from_secs(60) || hint.checked_add(second).is_none_or(|most| most > left)
}

/// Long waits are computed in floating point.
fn is_about(wait: u128, expected: u128) -> bool {
    wait.abs_diff(expected) <= expected >> 48
}

#[allow(clippy::cast_precision_loss)] // the comparison allows for it
fn float(nanoseconds: u128) -> f64 {
    nanoseconds as f64
}
