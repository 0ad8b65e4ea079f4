//! Valid JSON that `serde_json` rejects or misreads.
//!
//! Keys that the parser reserves for itself: with its features `raw_value` and `arbitrary_precision`, which any crate in a program can turn on, `serde_json`
//! takes an object with such a key for something else when it parses a `Value`: for JSON within a string, parsed with
//! a new depth limit. Whoever can choose a key could overflow the stack. Nothing else has such keys.
//!
//! The bytes are searched, since a parser would stop at the first error, which may be after the key, or no error to the
//! parser that reads the value.

use serde_json::Value;

const RESERVED: &str = "$serde_json::private::";

/// Whether this JSON has a reserved key, at any depth and however it is escaped. Other errors are not looked for.
#[doc(hidden)]
pub fn has_reserved_key(json: &[u8]) -> bool {
    may_have_one(json) && keys(json).any(is_reserved)
}

/// A quick check: most JSON has neither of the characters that such a key can begin with. Without an early end the
/// compiler vectorizes the loop.
fn may_have_one(json: &[u8]) -> bool {
    json.iter().fold(0, |found, byte| found | u8::from(matches!(byte, b'$' | b'\\'))) != 0
}

fn is_reserved(key: &[u8]) -> bool {
    // Decoded only where the first character can be right: plain, or an escape.
    matches!(key.get(1), Some(b'$' | b'\\'))
        && serde_json::from_slice::<String>(key).is_ok_and(|key| key.starts_with(RESERVED))
}

/// Each string before a colon, with its quotes.
fn keys(json: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = json;
    std::iter::from_fn(move || {
        loop {
            let start = rest.iter().position(|byte| *byte == b'"')?;
            let text = rest.get(start..)?;
            let length = string_length(text)?;
            rest = text.get(length..)?;
            if rest.trim_ascii_start().starts_with(b":") {
                return text.get(..length);
            }
        }
    })
}

/// The length of the string that begins here, with both quotes, if it ends.
fn string_length(json: &[u8]) -> Option<usize> {
    let mut escaped = false;
    let end = json.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map(|end| end + 2)
}

/// Valid JSON as JSON that `serde_json` reads.
///
/// An escaped surrogate without its partner becomes U+FFFD, a number that no `f64` can hold becomes null, and a key
/// that begins with `$serde_json::private::` loses its `$`.
#[doc(hidden)]
pub fn mend_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    for token in tokens(json) {
        rest = &rest[token.len()..];
        match token.as_bytes().first() {
            Some(b'"') => {
                let start = out.len();
                push_string(&mut out, token);
                let is_key = rest.trim_ascii_start().starts_with(':');
                if is_key
                    && let Ok(key) = serde_json::from_str::<String>(&out[start..])
                    && key.starts_with(RESERVED)
                {
                    out.truncate(start);
                    out.push_str(&Value::from(&key[1..]).to_string());
                }
            }
            Some(b'-' | b'0'..=b'9') if serde_json::from_str::<f64>(token).is_err() => out.push_str("null"),
            _ => out.push_str(token),
        }
    }
    out
}

/// The strings and numbers of valid JSON, and the pieces between them.
pub(crate) fn tokens(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = json;
    std::iter::from_fn(move || {
        let length = match rest.bytes().next()? {
            b'"' => string_length(rest.as_bytes()).unwrap_or(rest.len()),
            b'-' | b'0'..=b'9' => rest.bytes().take_while(|byte| b"0123456789+-.eE".contains(byte)).count(),
            _ => rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        Some(token)
    })
}

/// Appends a string, each surrogate without its partner replaced.
fn push_string(out: &mut String, string: &str) {
    let mut rest = string;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let (length, mended) = match (utf16_escape(escape), escape.get(6..).and_then(utf16_escape)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, None),
            (Some(0xD800..=0xDFFF), _) => (6, Some("\\ufffd")),
            (Some(_), _) => (6, None),
            (None, _) => (2, None),
        };
        let (escape, after) = escape.split_at(length);
        out.push_str(mended.unwrap_or(escape));
        rest = after;
    }
    out.push_str(rest);
}

/// The value of an escape such as `\u00e9`.
fn utf16_escape(json: &str) -> Option<u16> {
    u16::from_str_radix(json.strip_prefix("\\u")?.get(..4)?, 16).ok()
}
