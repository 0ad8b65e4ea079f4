//! Takes secrets out of what a server says, should it repeat them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A shorter secret is found as a word of its own alone: it would turn up within others.
const SHORTEST: usize = 4;

/// A shorter part of a header's value says nothing, such as `Basic`.
const SHORTEST_PART: usize = 6;

/// The longest text of a server that an error holds, in characters.
const LONGEST: usize = 300;

/// A text of a server, fit for an error: one line, not too long, and without the secrets that the
/// request carried, as they are or as JSON, URLs, HTML, base64 and hex write them, whole or in part.
pub(crate) fn clean(text: &str, secrets: &[&str]) -> String {
    // A secret of several words that is broken into lines becomes whole on one, so this comes first.
    let mut line = in_one_line(text);
    let mut forms: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
    forms.sort_unstable_by_key(|form| std::cmp::Reverse(form.len()));
    for form in forms {
        line = hide(&line, &form);
    }
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn in_one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Whether a host has a secret in it. Hosts have no case.
pub(crate) fn is_in_host(host: &str, secrets: &[&str]) -> bool {
    let host = host.to_ascii_lowercase();
    secrets.iter().any(|secret| secret.len() >= SHORTEST && host.contains(&secret.to_ascii_lowercase()))
}

fn hide(text: &str, secret: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in text.match_indices(secret) {
        let before = text[..at].chars().next_back();
        let after = text[at + secret.len()..].chars().next();
        let is_word = ![before, after].into_iter().flatten().any(char::is_alphanumeric);
        if secret.len() >= SHORTEST || is_word {
            hidden.push_str(&text[from..at]);
            hidden.push_str("[redacted]");
            from = at + secret.len();
        }
    }
    hidden.push_str(&text[from..]);
    hidden
}

/// How a secret may be written, and the parts of it that are secret too: a header's value is often a
/// scheme and a credential.
fn forms(secret: &str) -> Vec<String> {
    let parts = secret.split([' ', ',', ';', '=', ':']).filter(|part| part.len() >= SHORTEST_PART);
    let mut forms = Vec::new();
    for text in std::iter::once(secret).chain(parts) {
        let json = in_json(text);
        let plus: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let hex = text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
        let percent = format!("%{}", hex.join("%"));
        let hex = hex.concat();
        forms.extend([
            text.to_owned(),
            in_json(&json),
            in_ascii(&json),
            in_html(text),
            lower_percent(&plus),
            plus.replace('+', "%20"),
            lower_percent(&plus.replace('+', "%20")),
            plus,
            json,
            hex.to_ascii_uppercase(),
            hex,
            percent.to_ascii_uppercase(),
            percent,
        ]);
        if text.len() >= SHORTEST {
            forms.extend(in_base64(text));
        }
    }
    let lines: Vec<_> = forms.iter().map(|form| in_one_line(form)).collect();
    forms.extend(lines);
    forms.retain(|form| !form.is_empty());
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// A text as base64 has it, alone or within more, in both alphabets: where it begins within three bytes decides.
/// Characters that others have a share in are left out.
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

/// A text as HTML has it.
fn in_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Percent encoding with small letters.
fn lower_percent(encoded: &str) -> String {
    let mut digits = 0;
    let lower = |c: char| {
        if c == '%' {
            digits = 2;
        } else if digits > 0 {
            digits -= 1;
            return c.to_ascii_lowercase();
        }
        c
    };
    encoded.chars().map(lower).collect()
}

/// A text as it stands between the quotes of JSON.
fn in_json(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// JSON as those write it who write ASCII alone.
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
    fn secrets_are_taken_out_longest_first() {
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
    fn a_short_secret_is_found_as_a_word() {
        assert_eq!(clean(r#"{"secret":"abc"} abcd cab"#, &["abc"]), r#"{"secret":"[redacted]"} abcd cab"#);
        assert_eq!(clean("unchanged", &[""]), "unchanged");
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
    fn a_page_becomes_a_short_line() {
        let page = format!("<html>\r\n\u{1b}[31m  {}", "é".repeat(500));
        let line = clean(&page, &[]);
        assert_eq!(line.chars().count(), LONGEST + 1);
        assert!(line.starts_with("<html> [31m éé") && line.ends_with('…'), "{line}");
    }
}
