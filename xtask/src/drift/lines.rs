//! What a document says, as lines, and the lines that differ between two documents.

use std::collections::{BTreeMap, BTreeSet};

/// A part of the API, such as `GET /v1/webhooks response 200`, or a field inside its body.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) text: String,
    /// What the names of fields and items are appended to.
    stem: String,
    parent: String,
}

impl Place {
    pub(super) fn part(&self, name: &str) -> Self {
        let text = format!("{} {name}", self.text).trim_start().to_owned();
        Self { stem: format!("{text} "), text, parent: self.text.clone() }
    }

    /// The JSON body, whose fields are named without the word `body`.
    pub(super) fn body(&self) -> Self {
        Self { stem: format!("{} ", self.text), ..self.part("body") }
    }

    pub(super) fn field(&self, name: &str) -> Self {
        let is_plain = word(name) == name && !name.contains(['.', '[', ']', '{', '}']);
        self.step(&if is_plain { format!(".{name}") } else { format!("[{name:?}]") })
    }

    /// `[]` for the items of a list, `{}` for the fields that an object does not name.
    pub(super) fn step(&self, step: &str) -> Self {
        let text = format!("{}{step}", self.stem);
        Self { stem: text.clone(), text, parent: self.text.clone() }
    }
}

/// A name as one word of a line.
pub(super) fn word(name: &str) -> String {
    let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    if is_plain { name.to_owned() } else { format!("{name:?}").replace(' ', "\\u{20}") }
}

#[derive(Debug, Default)]
struct Node {
    parent: String,
    facts: BTreeSet<String>,
    /// Why this place and all below it cannot be compared.
    unread: BTreeSet<String>,
}

#[derive(Debug, Default)]
pub(super) struct Lines(BTreeMap<String, Node>);

impl Lines {
    fn node(&mut self, place: &Place) -> &mut Node {
        let new = || Node { parent: place.parent.clone(), ..Node::default() };
        self.0.entry(place.text.clone()).or_insert_with(new)
    }

    /// An empty text is the fact that the place exists. It stands for everything below the place.
    pub(super) fn fact(&mut self, place: &Place, text: impl Into<String>) {
        self.node(place).facts.insert(text.into());
    }

    pub(super) fn unread(&mut self, place: &Place, reason: impl Into<String>) {
        self.node(place).unread.insert(reason.into());
    }

    fn is_unread(&self, place: &str) -> bool {
        self.0.get(place).is_some_and(|node| !node.unread.is_empty())
    }

    /// Whether the line of a place above stands for this one as well.
    fn is_covered(&self, node: &Node, other: &Self) -> bool {
        self.0.get(&node.parent).is_some_and(|above| {
            let is_missing = !other.0.contains_key(&node.parent);
            let is_unread = self.is_unread(&node.parent) || other.is_unread(&node.parent);
            is_missing || is_unread || self.is_covered(above, other)
        })
    }

    /// How many facts both documents state.
    pub(super) fn shared(&self, other: &Self) -> usize {
        let both = self.0.iter().filter_map(|(place, node)| Some((node, other.0.get(place)?)));
        both.map(|(node, other)| node.facts.intersection(&other.facts).count()).sum()
    }

    /// What only this document says, and what of it cannot be compared.
    pub(super) fn differences(&self, other: &Self, side: &str) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for (place, node) in self.0.iter().filter(|(_, node)| !self.is_covered(node, other)) {
            let line = |kind: &str, fact: &String| {
                let colon = if fact.is_empty() { "" } else { ": " };
                printable(&format!("{kind} in {side} {place}{colon}{fact}"))
            };
            let is_same = |fact: &&String| other.0.get(place).is_some_and(|node| node.facts.contains(*fact));
            let mut facts: Vec<&String> = node.facts.iter().filter(|fact| !is_same(fact)).collect();
            if self.is_unread(place) || other.is_unread(place) {
                facts.clear();
            } else if facts.first().is_some_and(|fact| fact.is_empty()) {
                facts.truncate(1);
            }
            all.extend(facts.into_iter().map(|fact| line("only", fact)));
            all.extend(node.unread.iter().map(|reason| line("not compared", reason)));
        }
        all
    }
}

/// On one line, without the mark before a reason. A document can hold anything, and a terminal obeys it.
fn printable(text: &str) -> String {
    let escape = |one: char| if one.is_control() { one.escape_default().to_string() } else { one.into() };
    text.replace(" # ", " \\u0023 ").chars().map(escape).collect()
}
