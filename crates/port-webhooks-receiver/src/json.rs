//! Bodies as JSON. What `serde_json` rejects or misreads in valid JSON is mended first.

use std::borrow::Cow;

use port_webhooks_api::has_reserved_key;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::delivery::{ParseError, ParseErrorKind};

/// `serde_json` takes an object with such a key for something else, when any crate in the program turns on certain of
/// its features, and then parses JSON within a string, without a limit of depth.
const RESERVED: &str = "$serde_json::private::";

/// Reads a body. One leading byte order mark is skipped, and of a repeated key the last value counts.
///
/// An escaped surrogate without its partner becomes U+FFFD, a number that no `f64` can hold becomes null, and a key
/// that begins with `$serde_json::private::` loses its `$`.
pub(crate) fn read(body: &[u8]) -> Result<Value, ParseError> {
    let text = text(body)?;
    if !has_reserved_key(text.as_bytes())
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    serde_json::from_str::<IgnoredAny>(text)
        .map_err(|error| ParseError::new(ParseErrorKind::Syntax).at(&error))?;
    serde_json::from_str(&mended(text)).map_err(|error| ParseError::new(ParseErrorKind::TooDeep).at(&error))
}

/// The error for a body that is JSON, but not of this type, with the place of the mismatch where that is safe to find.
pub(crate) fn mismatch<T: DeserializeOwned>(body: &[u8]) -> ParseError {
    let error = ParseError::new(ParseErrorKind::WrongType);
    if !has_reserved_key(body)
        && let Ok(Err(mismatch)) = text(body).map(serde_json::from_str::<T>)
        && mismatch.is_data()
    {
        return error.at(&mismatch);
    }
    error
}

/// The text of a body, without one leading byte order mark.
pub(crate) fn text(body: &[u8]) -> Result<&str, ParseError> {
    let text = std::str::from_utf8(body).map_err(|_| ParseError::new(ParseErrorKind::NotUtf8))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.is_empty() { Err(ParseError::new(ParseErrorKind::Empty)) } else { Ok(text) }
}

/// The body without white space outside of strings. A body that is not JSON, of any depth, stays as it is.
pub(crate) fn without_white_space(body: &[u8]) -> Cow<'_, [u8]> {
    if !text(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok()) {
        return Cow::Borrowed(body);
    }
    let mut compact = Vec::with_capacity(body.len());
    let (mut in_string, mut escaped) = (false, false);
    for &byte in body {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
        } else if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            continue;
        } else {
            in_string = byte == b'"';
        }
        compact.push(byte);
    }
    if compact.len() == body.len() { Cow::Borrowed(body) } else { Cow::Owned(compact) }
}

/// Valid JSON, as JSON that `serde_json` reads.
fn mended(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(first) = rest.bytes().next() {
        let length = match first {
            b'"' => string_length(rest),
            b'-' | b'0'..=b'9' => rest.bytes().take_while(|byte| b"0123456789+-.eE".contains(byte)).count(),
            _ => rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        match first {
            b'"' => {
                let start = out.len();
                push_string(&mut out, token);
                let is_key = after.trim_ascii_start().starts_with(':');
                if is_key
                    && let Ok(key) = serde_json::from_str::<String>(&out[start..])
                    && key.starts_with(RESERVED)
                {
                    out.truncate(start);
                    out.push_str(&Value::from(&key[1..]).to_string());
                }
            }
            b'-' | b'0'..=b'9' if serde_json::from_str::<f64>(token).is_err() => out.push_str("null"),
            _ => out.push_str(token),
        }
        rest = after;
    }
    out
}

/// The length of the string at the beginning of this JSON, with both quotes.
fn string_length(json: &str) -> usize {
    let mut escaped = false;
    let ends = |byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    };
    json.bytes().skip(1).position(ends).map_or(json.len(), |end| end + 2)
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
