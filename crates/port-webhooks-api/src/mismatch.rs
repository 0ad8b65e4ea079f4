//! Why a body does not parse, without its values.

use std::{error, fmt};

use serde_json::error::Category;

/// Why and where a body is not the expected JSON. The parser's message is left out, since it repeats values, which may
/// be secret.
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

    /// Whether the body ends before the JSON does, as when the response was cut off.
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
