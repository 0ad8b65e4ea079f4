//! Takes secrets out of what a server says, should it repeat them.

/// Shorter texts are left: they would turn up in words that have nothing to do with them.
const SHORTEST: usize = 4;

/// The longest text of a server that an error holds, in characters.
const LONGEST: usize = 300;

/// A text of a server, fit for an error: one line, not too long, and without the secrets that the
/// request carried.
pub(crate) fn clean(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    let mut secrets: Vec<&str> = secrets
        .iter()
        .copied()
        .filter(|secret| secret.len() >= SHORTEST)
        .collect();
    secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in secrets {
        text = text.replace(secret, "[redacted]");
    }
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_longest_first() {
        assert_eq!(
            clean("no: Bearer abcdef", &["abcd", "Bearer abcdef"]),
            "no: [redacted]"
        );
    }

    #[test]
    fn a_page_becomes_a_short_line() {
        let page = format!("<html>\r\n\u{1b}[31m  {}", "é".repeat(500));
        let line = clean(&page, &[]);
        assert_eq!(line.chars().count(), LONGEST + 1);
        assert!(
            line.starts_with("<html> [31m éé") && line.ends_with('…'),
            "{line}"
        );
    }
}
