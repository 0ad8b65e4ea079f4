//! What is wrong with a body, in words of our own.

use std::{error, fmt};

use serde_json::error::Category;

/// Where a body departs from what was expected. The parser's own words are left out: they repeat
/// values, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    what: &'static str,
    line: usize,
    column: usize,
    ends_early: bool,
}

impl Mismatch {
    pub(crate) fn of(error: &serde_json::Error) -> Self {
        let what = match error.classify() {
            Category::Eof => "the JSON ends early",
            Category::Data => "a field has an unexpected type",
            Category::Io | Category::Syntax => "not JSON",
        };
        Self { what, line: error.line(), column: error.column(), ends_early: error.is_eof() }
    }

    /// Whether the body ends before the JSON does, so that it may be whole another time.
    pub fn ends_early(&self) -> bool {
        self.ends_early
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at line {} column {}", self.what, self.line, self.column)
    }
}

impl error::Error for Mismatch {}
