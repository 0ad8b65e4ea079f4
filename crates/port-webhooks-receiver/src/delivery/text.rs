//! The text of a body.

use port_webhooks_api::has_reserved_key;

use super::error::{ParseError, ParseErrorKind};

/// Without one leading byte order mark.
pub(super) fn of(body: &[u8]) -> Result<&str, ParseError> {
    let text = std::str::from_utf8(body).map_err(|_| ParseError::new(ParseErrorKind::NotUtf8))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.is_empty() {
        return Err(ParseError::new(ParseErrorKind::Empty));
    }
    Ok(text)
}

/// The same, if the JSON parser takes all of its keys for keys.
pub(super) fn without_reserved_keys(body: &[u8]) -> Result<&str, ParseError> {
    let text = of(body)?;
    if has_reserved_key(text.as_bytes()) {
        return Err(ParseError::new(ParseErrorKind::ReservedKey));
    }
    Ok(text)
}
