//! What a comparison finds, and how it is called.

use std::fmt;

/// Stands for a thing that is there, where there is nothing more to say of it.
pub(super) const PRESENT: &str = "yes";

/// One thing that only one document has, or that both have differently.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    pub(super) place: String,
    /// What differs there: a route, a field, a keyword.
    pub(super) what: String,
    pub(super) here: Option<String>,
    pub(super) there: Option<String>,
}

impl Difference {
    pub(super) fn kind(&self) -> &'static str {
        match (&self.here, &self.there) {
            (Some(_), None) => "only here",
            (None, Some(_)) => "only there",
            _ => "different",
        }
    }

    /// The difference in one line, which the allow list is matched against.
    pub(super) fn line(&self) -> String {
        let values = match (&self.here, &self.there) {
            (Some(here), Some(there)) => format!(": {here} -> {there}"),
            (Some(one), None) | (None, Some(one)) if one != PRESENT => format!(": {one}"),
            _ => String::new(),
        };
        printable(&format!("{} {} {}{values}", self.kind(), self.what, self.place))
    }
}

/// A place that was left as it is, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NotCompared {
    pub(super) reason: String,
    pub(super) side: Side,
    pub(super) place: String,
}

/// A document, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Here,
    There,
    Both,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Here => "here",
            Self::There => "there",
            Self::Both => "both",
        })
    }
}

/// Where a schema stands: in a part of an operation, and at a path inside of it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    part: String,
    path: String,
}

impl Place {
    pub(super) fn new(part: impl Into<String>) -> Self {
        Self { part: part.into(), path: String::new() }
    }

    /// A part of this one, such as `response 401` of a route.
    pub(super) fn part(&self, name: &str) -> Self {
        Self::new(format!("{} {name}", self.part))
    }

    pub(super) fn field(&self, name: &str) -> Self {
        let is_plain = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-$".contains(&byte));
        self.deeper(&if is_plain { format!(".{name}") } else { format!("[{name:?}]") })
    }

    pub(super) fn items(&self) -> Self {
        self.deeper("[]")
    }

    /// Any field that has no name of its own.
    pub(super) fn other_fields(&self) -> Self {
        self.deeper("{}")
    }

    /// One of several branches, counted from 1.
    pub(super) fn branch(&self, number: usize) -> Self {
        self.deeper(&format!("({number})"))
    }

    fn deeper(&self, step: &str) -> Self {
        Self { part: self.part.clone(), path: format!("{}{step}", self.path) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.path.is_empty() { "" } else { " " };
        write!(f, "{}{space}{}", self.part, self.path)
    }
}

/// The text on one line. A document may hold anything, and a terminal obeys it.
pub(super) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}
