//! Which alternative of one schema is meant by which of another.

use std::collections::{BTreeMap, BTreeSet};

use super::alternative::Alternative;
use super::load::Document;
use super::schema;

/// How much a constant counts, such as `"create"` in a field `operation`: it is there to tell branches apart.
const WEIGHT_OF_CONSTANTS: usize = 4;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    pub(super) both: Vec<(usize, usize)>,
    pub(super) only_here: Vec<usize>,
    pub(super) only_there: Vec<usize>,
}

/// What tells an alternative from others, and how much each counts.
type Signature = BTreeMap<String, usize>;

/// Pairs the alternatives that are most alike, in the order of the document where two are alike as much.
pub(super) fn pair<'a>(
    here: (&'a Document, &[Alternative<'a>]),
    there: (&'a Document, &[Alternative<'a>]),
    read: &mut usize,
) -> Pairs {
    if here.1.len() == 1 && there.1.len() == 1 {
        return Pairs { both: vec![(0, 0)], ..Pairs::default() };
    }
    let ours: Vec<Signature> = here.1.iter().map(|one| signature(here.0, one, read)).collect();
    let theirs: Vec<Signature> = there.1.iter().map(|one| signature(there.0, one, read)).collect();
    let mut candidates = Vec::new();
    for (at, one) in here.1.iter().enumerate() {
        for (other_at, other) in there.1.iter().enumerate() {
            if may_be_same(one, other) {
                candidates.push((likeness(&ours[at], &theirs[other_at]), at, other_at));
            }
        }
    }
    candidates.sort_by_key(|(likeness, at, other)| (std::cmp::Reverse(*likeness), *at, *other));

    let mut pairs = Pairs::default();
    let (mut used, mut used_there) = (BTreeSet::new(), BTreeSet::new());
    for (_, at, other) in candidates {
        if !used.contains(&at) && !used_there.contains(&other) {
            used.insert(at);
            used_there.insert(other);
            pairs.both.push((at, other));
        }
    }
    pairs.both.sort_unstable();
    pairs.only_here = (0..here.1.len()).filter(|at| !used.contains(at)).collect();
    pairs.only_there = (0..there.1.len()).filter(|at| !used_there.contains(at)).collect();
    pairs
}

fn may_be_same(one: &Alternative<'_>, other: &Alternative<'_>) -> bool {
    let is_number = |kind| matches!(kind, Some("integer" | "number"));
    let same_type = one.kind == other.kind || (is_number(one.kind) && is_number(other.kind));
    let apart = matches!((&one.values, &other.values), (Some(one), Some(other)) if one.is_disjoint(other));
    same_type && !apart
}

fn signature<'a>(document: &'a Document, alternative: &Alternative<'a>, read: &mut usize) -> Signature {
    let mut signature = Signature::new();
    signature.insert(format!("type {}", alternative.kind.unwrap_or("any")), 1);
    for value in alternative.values.iter().flatten() {
        signature.insert(format!("value {value}"), WEIGHT_OF_CONSTANTS);
    }
    if alternative.values.is_none() {
        signature.insert("no values".to_owned(), 1);
    }
    signature.extend(alternative.required.iter().map(|name| (format!("required {name}"), 1)));
    for (name, parts) in &alternative.properties {
        signature.insert(format!("field {name}"), 1);
        let shape = schema::shape(document, parts, read);
        for value in shape.alternatives.iter().filter_map(|alternative| alternative.values.as_ref()).flatten()
        {
            signature.insert(format!("field {name} {value}"), WEIGHT_OF_CONSTANTS);
        }
    }
    signature
}

/// From 0 to 1000: how much both share of what either has.
fn likeness(one: &Signature, other: &Signature) -> usize {
    let shared: usize =
        one.iter().filter(|(key, _)| other.contains_key(*key)).map(|(_, weight)| weight).sum();
    let all = one.values().sum::<usize>() + other.values().sum::<usize>() - shared;
    shared * 1000 / all.max(1)
}
