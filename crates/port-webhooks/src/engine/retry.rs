//! Whether and when a failed call is retried.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::error::{ErrorKind, Failure};

/// Attempts at a call whose JSON ends early. Twice is no accident.
const MAX_ATTEMPTS_FOR_SHORT_JSON: u32 = 2;
/// The least base after a 429 without a hint.
const RATE_LIMIT_BASE: Duration = Duration::from_secs(1);
/// The call does not wait for a longer hint, but fails with it.
pub(crate) const LONGEST_HINT: Duration = Duration::from_secs(60);
/// Time that must be left for the attempt after a hinted wait.
const RESERVE_AFTER_HINT: Duration = Duration::from_secs(1);

/// How often a failed call is retried, and after which delays.
///
/// Only failures that may be temporary are retried (a broken connection, a timeout, 408, 429, 500, 502, 503, 504, JSON
/// that ends early), and only where that is safe: a create only when it was certainly not carried out.
///
/// The delay that Port asks for is never shortened. When it is more than a minute, or would leave less than a second of
/// the call's time, the call fails at once, and [`Error::retry_after`](crate::Error::retry_after) has the delay.
///
/// All clones of a client share a retry budget, so that retries do not triple the load on a server that is down: 20
/// retries at first, and one more for every ten calls, up to 20.
///
/// ```
/// use port_webhooks::Retry;
/// use std::time::Duration;
///
/// let patient = Retry::new().attempts(5).base(Duration::from_millis(200)).cap(Duration::from_secs(30));
/// let port = port_webhooks::Client::builder().access_token("token").retry(patient).build()?;
/// # async fn example(port: port_webhooks::Client) -> Result<(), port_webhooks::Error> {
/// // A policy for one call:
/// port.webhooks().get("entity-created").retry(Retry::none()).await?;
/// # Ok(())
/// # }
/// # Ok::<(), port_webhooks::Error>(())
/// ```
#[doc(alias("backoff", "exponential", "jitter", "retries", "retry policy"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    attempts: u32,
    base: Duration,
    cap: Duration,
    jitter: bool,
    give_up_after: Option<Duration>,
    strategy: Strategy,
}

/// How delays grow when Port does not ask for one.
///
/// ```
/// use port_webhooks::Retry;
/// use port_webhooks::types::Strategy;
/// use std::time::Duration;
///
/// let constant = Retry::new().base(Duration::from_millis(500)).strategy(Strategy::Constant);
/// let linear = Retry::new().strategy(Strategy::custom(|attempt| Duration::from_secs(1) * attempt));
/// # let _ = (constant, linear);
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Strategy {
    /// Each delay is twice the one before.
    #[default]
    Exponential,
    /// Every delay is the base.
    Constant,
    /// The delay is a function of the number of attempts made so far, from 1.
    Custom(Arc<dyn Fn(u32) -> Duration + Send + Sync>),
}

impl Strategy {
    /// Delays as a function of the number of attempts made so far, from 1.
    pub fn custom(wait: impl Fn(u32) -> Duration + Send + Sync + 'static) -> Self {
        Self::Custom(Arc::new(wait))
    }
}

impl fmt::Debug for Strategy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Exponential => "Exponential",
            Self::Constant => "Constant",
            Self::Custom(_) => "Custom",
        })
    }
}

/// Two `Custom` are equal when they share one function, as clones do.
impl PartialEq for Strategy {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exponential, Self::Exponential) | (Self::Constant, Self::Constant) => true,
            (Self::Custom(one), Self::Custom(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(50),
            cap: Duration::from_secs(20),
            jitter: true,
            give_up_after: None,
            strategy: Strategy::default(),
        }
    }
}

impl Retry {
    /// The default policy.
    pub fn new() -> Self {
        Self::default()
    }

    /// No retries. After a 401, the call is still sent once more with a new token.
    pub fn none() -> Self {
        Self::new().attempts(1)
    }

    /// Sets the number of attempts, including the first. Default: 3; zero counts as 1.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the first delay, before jitter. Default: 50 ms; after a 429 it is at least 1 s.
    pub fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// Sets the longest delay, except for one that Port asks for. Default: 20 s.
    pub fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// Sets whether delays are random, so that many clients do not return at once: between zero and the full delay, or
    /// between the delay that Port asks for and a tenth more. Default: `true`.
    pub fn jitter(mut self, jitter: bool) -> Self {
        self.jitter = jitter;
        self
    }

    /// Sets how long after the start of a call a retry may begin. Default: the time limit of the call
    /// ([`ClientBuilder::deadline`](crate::ClientBuilder::deadline), [`Request::deadline`](crate::Request::deadline)).
    pub fn give_up_after(mut self, time: Duration) -> Self {
        self.give_up_after = Some(time);
        self
    }

