//! Why a body cannot be read as JSON of a type.

use std::fmt;

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// It is empty.
    Empty,
    /// It is not UTF-8.
    NotUtf8,
    /// It is not JSON, or has something after the JSON.
    Syntax,
    /// It is nested deeper than 127 levels.
    TooDeep,
    /// It is JSON, but not of the requested type.
    WrongType,
}

/// Why a body cannot be read as JSON of a type. It contains nothing that was sent.
///
/// ```
/// use port_webhooks_receiver::{Delivery, ParseErrorKind};
///
/// let error = Delivery::new(r#"{"replicas":"#).json::<std::collections::HashMap<String, u32>>().unwrap_err();
/// assert_eq!((error.kind(), error.line()), (ParseErrorKind::Syntax, Some(1)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    kind: ParseErrorKind,
    place: Option<(usize, usize)>,
}

impl ParseError {
    pub(crate) fn new(kind: ParseErrorKind) -> Self {
        Self { kind, place: None }
    }

    /// The place of an error of the parser. Its text may repeat what was sent, and is left out.
    pub(crate) fn at(mut self, error: &serde_json::Error) -> Self {
        self.place = (error.line() > 0).then(|| (error.line(), error.column()));
        self
    }

    /// What is wrong.
    pub fn kind(&self) -> ParseErrorKind {
        self.kind
    }

    /// The line, counted from 1.
    pub fn line(&self) -> Option<usize> {
        self.place.map(|(line, _)| line)
    }

    /// The column in bytes, counted from 1; 0 when the whole line is wrong.
    pub fn column(&self) -> Option<usize> {
        self.place.map(|(_, column)| column)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.kind {
            ParseErrorKind::Empty => "cannot read the body as JSON: it is empty",
            ParseErrorKind::NotUtf8 => "cannot read the body as JSON: it is not UTF-8",
            ParseErrorKind::Syntax => "cannot read the body as JSON: syntax error",
            ParseErrorKind::TooDeep => "cannot read the body as JSON: it is nested too deeply",
            ParseErrorKind::WrongType => "the body is JSON, but not of the requested type",
        })?;
        if let Some((line, column)) = self.place {
            write!(formatter, " at line {line}, column {column}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ParseError {}
