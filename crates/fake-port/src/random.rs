//! Unpredictable numbers.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A number that differs each time. The standard library has no other source of them.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
