//! In which order several events are sent.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Deserialize;

/// The order in which several events reach each webhook. In JSON: `"given"`, `"reversed"`, `{"shuffled": 7}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Order {
    /// As given.
    #[default]
    Given,
    /// The last comes first.
    Reversed,
    /// In a random order, which is the same for the same seed and number of events.
    Shuffled(u64),
}

impl Order {
    pub(crate) fn arrange<T>(self, items: &mut [T]) {
        match self {
            Self::Given => {}
            Self::Reversed => items.reverse(),
            Self::Shuffled(seed) => {
                let mut generator = ChaCha8Rng::seed_from_u64(seed);
                for last in (1..items.len()).rev() {
                    let choice = generator.next_u64() % (last as u64 + 1);
                    items.swap(last, usize::try_from(choice).unwrap_or(last));
                }
            }
        }
    }
}
