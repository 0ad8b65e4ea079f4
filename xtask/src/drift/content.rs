//! Compares bodies, media type by media type.

use std::collections::BTreeSet;

use serde_json::Value;

use super::difference::Place;
use super::pair::members;
use super::schemas::Comparer;

/// The media type that goes without saying.
const JSON: &str = "application/json";

/// The schemas of a body, for each media type.
pub(super) fn content<'a>(comparer: &mut Comparer<'a>, place: &Place, here: &'a Value, there: &'a Value) {
    let plain = |name: &str| name.split(';').next().unwrap_or(name).trim().to_lowercase();
    let (ours, theirs) = (members(here, "content", plain), members(there, "content", plain));
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    for name in names {
        let part = if name == JSON { place.clone() } else { place.part(name) };
        match (ours.get(name), theirs.get(name)) {
            (Some(one), Some(other)) => {
                let schema = |media: &'a Value| Vec::from_iter(media.get("schema"));
                comparer.schemas(&part, &schema(one), &schema(other));
            }
            (one, _) => {
                let is_here = one.is_some();
                comparer.differ(place, "media type", is_here.then_some(name), (!is_here).then_some(name));
            }
        }
    }
}
