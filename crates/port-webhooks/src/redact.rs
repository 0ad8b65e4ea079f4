//! Redacts secrets that a server repeats in its responses.
//!
//! A server may escape them for JSON, URLs or HTML, or for one within another, and encoders differ in what they escape.
//! So a secret is matched character by character, each in any escaped form; its base64 and hex forms are matched as a
//! whole.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A shorter secret is matched only as a whole word, since it could be part of any other.
const SHORTEST: usize = 4;

/// A shorter part of a header's value is no secret: `Basic`, for example.
const SHORTEST_PART: usize = 6;

/// The longest text of a server in an error, in characters.
const LONGEST: usize = 300;

/// How much of a text is examined, in bytes: enough for what is shown, in its longest escaped form.
const MAX_EXAMINED: usize = 16 * 1024;

/// How many nested escapes are undone. A server that quotes a quoted text needs two.
const MAX_NESTING: usize = 8;

const MARK: &str = "[redacted]";

/// A text of a server, fit for an error: one line, not too long, and without the secrets of the request, whether plain
/// or escaped for JSON, URLs or HTML, or in base64 or hex, whole or in part.
pub(crate) fn clean(text: &str, secrets: &[&str]) -> String {
    // A secret with white space differs from its form on one line.
    let lines = parts(secrets).map(|secret| (secret, in_one_line(secret)));
    let lines: Vec<_> = lines.filter(|(secret, line)| secret != line).map(|(_, line)| line).collect();
    let secrets: Vec<Hidden> =
        parts(secrets).chain(lines.iter().map(String::as_str)).map(Hidden::new).collect();
    let text = in_one_line(text);
    let (mut line, mut length, mut at) = (String::new(), 0, 0);
    let mut before = None;
    while let Some(c) = text[at..].chars().next() {
        let hidden = secrets.iter().filter_map(|secret| secret.at_start(before, &text[at..])).max();
        match hidden {
            Some(_) => line.push_str(MARK),
            None => line.push(c),
        }
        length += hidden.map_or(1, |_| MARK.len());
        let step = hidden.unwrap_or(c.len_utf8());
        before = text[..at + step].chars().next_back();
        at += step;
        if length > LONGEST {
            break;
        }
    }
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The words of a text, separated by one space, up to the limit.
fn in_one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(is_gap).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        let room = MAX_EXAMINED.saturating_sub(line.len());
        let end = word.char_indices().map(|(at, _)| at).find(|at| *at >= room).unwrap_or(word.len());
        line.push_str(&word[..end]);
        if end < word.len() {
            break;
        }
    }
    line
}

/// Whether a character becomes a space on one line.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Whether a host contains a secret. Host names are case-insensitive and have few characters, so only letters and
/// digits are compared.
pub(crate) fn is_in_host(host: &str, secrets: &[&str]) -> bool {
    let host = alphanumeric(host);
    parts(secrets).any(|secret| {
        let hidden = Hidden::new(secret);
        let forms = hidden.base64.iter().map(|form| alphanumeric(form)).chain(hidden.hex);
        let backwards = alphanumeric(secret).chars().rev().collect();
        let mut forms = forms.chain([alphanumeric(secret), backwards]);
        forms.any(|form| form.len() >= SHORTEST && host.contains(&form))
    })
}

fn alphanumeric(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The secrets, and the parts of them that are secret, too: a header's value is often a scheme and a credential, and a
/// JWT three parts separated by dots.
fn parts<'a>(secrets: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    let parts = |secret: &'a str| {
        let parts = secret.split([' ', ',', ';', '=', ':', '.']).filter(|part| part.len() >= SHORTEST_PART);
        std::iter::once(secret).filter(|secret| !secret.is_empty()).chain(parts)
    };
    secrets.iter().copied().flat_map(parts)
}

/// A secret and its encoded forms.
struct Hidden<'a> {
    text: &'a str,
    base64: Vec<String>,
    /// In lower case.
    hex: Vec<String>,
}

