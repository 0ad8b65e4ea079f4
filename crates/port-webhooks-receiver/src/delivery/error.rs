//! Why a body is no delivery.

use std::fmt;

use serde_json::error::Category;

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// There is nothing in it.
    Empty,
    /// It is not UTF-8.
    NotUtf8,
    /// It is no JSON, or more than one.
    Syntax,
    /// It is nested deeper than 128.
    TooDeep,
    /// It is JSON and no object.
    NotAnObject,
    /// A key is twice at its top level.
    DuplicateKey,
    /// A known field is of another type than the contract says.
    WrongType,
    /// A key begins with `$serde_json::private::`: the JSON parser would not take it for one.
    ReservedKey,
}

/// Why a body is no delivery. It repeats nothing that was sent.
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

    /// The known field of the top level that is, or holds, what is wrong.
    pub fn field(&self) -> Option<&'static str> {
        self.field
    }

    /// The line, counted from 1.
    pub fn line(&self) -> Option<usize> {
        self.place.map(|(line, _)| line)
    }

    /// The column in bytes, counted from 1; 0 where what is wrong is all of the line, as in a body that is a list.
    pub fn column(&self) -> Option<usize> {
        self.place.map(|(_, column)| column)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.kind {
            ParseErrorKind::Empty => "the body is empty",
            ParseErrorKind::NotUtf8 => "the body is not UTF-8",
            ParseErrorKind::Syntax => "the body is no JSON",
            ParseErrorKind::TooDeep => "the body is nested too deeply",
            ParseErrorKind::NotAnObject => "the body is no JSON object",
            ParseErrorKind::DuplicateKey => "a key is there twice",
            ParseErrorKind::WrongType => "a value is of the wrong type",
            ParseErrorKind::ReservedKey => "a key is the JSON parser's own",
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
