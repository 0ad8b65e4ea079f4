//! JSON as the Port agent writes it. The agent signs the compact form and sends the form with spaces.

use std::fmt::Write as _;

use serde::de::IgnoredAny;

/// The body that the agent sends: a space after `,` and `:`, and only ASCII. Anything but JSON stays as it is.
pub(crate) fn sent(body: &[u8]) -> Vec<u8> {
    rewritten(body, " ")
}

/// The bytes that the agent signs: the same without white space outside of strings.
pub(crate) fn signed(body: &[u8]) -> Vec<u8> {
    rewritten(body, "")
}

fn rewritten(body: &[u8], space: &str) -> Vec<u8> {
    let json = std::str::from_utf8(body).ok().filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    let Some(json) = json else { return body.to_vec() };
    let mut text = String::with_capacity(body.len());
    let (mut in_text, mut escaped) = (false, false);
    for c in json.chars() {
        match c {
            ' ' | '\t' | '\n' | '\r' if !in_text => continue,
            ',' | ':' if !in_text => {
                text.push(c);
                text.push_str(space);
                continue;
            }
            '"' if !escaped => in_text = !in_text,
            _ => {}
        }
        escaped = in_text && c == '\\' && !escaped;
        if c.is_ascii() {
            text.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text.into_bytes()
}