impl<'a> Hidden<'a> {
    fn new(text: &'a str) -> Self {
        let (mut base64, mut hex) = (Vec::new(), Vec::new());
        if text.len() >= SHORTEST {
            let json = in_json(text);
            let mut written = vec![text.to_owned(), in_ascii(&json), json];
            written.dedup();
            for text in written {
                base64.extend(in_base64(&text));
                hex.push(in_hex(&text));
            }
        }
        Self { text, base64, hex }
    }

    /// The length of the secret at the start of a text, if it is there. `before` is the character before the text.
    fn at_start(&self, before: Option<char>, text: &str) -> Option<usize> {
        let base64 = self.base64.iter().filter(|form| text.starts_with(*form));
        let is_hex =
            |form: &&String| text.get(..form.len()).is_some_and(|start| start.eq_ignore_ascii_case(form));
        let encoded = base64.chain(self.hex.iter().filter(is_hex)).map(String::len);
        let escaped = self.escaped(text).filter(|length| {
            let after = text[*length..].chars().next();
            let is_word = ![before, after].into_iter().flatten().any(char::is_alphanumeric);
            self.text.len() >= SHORTEST || is_word
        });
        encoded.chain(escaped).max()
    }

    /// The same, character by character, each plain or escaped.
    fn escaped(&self, text: &str) -> Option<usize> {
        let mut rests = vec![text];
        for c in self.text.chars() {
            let mut next: Vec<&str> = rests.into_iter().flat_map(|rest| after(c, rest)).collect();
            next.sort_unstable_by_key(|rest| rest.len());
            next.dedup_by_key(|rest| rest.len());
            if next.is_empty() {
                return None;
            }
            rests = next;
        }
        rests.first().map(|rest| text.len() - rest.len())
    }
}

/// What follows a character at the start of a text, for each form in which the character may be there.
fn after(c: char, text: &str) -> Vec<&str> {
    // Some servers change the case of names and values.
    let mut rests: Vec<&str> =
        text.strip_prefix(|other: char| other.eq_ignore_ascii_case(&c)).into_iter().collect();
    if c == ' ' {
        // The space may stand for a line end or a tab, which the server has escaped.
        for gap in ['\n', '\r', '\t'] {
            rests.extend(after(gap, text));
        }
        // In a form `+` is a space, and may have been encoded again.
        rests.extend(text.strip_prefix('+').or_else(|| percent_byte(b'+', text)));
    }
    rests.extend(by_percent(c, text));
    rests.extend(by_html(c, text));
    // After a backslash there is the character itself, a name or a number; each level of quoting adds a backslash.
    let mut escaped = text;
    for _ in 0..MAX_NESTING {
        let Some(rest) = backslash(escaped) else { break };
        escaped = rest;
        rests.extend(rest.strip_prefix(c).filter(|_| c != '\\'));
        rests.extend(by_percent(c, rest).filter(|_| c != '\\'));
        rests.extend(by_html(c, rest));
        let name = [('\n', 'n'), ('\r', 'r'), ('\t', 't'), ('\u{8}', 'b'), ('\u{c}', 'f')];
        rests.extend(
            name.iter().find(|(named, _)| *named == c).and_then(|(_, name)| rest.strip_prefix(*name)),
        );
        rests.extend(by_unit(c, rest));
    }
    rests
}

/// What follows a backslash, plain or percent-encoded.
fn backslash(text: &str) -> Option<&str> {
    text.strip_prefix('\\').or_else(|| percent_byte(b'\\', text))
}

/// `u00fc`, after its backslash; some characters are two of them.
fn by_unit(c: char, text: &str) -> Option<&str> {
    let mut rest = text;
    for (at, unit) in c.encode_utf16(&mut [0; 2]).iter().enumerate() {
        if at > 0 {
            rest = rest.trim_start_matches('\\');
        }
        rest = after_digits(rest.strip_prefix('u')?, &format!("{unit:04x}"))?;
    }
    Some(rest)
}

/// `%C3%BC`, even when its percent signs are encoded again.
fn by_percent(c: char, text: &str) -> Option<&str> {
    c.encode_utf8(&mut [0; 4]).bytes().try_fold(text, |rest, byte| percent_byte(byte, rest))
}

