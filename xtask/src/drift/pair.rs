//! What stands in both documents, in one of them, or cannot be read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::difference::{Place, Side};
use super::resolve;
use super::schemas::Comparer;

/// The members of an object, under names that both documents write in the same way.
pub(super) fn members<'a>(
    of: &'a Value,
    name: &str,
    normal: impl Fn(&str) -> String,
) -> BTreeMap<String, &'a Value> {
    let members = of.get(name).and_then(Value::as_object).into_iter().flatten();
    members.map(|(name, value)| (normal(name), value)).collect()
}

/// A thing that may stand in either document, with its references followed.
pub(super) enum Both<'a> {
    There(&'a Value, &'a Value),
    OneSided {
        here: bool,
    },
    /// In neither, or not to be read; that is noted.
    Unread,
}

pub(super) fn both<'a>(
    comparer: &mut Comparer<'a>,
    place: &Place,
    here: Option<&'a Value>,
    there: Option<&'a Value>,
) -> Both<'a> {
    let (Some(one), Some(other)) = (here, there) else {
        return if here.is_none() && there.is_none() {
            Both::Unread
        } else {
            Both::OneSided { here: here.is_some() }
        };
    };
    let ours = resolve::resolve(comparer.here, one);
    let theirs = resolve::resolve(comparer.there, other);
    for (side, result) in [(Side::Here, &ours), (Side::There, &theirs)] {
        if let Err(reason) = result {
            comparer.skip(place, side, reason);
        }
    }
    match (ours, theirs) {
        (Ok(one), Ok(other)) => Both::There(one, other),
        _ => Both::Unread,
    }
}

pub(super) fn is_set(value: &Value, flag: &str) -> bool {
    value.get(flag) == Some(&Value::Bool(true))
}
