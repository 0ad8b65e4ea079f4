//! Identifiers that are named one after the other.

use std::collections::BTreeSet;

/// Each once, in the order in which they were named.
pub(crate) fn each_once(identifiers: &[String]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    identifiers.iter().map(String::as_str).filter(|identifier| seen.insert(*identifier)).collect()
}
