//! Whether a call is sent again, and when.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use crate::error::{ErrorKind, Failure};

/// How often a call whose body ends early is sent: the second time it would be no accident.
const MOST_FOR_A_SHORT_BODY: u32 = 2;
/// What is waited at first after a 429 that does not say how long.
const RATE_LIMIT_BASE: Duration = Duration::from_secs(1);
/// A hint that asks for more is not followed, but handed to the caller.
pub(crate) const LONGEST_HINT: Duration = Duration::from_secs(60);
/// So much of the time for a call must be left after a hinted wait, or the call ends at once.
const LEFT_AFTER_A_HINT: Duration = Duration::from_secs(1);

/// Whether a call that fails is sent again, and when.
///
/// What is sent again is decided for the caller: only what may pass (a connection that broke, a timeout,
/// 408, 429, 500, 502, 503, 504, JSON that ends early), and only what can do no harm. A create is sent again only when it
/// was certainly not carried out. A wait that Port asks for is never shortened: when it asks for more than a minute, or
/// for more than the time left (less a second), the call fails at once, and
/// [`Error::retry_after`](crate::Error::retry_after) says how long. All clones of a client share a budget, so that a
/// Port that is down is not asked three times as often: 20 retries, and a tenth of one more for each call.
///
/// ```
/// use port_webhooks::Retry;
/// use std::time::Duration;
///
/// let patient = Retry::new().attempts(5).base(Duration::from_millis(200)).cap(Duration::from_secs(30));
/// let port = port_webhooks::Client::builder().access_token("token").retry(patient).build()?;
/// # async fn example(port: port_webhooks::Client) -> Result<(), port_webhooks::Error> {
/// // One call can have a policy of its own.
/// port.webhooks().get("entity-created").retry(Retry::none()).await?;
/// # Ok(())
/// # }
/// # Ok::<(), port_webhooks::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    attempts: u32,
    base: Duration,
    cap: Duration,
    jitter: bool,
    deadline: Option<Duration>,
    strategy: Strategy,
}

/// How waits grow when Port does not say how long to wait.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Strategy {
    /// Each wait is twice the one before.
    #[default]
    Exponential,
    /// Every wait is the base.
    Constant,
    /// A wait for the number of attempts made so far, from 1.
    Custom(Arc<dyn Fn(u32) -> Duration + Send + Sync>),
}

impl Strategy {
    /// Waits as a function of the number of attempts made so far, from 1.
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

/// Two functions are the same when they are the same one.
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
            deadline: None,
            strategy: Strategy::default(),
        }
    }
}

impl Retry {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every call is sent once, and a token asked for once. A 401 is answered with a new token and a second request
    /// all the same.
    pub fn none() -> Self {
        Self::new().attempts(1)
    }

    /// How often a call is sent in all. Default: 3; at least once.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The longest first wait. Default: 50 ms; after a 429 without a hint it is at least a second.
    pub fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// The longest wait that Port did not ask for. Default: 20 s.
    pub fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// Whether a wait is drawn at random between nothing and its full length, and a hinted one between the
    /// hint and a tenth more. Default: yes, so that many clients do not come back at once.
    pub fn jitter(mut self, jitter: bool) -> Self {
        self.jitter = jitter;
        self
    }

    /// How long after its start a call may be sent again. Default: as long as the call may take
    /// ([`ClientBuilder::deadline`](crate::ClientBuilder::deadline), [`Request::timeout`](crate::Request::timeout)).
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// How waits grow. Default: [`Strategy::Exponential`].
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Whether a failed call is sent again, and after which wait. Nothing but its arguments decides.
    pub(crate) fn decide(&self, now: &Moment, failure: &Failure, random: f64) -> Decision {
        let most = match failure.kind {
            ErrorKind::Decode => self.attempts.min(MOST_FOR_A_SHORT_BODY),
            _ => self.attempts,
        };
        if now.attempts >= most || !failure.is_retryable(now.idempotent) {
            return Decision::GiveUp;
        }
        let left = match self.deadline {
            Some(deadline) => now.left.min(deadline.saturating_sub(now.passed)),
            None => now.left,
        };
        let random = if self.jitter { random.clamp(0.0, 1.0) } else { 1.0 };
        match failure.retry_after {
            Some(hint) if hint > LONGEST_HINT || left.saturating_sub(hint) < LEFT_AFTER_A_HINT => {
                Decision::GiveUp
            }
            Some(hint) => {
                let more = if self.jitter { part(hint, 0.1 * random) } else { Duration::ZERO };
                Decision::Wait(hint.saturating_add(more).min(left.saturating_sub(LEFT_AFTER_A_HINT)))
            }
            None => {
                let wait = part(self.backoff(failure, now.attempts), random);
                if wait < left { Decision::Wait(wait) } else { Decision::GiveUp }
            }
        }
    }

    /// The longest wait after so many attempts, where there is no hint.
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

/// Where a call is when it fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// How often it was sent.
    pub(crate) attempts: u32,
    /// How long ago it began.
    pub(crate) passed: Duration,
    /// How long it may still take.
    pub(crate) left: Duration,
    /// Whether sending it twice leaves the same state as sending it once.
    pub(crate) idempotent: bool,
}

