//! The list of differences that are on purpose: on each line a pattern, ` # `, and a reason.

use anyhow::{Context as _, Result, bail};

use super::difference::Difference;

/// A pattern has to begin with one of these, so that none stands for everything.
const KINDS: [&str; 3] = ["only here ", "only there ", "different "];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// In the file, from 1.
    pub(super) line: usize,
    /// The line of a difference; `*` stands for any text.
    pub(super) pattern: String,
    pub(super) reason: String,
}

impl Entry {
    pub(super) fn allows(&self, difference: &Difference) -> bool {
        matches(&self.pattern, &difference.line())
    }
}

/// Reads a list. Empty lines, and lines that begin with `#`, are skipped.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    for (at, text) in text.lines().enumerate() {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let entry = entry(at + 1, text).with_context(|| format!("line {}", at + 1))?;
        if let Some(first) = entries.iter().find(|other| other.pattern == entry.pattern) {
            bail!("line {}: the same pattern stands on line {}", entry.line, first.line);
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(line: usize, text: &str) -> Result<Entry> {
    let (pattern, reason) = text.split_once(" # ").unwrap_or((text, ""));
    let (pattern, reason) = (pattern.trim(), reason.trim());
    if reason.is_empty() {
        bail!("it has no reason; write it after the pattern and ` # `");
    }
    if !KINDS.iter().any(|kind| pattern.starts_with(kind)) {
        bail!("a pattern begins with `only here`, `only there` or `different`");
    }
    Ok(Entry { line, pattern: pattern.to_owned(), reason: reason.to_owned() })
}

/// Whether a text is what a pattern says, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        // The first place where a part fits leaves most to the others.
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        format!("{:#}", parse(text).unwrap_err())
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("a*", "a", true),
            ("*b", "ab", true),
            ("a*c", "abc", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("ab*ba", "aba", false),
            ("a**", "a", true),
            ("ä*ü", "äöü", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_list_has_comments_and_empty_lines() {
        let entries = parse("# about\n\n  only here field A .b  #  it is # ours \n").unwrap();
        let expected =
            Entry { line: 3, pattern: "only here field A .b".to_owned(), reason: "it is # ours".to_owned() };
        assert_eq!(entries, [expected]);
    }

    #[test]
    fn a_line_without_a_reason_is_named() {
        for line in
            ["only here field A", "only here field A #", "only here field A # ", "only here field A #b"]
        {
            assert!(message(&format!("\n{line}")).starts_with("line 2: it has no reason"), "{line}");
        }
    }

    #[test]
    fn a_pattern_for_everything_is_refused() {
        for pattern in ["*", "only*", "* field A"] {
            let message = message(&format!("{pattern} # a reason"));
            assert!(message.starts_with("line 1: "), "{pattern:?}: {message}");
        }
    }

    #[test]
    fn a_pattern_that_stands_twice_is_named() {
        let twice = "only here field A # one\nonly here field A # two";
        assert_eq!(message(twice), "line 2: the same pattern stands on line 1");
    }
}
