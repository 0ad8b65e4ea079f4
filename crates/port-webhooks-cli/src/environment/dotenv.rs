//! A file of variables, such as `.env`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use crate::failure::{Failure, Result};

/// The variables that a file sets.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, String>> {
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read {name}")).because(&error))?;
    let lines = dotenvy::from_read_iter(Cursor::new(literally(&text)));
    lines.collect::<Result<_, _>>().map_err(|error| {
        Failure::usage(format!("{name}: invalid line"))
            .advice("a line is NAME=VALUE; put a value with spaces or `#` in single quotes")
            .caused_by(WithoutLine(error))
    })
}

/// A file `.env` whose values are what they say: what begins with `$` outside of single quotes would be replaced by a
/// variable, and a secret would lose a part without a word.
fn literally(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    let (mut single, mut double, mut escaped, mut comment) = (false, false, false, false);
    let mut before = '\n';
    for c in text.chars() {
        let quoted = single || double;
        comment = (comment && c != '\n') || (c == '#' && !quoted && before.is_whitespace());
        match c {
            _ if comment => {}
            '$' if !single && !escaped => literal.push('\\'),
            '\'' if !double && !escaped => single = !single,
            '"' if !single && !escaped => double = !double,
            _ => {}
        }
        escaped = c == '\\' && !escaped && !single;
        literal.push(c);
        before = c;
    }
    literal
}

/// Why a file cannot be read, without what is in it: the error of dotenvy repeats the line, which may hold a secret.
#[derive(Debug)]
struct WithoutLine(dotenvy::Error);

impl std::fmt::Display for WithoutLine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            dotenvy::Error::Io(error) => error.fmt(formatter),
            dotenvy::Error::LineParse(_, at) => {
                write!(formatter, "invalid at character {} of the line", at + 1)
            }
            _ => formatter.write_str("invalid"),
        }
    }
}

impl std::error::Error for WithoutLine {}
