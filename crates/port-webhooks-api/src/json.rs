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

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = r#""$serde_json::private::RawValue""#;

    #[test]
    fn reserved_key_is_found_anywhere_and_however_escaped() {
        for json in [
            format!(r#"{{{KEY}:"1"}}"#),
            format!("{{ \"a\" : [ 1.5e3, {{ {KEY} \n : \"1\" }} ] }}"),
            r#"{"\u0024serde_json::private::Number":"1"}"#.to_owned(),
            r#"{"$serde_json\u003A:private\u003a:RawValue":"1"}"#.to_owned(),
            format!(r#"{{"a\"":"\\","b":{{{KEY}:"1"}}}}"#),
            // A parser stops at these fields, unless it skips them.
            format!(r#"{{"a":"\ud800","b":{{{KEY}:"1"}}}}"#),
            format!(r#"{{"a":1e999,"b":{{{KEY}:"1"}}}}"#),
            format!(r#"{{"a":{}{},"b":{{{KEY}:"1"}}}}"#, "[".repeat(300), "]".repeat(300)),
            // The error comes after the key.
            format!(r#"{{"a":{{{KEY}:"1"}},"b":"#),
        ] {
            assert!(has_reserved_key(json.as_bytes()), "{json}");
        }
        let not_utf8 = [format!(r#"{{"a":{{{KEY}:"1"}},"b":""#).as_bytes(), b"\xff\"}"].concat();
        assert!(has_reserved_key(&not_utf8));
    }

    #[test]
    fn nothing_else_is_a_reserved_key() {
        for json in [
            format!(r#"{{"a":{KEY},"b":[{KEY},{KEY}]}}"#),
            r#"{"a":"{\"$serde_json::private::RawValue\":1}"}"#.to_owned(),
            r#"{"$ref":1,"\u00e9":1.5,"a$serde_json::private::RawValue":1e400}"#.to_owned(),
            r#"{"$serde_json::privat":1,"\ud800":1}"#.to_owned(),
            r#""$serde_json::private::RawValue"#.to_owned(),
            String::new(),
            "\\\"\\".to_owned(),
        ] {
            assert!(!has_reserved_key(json.as_bytes()), "{json}");
        }
    }

    #[test]
    fn valid_json_is_mended_and_nothing_else_changes() {
        for (json, mended) in [
            (r#"{"a":"\\ud83d \ud800x","\udc00":1}"#, r#"{"a":"\\ud83d \ufffdx","\ufffd":1}"#),
            (r#"["\ud83d\ude00","\u00e9",-1.5e3]"#, r#"["\ud83d\ude00","\u00e9",-1.5e3]"#),
            ("[1e400, 1]", "[null, 1]"),
            (
                r#"{"$serde_json::private::Number":"$serde_json::"}"#,
                r#"{"serde_json::private::Number":"$serde_json::"}"#,
            ),
        ] {
            assert_eq!(mend_json(json), mended);
            serde_json::from_str::<Value>(mended).unwrap();
        }
    }
}
