//! The list of differences that are on purpose: on each line a difference, ` # `, and the reason.

use anyhow::{Context as _, Result, bail};

/// A line has to begin with one of these.
const KINDS: [&str; 4] =
    ["only in contract ", "only in Port ", "not compared in contract ", "not compared in Port "];

#[derive(Debug)]
pub(super) struct Entry {
    /// In the file, from 1.
    pub(super) number: usize,
    /// A difference, in which a `*` stands for any one word.
    pub(super) pattern: String,
    pub(super) reason: String,
}

impl Entry {
    pub(super) fn allows(&self, difference: &str) -> bool {
        let mut words = difference.split(' ');
        let is_next = |pattern| words.next().is_some_and(|word| pattern == "*" || pattern == word);
        self.pattern.split(' ').all(is_next) && words.next().is_none()
    }
}

/// Reads a list. Empty lines, and lines that begin with `#`, are skipped.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>> {
    let lines = (1..).zip(text.lines().map(str::trim));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(number, line)| entry(number, line).with_context(|| format!("line {number}"))).collect()
}

fn entry(number: usize, line: &str) -> Result<Entry> {
    let (pattern, reason) = line.split_once(" # ").unwrap_or((line, ""));
    let (pattern, reason) = (pattern.trim().to_owned(), reason.trim().to_owned());
    if reason.is_empty() {
        bail!("has no reason; write it after the difference and ` # `");
    }
    let place = KINDS.iter().find_map(|kind| pattern.strip_prefix(kind));
    if !place.is_some_and(|place| place.contains(char::is_alphanumeric)) {
        bail!("has to begin with one of `{}`, and to name a place", KINDS.join("`, `"));
    }
    Ok(Entry { number, pattern, reason })
}
