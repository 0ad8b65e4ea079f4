//! Several MACs, of which there is nearly always one.

use std::iter;

use subtle::Choice;

use crate::mac::{MacBytes, same};

/// At least one MAC. With one alone nothing is allocated.
#[derive(Clone)]
pub(super) struct Macs {
    first: MacBytes,
    further: Vec<MacBytes>,
}

impl Macs {
    pub(super) fn one(mac: MacBytes) -> Self {
        Self { first: mac, further: Vec::new() }
    }

    /// `None` when there are none.
    pub(super) fn of(mut macs: impl Iterator<Item = MacBytes>) -> Option<Self> {
        Some(Self { first: macs.next()?, further: macs.collect() })
    }

    /// The MACs by all keys, of which there is at least one.
    pub(super) fn by<K>(keys: &[K], mac: impl Fn(&K) -> MacBytes) -> Self {
        Self { first: mac(&keys[0]), further: keys[1..].iter().map(mac).collect() }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &MacBytes> {
        iter::once(&self.first).chain(&self.further)
    }

    /// Whether one of them is this, in a time that does not tell which.
    pub(super) fn contains(&self, mac: &MacBytes) -> Choice {
        self.further.iter().fold(same(mac, &self.first), |any, other| any | same(mac, other))
    }
}