/// What is done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    GiveUp,
    Wait(Duration),
}

/// A part of a wait, and no more than the whole, to which a very long one would be rounded up. `mul_f64` would
/// panic on the longest.
fn part(wait: Duration, share: f64) -> Duration {
    Duration::try_from_secs_f64(wait.as_secs_f64() * share).unwrap_or(Duration::MAX).min(wait)
}

/// A number from 0 to 1, another each time. The standard library has no other source of them.
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
        Failure { retry_after: Some(hint), ..failure(ErrorKind::RateLimited, Outcome::Refused) }
    }

    fn at(attempts: u32, idempotent: bool) -> Moment {
        Moment { attempts, passed: Duration::ZERO, left: MINUTE, idempotent }
    }

    fn milliseconds(decision: Decision) -> Option<u128> {
        match decision {
            Decision::GiveUp => None,
            Decision::Wait(wait) => Some(wait.as_millis()),
        }
    }

    #[test]
    fn what_is_sent_again() {
        use ErrorKind::{Connect, Decode, Server, Timeout, Transport};
        use Outcome::{Applied, NotSent, Refused, Unknown};
        for (kind, outcome, attempts, idempotent, again) in [
            (Connect, NotSent, 1, false, true),
            (Connect, NotSent, 2, false, true),
            (Connect, NotSent, 3, false, false),
            (Server, Unknown, 1, true, true),
            (Server, Unknown, 1, false, false),
            (Server, Refused, 1, false, true),
            (Timeout, Unknown, 2, true, true),
            (Timeout, Unknown, 1, false, false),
            (Timeout, Applied, 1, true, false),
            (Transport, Refused, 2, true, true),
            (Transport, Applied, 1, true, false),
            (Decode, Refused, 1, true, true),
            (Decode, Refused, 2, true, false),
            (ErrorKind::RateLimited, Refused, 1, false, true),
        ] {
            let decision = Retry::new().decide(&at(attempts, idempotent), &failure(kind, outcome), 0.5);
            assert_eq!(decision != Decision::GiveUp, again, "{kind:?} {outcome:?} {attempts} {idempotent}");
            let lasting = Failure { transient: false, ..failure(kind, outcome) };
            assert_eq!(Retry::new().decide(&at(attempts, true), &lasting, 0.5), Decision::GiveUp);
        }
    }

    #[test]
    fn waits_without_a_hint() {
        let fails = failure(ErrorKind::Server, Outcome::Refused);
        let limited = failure(ErrorKind::RateLimited, Outcome::Refused);
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
            let moment = Moment { left, ..at(1, false) };
            let decision = Retry::new().decide(&moment, &hinted(hint), random);
            assert_eq!(milliseconds(decision), wait, "{hint:?} {left:?} {random}");
        }
        assert_eq!(
            milliseconds(Retry::new().jitter(false).decide(&at(1, false), &hinted(seconds(5)), 0.7)),
            Some(5000)
        );
    }

    #[test]
    fn a_very_long_wait_is_not_rounded_up() {
        let fails = failure(ErrorKind::Server, Outcome::Refused);
        let cap = Duration::new(17_093_428, 200_424_405);
        let retry = Retry::new().base(Duration::MAX).cap(cap);
        let moment = Moment { left: Duration::MAX, ..at(1, true) };
        assert_eq!(retry.decide(&moment, &fails, 1.0), Decision::Wait(cap));
    }

    #[test]
    fn a_deadline_of_the_policy_is_kept() {
        let fails = failure(ErrorKind::Server, Outcome::Refused);
        let retry = Retry::new().deadline(Duration::from_secs(2)).jitter(false);
        for (passed, again) in [(0, true), (1949, true), (1951, false), (5000, false)] {
            let moment = Moment { passed: Duration::from_millis(passed), ..at(1, true) };
            assert_eq!(retry.decide(&moment, &fails, 0.5) != Decision::GiveUp, again, "{passed}");
        }
    }

    #[test]
    fn random_numbers_lie_between_0_and_1_and_differ() {
        let numbers: Vec<_> = (0..100).map(|_| random()).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        assert!(numbers.iter().any(|number| *number < 0.5) && numbers.iter().any(|number| *number > 0.5));
    }

    #[test]
    fn strategies_are_told_apart_and_shown() {
        let custom = Strategy::custom(|_| MINUTE);
        let all = [Strategy::Exponential, Strategy::Constant, custom.clone(), Strategy::custom(|_| MINUTE)];
        for (one, other) in (0..all.len()).flat_map(|one| (0..all.len()).map(move |other| (one, other))) {
            assert_eq!(all[one] == all[other], one == other, "{one} and {other}");
        }
        assert!(custom == custom.clone(), "of clones the function is the same");
        assert_eq!(format!("{all:?}"), "[Exponential, Constant, Custom, Custom]");
    }
}
