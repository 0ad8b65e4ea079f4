//! Why a body is not a delivery.

use std::fmt;

use serde_json::error::Category;

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
    /// It is nested deeper than 128 levels.
    TooDeep,
    /// It is JSON, but not an object.
    NotAnObject,
    /// A key occurs twice at the top level.
    DuplicateKey,
    /// A known field has another type than the contract says.
    WrongType,
    /// A key begins with `$serde_json::private::`, which is reserved by the JSON parser.
    ReservedKey,
}

/// Why a body is not a delivery. It contains nothing that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    kind: ParseErrorKind,
    field: Option<&'static str>,
    place: Option<(usize, usize)>,
}

impl ParseError {
    pub(super) fn new(kind: ParseErrorKind) -> Self {
        Self { kind, field: None, place: None }
    }

    /// An error of the parser, which says what it read: that is left out.
    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let kind = match error.classify() {
            Category::Data => ParseErrorKind::WrongType,
            // The one way to tell it.
            Category::Syntax if error.to_string().starts_with("recursion limit") => ParseErrorKind::TooDeep,
            Category::Syntax | Category::Eof | Category::Io => ParseErrorKind::Syntax,
        };
        Self { place: Some((error.line(), error.column())), ..Self::new(kind) }
    }

    pub(super) fn kind_is(mut self, kind: ParseErrorKind) -> Self {
        self.kind = kind;
        self
    }

    pub(super) fn at(mut self, field: Option<&'static str>) -> Self {
        self.field = field;
        self
    }

    /// What is wrong.
    pub fn kind(&self) -> ParseErrorKind {
        self.kind
    }

    /// The known field of the top level that is wrong, or contains what is wrong.
    pub fn field(&self) -> Option<&'static str> {
        self.field
    }

    /// The line, counted from 1.
    pub fn line(&self) -> Option<usize> {
        self.place.map(|(line, _)| line)
    }

    /// The column in bytes, counted from 1; 0 when the whole line is wrong, as in a body that is a list.
    pub fn column(&self) -> Option<usize> {
        self.place.map(|(_, column)| column)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.kind {
            ParseErrorKind::Empty => "the body is empty",
            ParseErrorKind::NotUtf8 => "the body is not UTF-8",
            ParseErrorKind::Syntax => "the body is not JSON",
            ParseErrorKind::TooDeep => "the body is nested too deeply",
            ParseErrorKind::NotAnObject => "the body is not a JSON object",
            ParseErrorKind::DuplicateKey => "a key occurs twice",
            ParseErrorKind::WrongType => "a value has the wrong type",
            ParseErrorKind::ReservedKey => "a key is reserved by the JSON parser",
        })?;
        if let Some(field) = self.field {
            write!(formatter, " in `{field}`")?;
        }
        if let Some((line, column)) = self.place {
            write!(formatter, " at line {line}, column {column}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ParseError {}