fn percent_byte(byte: u8, text: &str) -> Option<&str> {
    let digits = format!("{byte:02x}");
    let mut rest = text.strip_prefix('%')?;
    for _ in 0..MAX_NESTING {
        if let Some(after) = after_digits(rest, &digits) {
            return Some(after);
        }
        rest = rest.strip_prefix("25")?;
    }
    None
}

/// `&quot;`, `&#34;` or `&#x22;`.
fn by_html(c: char, text: &str) -> Option<&str> {
    let rest = text.strip_prefix('&')?;
    let rest = rest.strip_prefix("amp;").filter(|_| c != '&').unwrap_or(rest);
    if let Some(number) = rest.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let (number, code) = match hex {
            Some(hex) => (hex, format!("{:x}", u32::from(c))),
            None => (number, u32::from(c).to_string()),
        };
        return after_digits(number.trim_start_matches('0'), &code)?.strip_prefix(';');
    }
    let names = [('&', "amp;"), ('<', "lt;"), ('>', "gt;"), ('"', "quot;"), ('\'', "apos;")];
    names.iter().find(|(named, _)| *named == c).and_then(|(_, name)| rest.strip_prefix(*name))
}

/// What follows these digits, in upper or lower case.
fn after_digits<'a>(text: &'a str, digits: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(digits.len())?;
    start.eq_ignore_ascii_case(digits).then_some(rest)
}

/// The base64 forms of a text within a longer one, in both alphabets: one for each offset within three bytes.
/// Characters that also encode a neighbour's bits are left out.
fn in_base64(text: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3_usize {
        let bytes = [&[0; 3][..before], text.as_bytes()].concat();
        let whole = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
        for alphabet in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            forms.push(alphabet.encode(&bytes)[whole.clone()].to_owned());
        }
    }
    forms
}

