//! A plan that makes a share of the requests go wrong, the same ones each time.

use std::env;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::{ArmedFault, Fault};
use crate::json;

/// Makes a share of the requests go wrong, drawn at random from a seed.
///
/// The draw depends only on the seed and on the number of earlier requests: the same plan applies the same faults to
/// the same sequence of requests, on every machine. Concurrent requests count in the order in which they arrive. When a
/// test fails while a fake follows a plan, the fake prints its seed on standard error.
///
/// ```
/// use fake_port::{Fault, FaultPlan, Route};
///
/// let plan = FaultPlan::seeded(42)
///     .share(0.1)
///     .faults([Fault::status(503), Fault::dropped(), Fault::status(502).on([Route::Create]).applied()]);
/// # let _ = plan;
/// ```
///
/// In JSON: `{"seed": 42, "share": 0.1, "faults": [{"fault": {"status": {"code": 503}}}]}`. A fault of a plan
/// may apply to any number of requests, unless it has [`times`](Fault::times).
#[doc(alias("chaos", "fuzz"))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    seed: u64,
    #[serde(default = "FaultPlan::default_share")]
    share: f64,
    faults: Vec<Fault>,
}

/// The environment variable that holds the seed of [`FaultPlan::random`].
const SEED_VARIABLE: &str = "FAKE_PORT_SEED";

impl FaultPlan {
    /// A plan with this seed, for a tenth of the requests. It has no faults yet.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, share: Self::default_share(), faults: Vec::new() }
    }

    /// A plan with a random seed, or with the one in the environment variable `FAKE_PORT_SEED`, to replay a failure. It
    /// prints the seed on standard error, which a test harness shows for a failed test.
    ///
    /// # Panics
    ///
    /// When `FAKE_PORT_SEED` is set and is not a number.
    #[track_caller]
    #[allow(clippy::panic)] // Another seed than the given one would replay nothing; documented.
    pub fn random() -> Self {
        let seed = match env::var(SEED_VARIABLE) {
            Err(_) => crate::random::random(),
            Ok(text) => match text.trim().parse() {
                Ok(seed) => seed,
                Err(problem) => panic!("{SEED_VARIABLE} is {text:?}, which is not a number: {problem}"),
            },
        };
        eprintln!("the plan of faults has the seed {seed}; {SEED_VARIABLE}={seed} replays it");
        Self::seeded(seed)
    }

    fn default_share() -> f64 {
        0.1
    }

    /// The share of the requests that go wrong, from 0 to 1. Numbers outside are clamped, NaN is 0. Default: 0.1.
    pub fn share(mut self, share: f64) -> Self {
        self.share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self
    }

    /// The faults to draw from, all equally likely. If the drawn fault does not fit the request, none applies.
    pub fn faults(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.faults = faults.into_iter().collect();
        self
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Checks a plan that was read from JSON.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(0.0..=1.0).contains(&self.share) {
            return Err(format!("share: {} is not between 0 and 1", self.share));
        }
        for (at, fault) in self.faults.iter().enumerate() {
            fault.check().map_err(|problem| format!("faults[{at}]: {problem}"))?;
        }
        Ok(())
    }
}

/// Reads a plan from JSON.
impl std::str::FromStr for FaultPlan {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plan: Self = json::read(text.as_bytes()).map_err(PlanError)?;
        plan.check().map_err(PlanError)?;
        Ok(plan)
    }
}

/// The error of a text that is not a plan of faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a plan of faults: {0}")]
pub struct PlanError(String);

/// A plan that is being followed.
#[derive(Debug, Clone)]
pub(super) struct PlanRun {
    pub(super) plan: FaultPlan,
    faults: Vec<ArmedFault>,
    generator: ChaCha8Rng,
}

impl PlanRun {
    pub(super) fn new(plan: FaultPlan) -> Self {
        let faults = plan.faults.iter().map(|fault| ArmedFault::new(fault.clone(), None)).collect();
        let generator = ChaCha8Rng::seed_from_u64(plan.seed);
        Self { plan, faults, generator }
    }

    /// Draws a fault for one request, or none. Every request takes two random numbers, so that no draw changes the next.
    pub(super) fn draw(&mut self) -> Option<&mut ArmedFault> {
        let (chance, choice) = (self.generator.next_u64(), self.generator.next_u64());
        #[allow(clippy::cast_precision_loss)] // 53 bits fit.
        let chance = (chance >> 11) as f64 / (1_u64 << 53) as f64;
        if chance >= self.plan.share {
            return None;
        }
        let at = choice.checked_rem(self.faults.len() as u64)?;
        self.faults.get_mut(usize::try_from(at).ok()?)
    }
}
