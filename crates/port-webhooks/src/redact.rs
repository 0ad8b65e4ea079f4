//! Withholds a server's text that repeats a secret of the request.
//!
//! A secret is found plain, escaped for JSON, URLs or HTML (also several times), and in base64 or hex. Case, white space
//! and backslashes are ignored. A secret with fewer than 4 bytes besides those could be part of any text, so it is found
//! only as a word, and white space alone is never searched for.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Stands in place of a text that repeats a secret.
const WITHHELD: &str = "[withheld: it repeats a secret]";
/// A shorter secret is found only as a word.
const SHORTEST: usize = 4;
/// A shorter part of a secret is not a secret.
const SHORTEST_PART: usize = 6;
/// The longest text in an error, in characters.
const LONGEST: usize = 300;
/// How much of a text and of a secret is examined, in characters. A secret that begins in the shown part of a text is
/// within the limit in its longest form.
const MAX_EXAMINED: usize = 16 * 1024;
const MAX_SECRET: usize = 1024;
/// How often escapes are undone. A server that quotes a quoted text needs two.
const MAX_NESTING: usize = 8;

/// A server's text for an error: one line of at most 300 characters, withheld when it repeats a secret.
pub(crate) fn clean(text: &str, secrets: &[String]) -> String {
    let text: String =
        text.chars().take(MAX_EXAMINED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if repeats(&line, secrets, bare) || secrets.iter().any(|secret| has_word(&line, secret.trim())) {
        return WITHHELD.to_owned();
    }
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Whether a host contains a secret. Hosts have few characters, so only letters and digits are compared.
pub(crate) fn is_in_host(host: &str, secrets: &[String]) -> bool {
    repeats(host, secrets, |text| text.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), ""))
}

/// Whether a text contains a secret in any form, comparing what `fold` keeps of both.
fn repeats(text: &str, secrets: &[String], fold: fn(&str) -> String) -> bool {
    let texts: Vec<String> = unescaped(text).iter().map(|text| fold(text)).collect();
    let mut forms = parts(secrets).flat_map(forms).map(|form| fold(&form));
    forms.any(|form| form.len() >= SHORTEST && texts.iter().any(|text| text.contains(&form)))
}

/// A text in lower case, without what line breaks, quoting and forms (`+` for a space) change.
fn bare(text: &str) -> String {
    text.to_ascii_lowercase()
        .replace(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '\\' | '+'), "")
}

fn has_word(text: &str, word: &str) -> bool {
    word.contains(char::is_alphanumeric)
        && text.match_indices(word).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + word.len()..]);
            !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
        })
}

/// The secrets and their secret parts: a header's value may be a scheme, which is no secret, and a credential; a JWT has
/// parts separated by dots.
fn parts(secrets: &[String]) -> impl Iterator<Item = &str> {
    secrets.iter().flat_map(|secret| {
        let secret = secret.char_indices().nth(MAX_SECRET).map_or(secret.as_str(), |(end, _)| &secret[..end]);
        let credential = secret.split_once(' ').map_or(secret, |(_, credential)| credential);
        let parts = std::iter::once(credential).chain(credential.split([' ', ',', ';', '=', ':', '.']));
        std::iter::once(secret).chain(parts.filter(|part| part.len() >= SHORTEST_PART))
    })
}

/// The forms in which a text contains a secret once its escapes are undone.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = unescaped(secret);
    if secret.len() >= SHORTEST {
        forms.push(secret.chars().rev().collect());
        let json = serde_json::to_string(secret).unwrap_or_default();
        let json = json.get(1..json.len() - 1).unwrap_or_default();
        let unit = |unit: &u16| format!("\\u{unit:04x}");
        let units = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(unit).collect::<String>();
        let ascii = json.chars().map(|c| if c.is_ascii() { c.to_string() } else { units(c) }).collect();
        for text in [secret.to_owned(), json.to_owned(), ascii] {
            forms.push(text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat());
            // One for each offset within three bytes, without the characters that encode a neighbor's bits.
            for before in 0..3_usize {
                let bytes = [&[0; 3][..before], text.as_bytes()].concat();
                let whole = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
                let encoded = [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD].map(|engine| engine.encode(&bytes));
                forms.extend(encoded.map(|text| text[whole.clone()].to_owned()));
            }
        }
    }
    forms
}

/// A text, then what each round of undoing its escapes makes of it.
fn unescaped(text: &str) -> Vec<String> {
    let next = |text: &String| Some(unescape(text)).filter(|next| next != text);
    std::iter::successors(Some(text.to_owned()), next).take(MAX_NESTING).collect()
}

/// Undoes one round of percent-encoding, then one of JSON and HTML. The text is put together from UTF-16, which JSON
/// may give half a character at a time.
fn unescape(text: &str) -> String {
    let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    let (mut units, mut rest) = (Vec::new(), &*text);
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let escape = match c {
            '\\' => after_backslash(rest),
            '&' => after_ampersand(rest),
            _ => None,
        };
        // Quoting twice puts a backslash between the halves of a character.
        if c == '\\' && escape.is_none() {
            continue;
        }
        let (code, length) = escape.unwrap_or((u32::from(c), 0));
        rest = &rest[length..];
        match char::from_u32(code) {
            Some(c) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            None => units.extend(u16::try_from(code)),
        }
    }
    String::from_utf16_lossy(&units)
}

/// The code of `n` or `u00fc` at the start of a text, and its length.
fn after_backslash(text: &str) -> Option<(u32, usize)> {
    match text.as_bytes().first()? {
        b'n' | b'r' | b't' | b'b' | b'f' => Some((u32::from(' '), 1)),
        b'u' => Some((u32::from_str_radix(text.get(1..5)?, 16).ok()?, 5)),
        _ => None,
    }
}

/// The code of `quot;`, `#34;` or `#x22;` at the start of a text, and its length.
fn after_ampersand(text: &str) -> Option<(u32, usize)> {
    let end = text.bytes().take(16).position(|byte| byte == b';')?;
    let named = [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\'')];
    let named = named.into_iter().find(|(name, _)| *name == &text[..end]).map(|(_, c)| u32::from(c));
    let number = || text[..end].strip_prefix('#');
    let hex = || u32::from_str_radix(number()?.strip_prefix(['x', 'X'])?, 16).ok();
    Some((named.or_else(hex).or_else(|| number()?.parse().ok())?, end + 1))
}
