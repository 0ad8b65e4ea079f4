//! Keys that the JSON parser reserves for itself.
//!
//! With its features `raw_value` and `arbitrary_precision`, which any crate in a program can turn on, `serde_json`
//! takes an object with such a key for something else when it parses a `Value`: for JSON within a string, parsed with
//! a new depth limit. Whoever can choose a key could overflow the stack. Nothing else has such keys.
//!
//! The bytes are searched, since a parser would stop at the first error, which may be after the key, or no error to the
//! parser that reads the value.

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
}
