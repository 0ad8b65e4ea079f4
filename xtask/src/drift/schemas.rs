//! Compares schemas, field by field.

use std::collections::BTreeSet;
use std::ptr;

use serde_json::Value;

use super::Comparison;
use super::alternative::{Additional, Alternative, NULL};
use super::branches::{self, Pairs};
use super::difference::{Difference, NotCompared, PRESENT, Place, Side};
use super::keywords;
use super::load::Document;
use super::schema::{self, Shape};

/// How many places are compared at most: documents that refer to themselves a lot stand for very many.
const MAX_PLACES: usize = 20_000;
/// How deep fields may lie in each other.
const MAX_DEPTH: usize = 64;

/// The schemas of one place in both documents, by address.
type Meeting = (Vec<*const Value>, Vec<*const Value>);

/// Two documents, and what was found between them so far.
pub(super) struct Comparer<'a> {
    pub(super) here: &'a Document,
    pub(super) there: &'a Document,
    pub(super) found: Comparison,
    /// How many schemas were read, on both sides.
    read: usize,
    /// The schemas that are being compared. Where two of them meet again, they go on as before.
    open: Vec<Meeting>,
}

impl<'a> Comparer<'a> {
    pub(super) fn new(here: &'a Document, there: &'a Document) -> Self {
        Self { here, there, found: Comparison::default(), read: 0, open: Vec::new() }
    }

    pub(super) fn differ(
        &mut self,
        place: &Place,
        what: &str,
        here: Option<impl Into<String>>,
        there: Option<impl Into<String>>,
    ) {
        let (here, there) = (here.map(Into::into), there.map(Into::into));
        if here != there {
            let (place, what) = (place.to_string(), what.to_owned());
            self.found.differences.insert(Difference { place, what, here, there });
        }
    }

    /// Whether a thing that has no value of its own is there.
    pub(super) fn differ_in_presence(&mut self, place: &Place, what: &str, here: bool, there: bool) {
        self.differ(place, what, here.then_some(PRESENT), there.then_some(PRESENT));
    }

    pub(super) fn skip(&mut self, place: &Place, side: Side, reason: impl Into<String>) {
        self.found.not_compared.insert(NotCompared { reason: reason.into(), side, place: place.to_string() });
    }

    pub(super) fn schemas(&mut self, place: &Place, here: &[&'a Value], there: &[&'a Value]) {
        if here.is_empty() && there.is_empty() {
            return;
        }
        if self.found.schemas >= MAX_PLACES {
            let reason = format!("only the first {MAX_PLACES} places are compared");
            return self.skip(&Place::new("schemas"), Side::Both, reason);
        }
        if self.open.len() >= MAX_DEPTH {
            return self.skip(place, Side::Both, format!("only {MAX_DEPTH} levels of fields are compared"));
        }
        let meeting = (addresses(here), addresses(there));
        if self.open.contains(&meeting) {
            return;
        }
        self.found.schemas += 1;
        let ours = schema::shape(self.here, here, &mut self.read);
        let theirs = schema::shape(self.there, there, &mut self.read);
        for (side, shape) in [(Side::Here, &ours), (Side::There, &theirs)] {
            for note in &shape.notes {
                self.skip(place, side, note);
            }
        }
        if ours.is_unknown || theirs.is_unknown {
            return;
        }
        self.open.push(meeting);
        self.shapes(place, &ours, &theirs);
        self.open.pop();
    }