fn in_hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// A text, escaped for JSON.
fn in_json(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// JSON with everything but ASCII escaped.
fn in_ascii(json: &str) -> String {
    let units = |c: char| {
        c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat()
    };
    json.chars().map(|c| if c.is_ascii() { c.to_string() } else { units(c) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_redacted_longest_first() {
        assert_eq!(clean("no: Bearer abcdef", &["abcd", "Bearer abcdef"]), "no: [redacted]");
    }

    #[test]
    fn a_secret_is_found_as_json_and_urls_write_it() {
        let secret = r#"pä"ss\word/1 2"#;
        for written in [
            r#"pä"ss\word/1 2"#,
            r#"pä\"ss\\word/1 2"#,
            r#"p\u00e4\"ss\\word/1 2"#,
            "p%C3%A4%22ss%5Cword%2F1+2",
            "p%C3%A4%22ss%5Cword%2F1%202",
            "p%c3%a4%22ss%5cword%2f1%202",
            "%70%C3%A4%22%73%73%5C%77%6F%72%64%2F%31%20%32",
            r"pä&quot;ss\word/1 2",
            "70c3a42273735c776f72642f312032",
            "70C3A42273735C776F72642F312032",
            r"p\u00E4\u0022ss\\word\/1 2",
            r"\u0070\u00e4\u0022\u0073\u0073\u005c\u0077\u006f\u0072\u0064\u002f\u0031\u0020\u0032",
            r#"pä\\\"ss\\\\word/1 2"#,
            "p%25C3%25A4%2522ss%255Cword%252F1%2B2",
            "p%C3%A4%5C%22ss%5C%5Cword%2F1+2",
            r"p&#228;&#34;ss\word&#x2F;1 2",
            r"pä\&quot;ss\\word/1 2",
            "70c3a45c2273735c5c776f72642f312032",
        ] {
            assert_eq!(clean(&format!("<{written}>"), &[secret]), "<[redacted]>");
        }
    }

    #[test]
    fn a_secret_is_found_in_base64_alone_and_within_more() {
        let secret = "s3cret-\u{ff}~?>";
        for before in ["", "a", "id:", "user"] {
            for after in ["", "z", "zz", "zzz"] {
                for alphabet in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                    let text = alphabet.encode(format!("{before}{secret}{after}"));
                    let cleaned = clean(&text, &[secret]);
                    assert!(cleaned.contains("[redacted]"), "{before} {after}: {cleaned}");
                    // One character on each side may share bits with the secret.
                    assert!(cleaned.len() <= text.len() - secret.len() + "[redacted]".len(), "{cleaned}");
                }
            }
        }
    }

    #[test]
    fn the_credential_in_a_header_is_found_without_its_scheme() {
        assert_eq!(clean("token abcdef123456 refused", &["Bearer abcdef123456"]), "token [redacted] refused");
    }

    #[test]
    fn a_secret_of_other_planes_and_of_control_characters_is_found() {
        for written in
            ["a\u{1f600}\nbc", r"a\ud83d\ude00\nbc", r"a\uD83D\uDE00\u000abc", "a%F0%9F%98%80%0Abc"]
        {
            assert_eq!(clean(written, &["a\u{1f600}\nbc"]), "[redacted]", "{written}");
        }
    }

    #[test]
    fn a_secret_of_several_words_is_found_over_several_lines() {
        for written in ["correct horse battery", "correct\nhorse battery", "correct  horse\r\n\tbattery"] {
            assert_eq!(clean(&format!("<{written}>"), &["correct horse battery"]), "<[redacted]>");
        }
        // One that has more than a space within it is found as the line shows it.
        for written in ["pass  wo\nrd!", "pass wo rd!", r"pass  wo\nrd!", "pass++wo%0Ard%21"] {
            assert_eq!(clean(&format!("<{written}>"), &["pass  wo\nrd!"]), "<[redacted]>", "{written}");
        }
    }

    #[test]
    fn what_only_begins_like_a_secret_stays() {
        for text in ["p%", "p%C3", r"p\u00", "pä&quot", "pä\\", "p&#", "p&#x"] {
            assert_eq!(clean(text, &["pä\"\\ss"]), text);
        }
    }

    #[test]
    fn a_secret_is_found_in_a_host() {
        let secret = "Token-1.Dotted/ü";
        for host in [
            "token-1.dotted.example.com",
            "a.TOKEN-1-DOTTED",
            "dettod.1-nekot",
            "546f6b656e2d312e446f747465642fc3bc",
        ] {
            assert!(is_in_host(host, &[secret]), "{host}");
        }
        assert!(is_in_host(&in_base64(secret)[0].to_lowercase(), &[secret]));
        assert!(!is_in_host("api.port.io", &[secret, "", "io"]));
    }

    #[test]
    fn a_short_secret_is_found_as_a_word() {
        assert_eq!(clean(r#"{"secret":"abc"} abcd cab"#, &["abc"]), r#"{"secret":"[redacted]"} abcd cab"#);
        assert_eq!(clean("unchanged", &[""]), "unchanged");
    }

    #[test]
    fn a_part_of_a_token_is_hidden_and_letters_may_be_of_the_other_case() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl";
        assert_eq!(clean("no: c2lnbmF0dXJl", &[token]), "no: [redacted]");
        assert_eq!(clean("S3CRET-VALUE s3cret-value", &["s3cret-Value"]), "[redacted] [redacted]");
    }

    /// Texts that would take very long without a limit: one prefix of an escape over and over.
    #[test]
    fn a_text_of_ten_megabytes_is_looked_at_no_longer_than_a_short_one() {
        for letter in ["\\", " ", "%25", "&#0", "\u{0}", "x", "\\u005c", "s3cre"] {
            let text = letter.repeat(10 * 1024 * 1024 / letter.len());
            let secrets = ["s3cret-value with words", "\\\\\\\\", "  x  "];
            assert!(clean(&text, &secrets).chars().count() <= LONGEST + 1);
        }
    }

    #[test]
    fn a_page_becomes_a_short_line() {
        let page = format!("<html>\r\n\u{1b}[31m  {}", "é".repeat(500));
        let line = clean(&page, &[]);
        assert_eq!(line.chars().count(), LONGEST + 1);
        assert!(line.starts_with("<html> [31m éé") && line.ends_with('…'), "{line}");
    }
}
