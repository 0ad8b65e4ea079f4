//! Compares documents route by route: requests, responses, and what belongs to them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::content::content;
use super::difference::{Place, Side};
use super::pair::{Both, both, is_set, members};
use super::parameters;
use super::routes::{self, Route, Routes};
use super::schemas::Comparer;

pub(super) fn documents(comparer: &mut Comparer<'_>, all_routes: bool) {
    servers(comparer);
    let (ours, theirs) = (Routes::read(comparer.here), Routes::read(comparer.there));
    for (side, routes) in [(Side::Here, &ours), (Side::There, &theirs)] {
        for (place, reason) in &routes.unread {
            comparer.skip(&Place::new(place), side, reason);
        }
    }
    let prefixes = ours.prefixes();
    let keys: BTreeSet<&routes::Key> = ours.all.keys().chain(theirs.all.keys()).collect();
    for key in keys {
        let Some(name) = ours.name(key).or_else(|| theirs.name(key)) else { continue };
        let place = Place::new(name);
        match (ours.all.get(key), theirs.all.get(key)) {
            (Some(one), Some(other)) => {
                comparer.found.routes += 1;
                operation(comparer, &place, *one, *other);
            }
            (None, Some(_)) if !all_routes && !routes::is_near(&key.0, &prefixes) => {
                comparer.found.left_out += 1;
            }
            (one, other) => comparer.differ_in_presence(&place, "route", one.is_some(), other.is_some()),
        }
    }
    let (here, there) = (comparer.here.root.get("webhooks"), comparer.there.root.get("webhooks"));
    skip_if_different(
        comparer,
        &Place::new("webhooks"),
        here,
        there,
        "calls that Port makes are not compared",
    );
}

/// The hosts, where both documents name some. Their paths are parts of the routes.
fn servers(comparer: &mut Comparer<'_>) {
    let origins = |document: &Value| -> BTreeSet<String> {
        let urls = routes::urls(document.get("servers"));
        let origin = |url: &String| {
            let (scheme, rest) = url.split_once("://")?;
            Some(format!("{scheme}://{}", rest.split('/').next().unwrap_or(rest)))
        };
        urls.iter().filter_map(origin).collect()
    };
    let (ours, theirs) = (origins(&comparer.here.root), origins(&comparer.there.root));
    if ours.is_empty() || theirs.is_empty() {
        return;
    }
    for origin in ours.symmetric_difference(&theirs) {
        let is_here = ours.contains(origin);
        comparer.differ_in_presence(&Place::new(origin), "server", is_here, !is_here);
    }
}

fn operation<'a>(comparer: &mut Comparer<'a>, place: &Place, here: Route<'a>, there: Route<'a>) {
    let (one, other) = (here.operation, there.operation);
    comparer.differ_in_presence(place, "deprecated", is_set(one, "deprecated"), is_set(other, "deprecated"));
    let ours = authentication(&comparer.here.root, one);
    let theirs = authentication(&comparer.there.root, other);
    comparer.differ(place, "authentication", Some(ours), Some(theirs));
    parameters::parameters(comparer, place, here, there);
    request(comparer, &place.part("request"), one.get("requestBody"), other.get("requestBody"));
    responses(comparer, place, one, other);
    let (ours, theirs) = (one.get("callbacks"), other.get("callbacks"));
    skip_if_different(comparer, place, ours, theirs, "callbacks are not compared");
}

/// Whether a route needs credentials. Which ones, and with which rights, is called as each document likes.
fn authentication(document: &Value, operation: &Value) -> &'static str {
    let needs = [operation, document].into_iter().find_map(|level| level.get("security")?.as_array());
    let is_open = |need: &Value| need.as_object().is_none_or(serde_json::Map::is_empty);
    match needs {
        Some(needs) if needs.iter().all(is_open) => "none",
        Some(needs) if needs.iter().any(is_open) => "optional",
        Some(_) => "required",
        None => "none",
    }
}

fn request<'a>(
    comparer: &mut Comparer<'a>,
    place: &Place,
    here: Option<&'a Value>,
    there: Option<&'a Value>,
) {
    match both(comparer, place, here, there) {
        Both::There(one, other) => {
            comparer.differ_in_presence(
                place,
                "required",
                is_set(one, "required"),
                is_set(other, "required"),
            );
            content(comparer, place, one, other);
        }
        Both::OneSided { here } => comparer.differ_in_presence(place, "body", here, !here),
        Both::Unread => {}
    }
}

fn responses<'a>(comparer: &mut Comparer<'a>, place: &Place, here: &'a Value, there: &'a Value) {
    let ours = members(here, "responses", str::to_uppercase);
    let theirs = members(there, "responses", str::to_uppercase);
    let statuses: BTreeSet<&String> =
        ours.keys().chain(theirs.keys()).filter(|status| is_status(status)).collect();
    // A range is met by the statuses in it, when the other document names those.
    let named = |all: &BTreeMap<String, &'a Value>, status: &str| {
        all.get(status).or_else(|| all.get(&format!("{}XX", status.get(..1)?))).copied()
    };
    let is_met = |range: &str, own: &BTreeMap<String, &Value>, others: &BTreeMap<String, &Value>| {
        let in_range = |status: &&String| range.get(1..) == Some("XX") && status.get(..1) == range.get(..1);
        others.keys().filter(in_range).any(|status| !own.contains_key(status))
    };
    for status in statuses {
        let (one, other) = (named(&ours, status), named(&theirs, status));
        let is_covered = (one.is_none() && is_met(status, &theirs, &ours))
            || (other.is_none() && is_met(status, &ours, &theirs));
        if is_covered {
            continue;
        }
        let place = place.part(&format!("response {}", status.replace("DEFAULT", "default")));
        match both(comparer, &place, one, other) {
            Both::There(one, other) => {
                parameters::headers(comparer, &place, one, other);
                let (ours, theirs) = (has_content(one), has_content(other));
                if ours == theirs {
                    content(comparer, &place, one, other);
                } else {
                    comparer.differ_in_presence(&place, "body", ours, theirs);
                }
            }
            Both::OneSided { here } => comparer.differ_in_presence(&place, "response", here, !here),
            Both::Unread => {}
        }
    }
}

fn is_status(status: &str) -> bool {
    !status.starts_with("X-")
}

fn has_content(response: &Value) -> bool {
    response.get("content").and_then(Value::as_object).is_some_and(|content| !content.is_empty())
}

fn skip_if_different(
    comparer: &mut Comparer<'_>,
    place: &Place,
    here: Option<&Value>,
    there: Option<&Value>,
    reason: &str,
) {
    let side = match (here, there) {
        (one, other) if one == other => return,
        (Some(_), None) => Side::Here,
        (None, Some(_)) => Side::There,
        _ => Side::Both,
    };
    comparer.skip(place, side, reason);
}
