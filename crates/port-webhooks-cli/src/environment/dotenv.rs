//! A file of variables, such as `.env`: lines `NAME=value`. It may belong to another program, so lines with other
//! variables are skipped, even invalid ones.

use std::collections::BTreeMap;
use std::path::Path;

use crate::failure::{Failure, Result};
use crate::input;

#[derive(Debug)]
pub(super) struct Dotenv {
    pub(super) name: String,
    /// The number of the line and the text after each name. The last line of a name counts.
    lines: BTreeMap<String, (usize, Vec<u8>)>,
}

impl Dotenv {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = input::read(path)?;
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let lines = bytes.split(|byte| *byte == b'\n').enumerate();
        let lines = lines.filter_map(|(at, line)| {
            let (name, rest) = name_and_rest(line)?;
            Some((name, (at + 1, rest.to_vec())))
        });
        Ok(Self { name: input::name(path), lines: lines.collect() })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.lines.contains_key(name)
    }

    pub(super) fn get(&self, name: &str) -> Result<Option<String>> {
        let Some((line, rest)) = self.lines.get(name) else { return Ok(None) };
        value(rest).map(Some).map_err(|what| {
            Failure::usage(format!("{}:{line}: {name}: {what}", self.name))
                .advice("a line is NAME=value; put a value with spaces at its ends or ` #` in it in quotes")
        })
    }
}

/// The name at the start of a line, and the text after it.
fn name_and_rest(line: &[u8]) -> Option<(String, &[u8])> {
    let line = line.trim_ascii_start();
    let exported =
        line.strip_prefix(b"export").filter(|rest| rest.starts_with(b" ") || rest.starts_with(b"\t"));
    let line = exported.map_or(line, <[u8]>::trim_ascii_start);
    let end = line.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let (name, rest) = line.split_at(end.unwrap_or(line.len()));
    let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
    Some((name.to_owned(), rest))
}

/// The value after the `=`. It is literal, in quotes or without them.
fn value(rest: &[u8]) -> Result<String, &'static str> {
    let rest = std::str::from_utf8(rest).map_err(|_| "not UTF-8")?.trim();
    let value = rest.strip_prefix('=').ok_or("no `=` after the name")?.trim_start();
    let quote = value.chars().next().filter(|first| matches!(first, '\'' | '"'));
    if let Some(quote) = quote {
        let inner = &value[1..];
        let ends = |at: &usize| {
            let after = &inner[at + 1..];
            after.is_empty() || after.trim_start().starts_with('#') && after.starts_with([' ', '\t'])
        };
        let end = inner.match_indices(quote).map(|(at, _)| at).find(ends);
        return end.map(|end| inner[..end].to_owned()).ok_or("the quote is not closed in this line");
    }
    let comment = value.match_indices('#').map(|(at, _)| at);
    let end = comment.into_iter().find(|at| *at == 0 || value[..*at].ends_with([' ', '\t']));
    Ok(value[..end.unwrap_or(value.len())].trim_end().to_owned())
}