    /// Sets how delays grow. Default: [`Strategy::Exponential`].
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Whether a failed call is retried, and after which delay: a function of the policy and the arguments alone.
    pub(crate) fn decide(&self, progress: &Progress, failure: &Failure, random: f64) -> Decision {
        let most = match failure.kind {
            ErrorKind::Decode => self.attempts.min(MAX_ATTEMPTS_FOR_SHORT_JSON),
            _ => self.attempts,
        };
        if progress.attempts >= most || !failure.is_retryable(progress.idempotent) {
            return Decision::GiveUp;
        }
        let left = match self.give_up_after {
            Some(time) => progress.left.min(time.saturating_sub(progress.passed)),
            None => progress.left,
        };
        let random = if self.jitter { random.clamp(0.0, 1.0) } else { 1.0 };
        match failure.retry_after {
            Some(hint) if hint > LONGEST_HINT || left.saturating_sub(hint) < RESERVE_AFTER_HINT => {
                Decision::GiveUp
            }
            Some(hint) => {
                let more = if self.jitter { share_of(hint, 0.1 * random) } else { Duration::ZERO };
                Decision::Wait(hint.saturating_add(more).min(left.saturating_sub(RESERVE_AFTER_HINT)))
            }
            None => {
                let wait = share_of(self.backoff(failure, progress.attempts), random);
                if wait < left { Decision::Wait(wait) } else { Decision::GiveUp }
            }
        }
    }

    /// The full delay after a number of attempts, without a hint.
    pub(crate) fn backoff(&self, failure: &Failure, attempts: u32) -> Duration {
        let base = match failure.kind {
            ErrorKind::RateLimited => self.base.max(RATE_LIMIT_BASE),
            _ => self.base,
        };
        let wait = match &self.strategy {
            Strategy::Exponential => base.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))),
            Strategy::Constant => base,
            Strategy::Custom(wait) => wait(attempts),
        };
        wait.min(self.cap)
    }
}

/// The state of a call after a failed attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    pub(crate) attempts: u32,
    /// Since its start.
    pub(crate) passed: Duration,
    /// Until its deadline.
    pub(crate) left: Duration,
    /// Whether two requests leave the same state as one.
    pub(crate) idempotent: bool,
}

/// What is done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    GiveUp,
    Wait(Duration),
}

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

/// A share of a delay. `min`, since rounding can make it longer than the whole; not `mul_f64`, which can panic.
fn share_of(delay: Duration, share: f64) -> Duration {
    Duration::try_from_secs_f64(delay.as_secs_f64() * share).unwrap_or(Duration::MAX).min(delay)
}

