//! Bodies as JSON. What `serde_json` rejects or misreads in valid JSON is mended first.

use std::borrow::Cow;

use port_webhooks_api::{has_reserved_key, mend_json};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::parse_error::{ParseError, ParseErrorKind};

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
    serde_json::from_str(&mend_json(text))
        .map_err(|error| ParseError::new(ParseErrorKind::TooDeep).at(&error))
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
