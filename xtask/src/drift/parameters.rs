//! Compares the parameters of an operation, and the headers of a response.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::content::content;
use super::difference::{PRESENT, Place, Side};
use super::load::Document;
use super::pair::{Both, both, is_set, members};
use super::resolve;
use super::routes::Route;
use super::schemas::Comparer;

/// Headers that a document may not describe as parameters.
const NOT_PARAMETERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// Where a parameter stands, and its name; that of a parameter in the path is its position.
type Key = (String, String);

pub(super) fn parameters<'a>(comparer: &mut Comparer<'a>, place: &Place, here: Route<'a>, there: Route<'a>) {
    let ours = read(comparer, place, Side::Here, here);
    let theirs = read(comparer, place, Side::There, there);
    let keys: BTreeSet<&Key> = ours.keys().chain(theirs.keys()).collect();
    for key in keys {
        let (one, other) = (ours.get(key), theirs.get(key));
        let Some(name) = one.or(other).and_then(|parameter| parameter.get("name")?.as_str()) else {
            continue;
        };
        let place = place.part(&format!("{} {name}", key.0));
        match (one, other) {
            (Some(one), Some(other)) => described(comparer, &place, one, other),
            _ => comparer.differ_in_presence(&place, "parameter", one.is_some(), other.is_some()),
        }
        if let (None, Some(other)) = (one, other)
            && is_set(other, "required")
        {
            comparer.differ(&place, "required", None::<String>, Some(PRESENT));
        }
    }
}

/// The parameters of a route: its own, and those of its path that it does not replace.
fn read<'a>(
    comparer: &mut Comparer<'a>,
    place: &Place,
    side: Side,
    route: Route<'a>,
) -> BTreeMap<Key, &'a Value> {
    let document = document(comparer, side);
    let in_path = route.parameters();
    let mut all = BTreeMap::new();
    for level in [route.item, route.operation] {
        for parameter in level.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let parameter = match resolve::resolve(document, parameter) {
                Ok(parameter) => parameter,
                Err(reason) => {
                    comparer.skip(&place.part("parameters"), side, reason);
                    continue;
                }
            };
            let text = |name: &str| parameter.get(name).and_then(Value::as_str);
            let (Some(at), Some(name)) = (text("in"), text("name")) else {
                comparer.skip(&place.part("parameters"), side, "a parameter has no `name` or no `in`");
                continue;
            };
            let key = match at {
                "path" => {
                    in_path.iter().position(|own| *own == name).map_or(name.to_owned(), |at| at.to_string())
                }
                // Names of headers are the same in every case.
                "header" => name.to_lowercase(),
                _ => name.to_owned(),
            };
            if at != "header" || !NOT_PARAMETERS.contains(&key.as_str()) {
                all.insert((at.to_owned(), key), parameter);
            }
        }
    }
    all
}

pub(super) fn headers<'a>(comparer: &mut Comparer<'a>, place: &Place, here: &'a Value, there: &'a Value) {
    let ours = members(here, "headers", str::to_lowercase);
    let theirs = members(there, "headers", str::to_lowercase);
    let names: BTreeSet<&String> =
        ours.keys().chain(theirs.keys()).filter(|name| *name != "content-type").collect();
    for name in names {
        let place = place.part(&format!("header {name}"));
        match both(comparer, &place, ours.get(name).copied(), theirs.get(name).copied()) {
            Both::There(one, other) => described(comparer, &place, one, other),
            Both::OneSided { here } => comparer.differ_in_presence(&place, "header", here, !here),
            Both::Unread => {}
        }
    }
}

/// What a parameter and a header have in common.
fn described<'a>(comparer: &mut Comparer<'a>, place: &Place, here: &'a Value, there: &'a Value) {
    for flag in ["required", "deprecated"] {
        comparer.differ_in_presence(place, flag, is_set(here, flag), is_set(there, flag));
    }
    comparer.differ(place, "style", Some(style(here)), Some(style(there)));
    match (here.get("content"), there.get("content")) {
        (None, None) => {
            let schema = |described: &'a Value| Vec::from_iter(described.get("schema"));
            comparer.schemas(place, &schema(here), &schema(there));
        }
        (Some(_), Some(_)) => content(comparer, place, here, there),
        (here, _) => {
            let side = if here.is_some() { Side::Here } else { Side::There };
            comparer.skip(
                place,
                side,
                "it is described by its media type, and in the other document by a schema",
            );
        }
    }
}

/// How several values are written, with what holds when nothing is said.
fn style(described: &Value) -> String {
    let at = described.get("in").and_then(Value::as_str);
    let usual = if matches!(at, Some("query" | "cookie")) { "form" } else { "simple" };
    let style = described.get("style").and_then(Value::as_str).unwrap_or(usual);
    let explode = described.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
    if explode { format!("{style}, each by itself") } else { style.to_owned() }
}

fn document<'a>(comparer: &Comparer<'a>, side: Side) -> &'a Document {
    if side == Side::Here { comparer.here } else { comparer.there }
}