/// A random number from 0 to 1. The standard library has no other source of randomness.
pub(crate) fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    #[allow(clippy::cast_precision_loss)] // 53 bits fit.
    let fraction = (bits >> 11) as f64 / (1_u64 << 53) as f64;
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Outcome;

    const MINUTE: Duration = Duration::from_secs(60);

    fn failure(kind: ErrorKind, outcome: Outcome) -> Failure {
        Failure::new(kind, outcome, "").transient()
    }

    fn hinted(hint: Duration) -> Failure {
        Failure { retry_after: Some(hint), ..failure(ErrorKind::RateLimited, Outcome::NotApplied) }
    }

    fn at(attempts: u32, idempotent: bool) -> Progress {
        Progress { attempts, passed: Duration::ZERO, left: MINUTE, idempotent }
    }

    fn milliseconds(decision: Decision) -> Option<u128> {
        match decision {
            Decision::GiveUp => None,
            Decision::Wait(wait) => Some(wait.as_millis()),
        }
    }

    #[test]
    fn what_is_retried() {
        use ErrorKind::{Connect, Decode, Server, Timeout, Transport};
        use Outcome::{Applied, NotApplied, NotSent, Unknown};
        for (kind, outcome, attempts, idempotent, again) in [
            (Connect, NotSent, 1, false, true),
            (Connect, NotSent, 2, false, true),
            (Connect, NotSent, 3, false, false),
            (Server, Unknown, 1, true, true),
            (Server, Unknown, 1, false, false),
            (Server, NotApplied, 1, false, true),
            (Timeout, Unknown, 2, true, true),
            (Timeout, Unknown, 1, false, false),
            (Timeout, Applied, 1, true, false),
            (Transport, NotApplied, 2, true, true),
            (Transport, Applied, 1, true, false),
            (Decode, NotApplied, 1, true, true),
            (Decode, NotApplied, 2, true, false),
            (ErrorKind::RateLimited, NotApplied, 1, false, true),
        ] {
            let decision = Retry::new().decide(&at(attempts, idempotent), &failure(kind, outcome), 0.5);
            assert_eq!(decision != Decision::GiveUp, again, "{kind:?} {outcome:?} {attempts} {idempotent}");
            let lasting = Failure { transient: false, ..failure(kind, outcome) };
            assert_eq!(Retry::new().decide(&at(attempts, true), &lasting, 0.5), Decision::GiveUp);
        }
    }

    #[test]
    fn waits_without_a_hint() {
        let fails = failure(ErrorKind::Server, Outcome::NotApplied);
        let limited = failure(ErrorKind::RateLimited, Outcome::NotApplied);
        let many = Retry::new().attempts(100);
        for (retry, failure, attempts, random, wait) in [
            (many.clone(), &fails, 1, 1.0, Some(50)),
            (many.clone(), &fails, 2, 1.0, Some(100)),
            (many.clone(), &fails, 9, 1.0, Some(12_800)),
            (many.clone(), &fails, 10, 1.0, Some(20_000)),
            (many.clone(), &fails, 99, 1.0, Some(20_000)),
            (many.clone(), &fails, 2, 0.0, Some(0)),
            (many.clone(), &fails, 2, 0.25, Some(25)),
            (many.clone(), &limited, 1, 1.0, Some(1000)),
            (many.clone(), &limited, 2, 1.0, Some(2000)),
            (many.clone().base(Duration::from_secs(3)), &limited, 1, 1.0, Some(3000)),
            (many.clone().jitter(false), &fails, 2, 0.0, Some(100)),
            (many.clone().strategy(Strategy::Constant), &fails, 9, 1.0, Some(50)),
            (
                many.clone().strategy(Strategy::custom(|n| Duration::from_secs(n.into()))),
                &fails,
                7,
                1.0,
                Some(7000),
            ),
            (many.clone().strategy(Strategy::custom(|_| Duration::MAX)), &fails, 7, 1.0, Some(20_000)),
            (many.clone().cap(Duration::MAX).base(Duration::MAX), &fails, 99, 1.0, None),
            (many.clone().cap(MINUTE).base(MINUTE), &fails, 1, 1.0, None),
            (Retry::none(), &fails, 1, 0.5, None),
            (Retry::new().attempts(0), &fails, 1, 0.5, None),
        ] {
            let decision = retry.decide(&at(attempts, true), failure, random);
            assert_eq!(milliseconds(decision), wait, "{retry:?} {attempts} {random}");
        }
    }

    #[test]
    fn waits_with_a_hint() {
        let seconds = Duration::from_secs;
        for (hint, left, random, wait) in [
            (seconds(5), MINUTE, 0.0, Some(5000)),
            (seconds(5), MINUTE, 1.0, Some(5500)),
            (seconds(59), MINUTE, 0.0, Some(59_000)),
            (seconds(59), MINUTE, 1.0, Some(59_000)),
            (seconds(57), MINUTE, 1.0, Some(59_000)),
            (Duration::from_millis(59_001), MINUTE, 0.0, None),
            (seconds(60), seconds(100), 0.0, Some(60_000)),
            (Duration::from_millis(60_001), seconds(1000), 0.0, None),
            (seconds(5), seconds(6), 1.0, Some(5000)),
            (seconds(5), Duration::from_millis(5999), 0.0, None),
            (Duration::MAX, Duration::MAX, 1.0, None),
        ] {
            let progress = Progress { left, ..at(1, false) };
            let decision = Retry::new().decide(&progress, &hinted(hint), random);
            assert_eq!(milliseconds(decision), wait, "{hint:?} {left:?} {random}");
        }
        assert_eq!(
            milliseconds(Retry::new().jitter(false).decide(&at(1, false), &hinted(seconds(5)), 0.7)),
            Some(5000)
        );
    }

    #[test]
    fn a_very_long_wait_is_not_rounded_up() {
        let fails = failure(ErrorKind::Server, Outcome::NotApplied);
        let cap = Duration::new(17_093_428, 200_424_405);
        let retry = Retry::new().base(Duration::MAX).cap(cap);
        let progress = Progress { left: Duration::MAX, ..at(1, true) };
        assert_eq!(retry.decide(&progress, &fails, 1.0), Decision::Wait(cap));
    }

    #[test]
    fn no_retry_begins_after_the_policy_gives_up() {
        let fails = failure(ErrorKind::Server, Outcome::NotApplied);
        let retry = Retry::new().give_up_after(Duration::from_secs(2)).jitter(false);
        for (passed, again) in [(0, true), (1949, true), (1951, false), (5000, false)] {
            let progress = Progress { passed: Duration::from_millis(passed), ..at(1, true) };
            assert_eq!(retry.decide(&progress, &fails, 0.5) != Decision::GiveUp, again, "{passed}");
        }
    }

    #[test]
    fn random_numbers_lie_between_0_and_1_and_differ() {
        let numbers: Vec<_> = (0..100).map(|_| random()).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        assert!(numbers.iter().any(|number| *number < 0.5) && numbers.iter().any(|number| *number > 0.5));
    }

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
}