    fn shapes(&mut self, place: &Place, here: &Shape<'a>, there: &Shape<'a>) {
        let is_any = |shape: &Shape<'_>| shape.alternatives.iter().any(|one| one.kind.is_none());
        // What may be anything may be null.
        if !is_any(here) && !is_any(there) {
            self.differ_in_presence(place, "null", here.nullable, there.nullable);
        }
        let Pairs { both, only_here, only_there } = branches::pair(
            (self.here, &here.alternatives),
            (self.there, &there.alternatives),
            &mut self.read,
        );
        for at in only_here {
            self.differ(place, "branch", Some(summary_of(&here.alternatives[at])), None::<String>);
        }
        for at in only_there {
            self.differ(place, "branch", None::<String>, Some(summary_of(&there.alternatives[at])));
        }
        for (at, other) in both {
            let (ours, theirs) = (&here.alternatives[at], &there.alternatives[other]);
            let is_alone = |shape: &Shape<'_>| {
                shape.alternatives.iter().filter(|one| one.kind == ours.kind).count() <= 1
            };
            // Branches are counted as the contract has them.
            let place = if is_alone(here) && is_alone(there) { place.clone() } else { place.branch(at + 1) };
            self.alternatives(&place, ours, theirs);
        }
    }

    fn alternatives(&mut self, place: &Place, here: &Alternative<'a>, there: &Alternative<'a>) {
        if here.kind != there.kind {
            self.differ(place, "type", Some(here.kind.unwrap_or("any")), Some(there.kind.unwrap_or("any")));
            let is_number = |kind| matches!(kind, Some("integer" | "number"));
            if !is_number(here.kind) || !is_number(there.kind) {
                return;
            }
        }
        self.values(place, here.values.as_ref(), there.values.as_ref());
        let names: BTreeSet<&str> = here.keywords.keys().chain(there.keywords.keys()).copied().collect();
        for name in names {
            self.differ(
                place,
                name,
                here.keywords.get(name).map(keywords::text),
                there.keywords.get(name).map(keywords::text),
            );
        }
        self.fields(place, here, there);
        self.schemas(&place.items(), &here.items, &there.items);
        let names: BTreeSet<&str> = here.others.keys().chain(there.others.keys()).copied().collect();
        for name in names {
            let (ours, theirs) = (here.others.get(name), there.others.get(name));
            let side = match (ours, theirs) {
                (Some(ours), Some(theirs)) if ours == theirs => continue,
                (_, None) => Side::Here,
                (None, _) => Side::There,
                _ => Side::Both,
            };
            self.skip(place, side, format!("the keyword {name} is not compared"));
        }
    }

    fn values(&mut self, place: &Place, here: Option<&BTreeSet<String>>, there: Option<&BTreeSet<String>>) {
        let (Some(here), Some(there)) = (here, there) else {
            let list = |values: Option<&BTreeSet<String>>| values.map_or_else(|| "any".to_owned(), listed);
            return self.differ(place, "values", Some(list(here)), Some(list(there)));
        };
        for value in here.symmetric_difference(there) {
            let is_here = here.contains(value);
            self.differ(place, "value", is_here.then_some(value), (!is_here).then_some(value));
        }
    }

    fn fields(&mut self, place: &Place, here: &Alternative<'a>, there: &Alternative<'a>) {
        let names: BTreeSet<&str> = here.properties.keys().chain(there.properties.keys()).copied().collect();
        for name in names {
            let field = place.field(name);
            match (here.properties.get(name), there.properties.get(name)) {
                (Some(ours), Some(theirs)) => self.schemas(&field, ours, theirs),
                (ours, theirs) => {
                    let ours = ours.map(|parts| summary(self.here, parts, &mut self.read));
                    let theirs = theirs.map(|parts| summary(self.there, parts, &mut self.read));
                    self.differ(&field, "field", ours, theirs);
                }
            }
        }
        for name in here.required.symmetric_difference(&there.required) {
            // Of a field that only one document has there is nothing more to say.
            if here.properties.contains_key(name) == there.properties.contains_key(name) {
                let is_here = here.required.contains(name);
                self.differ_in_presence(&place.field(name), "required", is_here, !is_here);
            }
        }
        match (&here.additional, &there.additional) {
            (Additional::Allowed(ours), Additional::Allowed(theirs)) => {
                self.schemas(&place.other_fields(), ours, theirs);
            }
            (ours, theirs) => {
                let word = |additional: &Additional<'_>| match additional {
                    Additional::Refused => "refused",
                    Additional::Allowed(_) => "allowed",
                };
                self.differ(place, "other fields", Some(word(ours)), Some(word(theirs)));
            }
        }
    }
}

fn addresses(parts: &[&Value]) -> Vec<*const Value> {
    parts.iter().map(|part| ptr::from_ref::<Value>(part)).collect()
}

/// A schema in a few words.
pub(super) fn summary<'a>(document: &'a Document, parts: &[&'a Value], read: &mut usize) -> String {
    let shape = schema::shape(document, parts, read);
    if shape.is_unknown {
        return PRESENT.to_owned();
    }
    let mut words: Vec<String> = shape.alternatives.iter().map(summary_of).collect();
    if shape.nullable {
        words.push(NULL.to_owned());
    }
    words.join(" or ")
}

fn summary_of(alternative: &Alternative<'_>) -> String {
    if let Some(values) = &alternative.values {
        return listed(values);
    }
    let kind = alternative.kind.unwrap_or("any");
    if alternative.properties.is_empty() {
        return kind.to_owned();
    }
    let names: Vec<&str> = alternative.properties.keys().copied().collect();
    format!("{kind} {{{}}}", names.join(", "))
}

fn listed(values: &BTreeSet<String>) -> String {
    values.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
