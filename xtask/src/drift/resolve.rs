//! Follows references inside of a document.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::load::Document;

/// More references in a row than this are taken for a circle.
const MAX_STEPS: usize = 32;

/// What one reference points to, or why it cannot be followed.
pub(super) fn target<'a>(document: &'a Document, reference: &str) -> Result<&'a Value, String> {
    let Some(fragment) = reference.strip_prefix('#') else {
        return Err(format!("{reference} is in another document"));
    };
    let pointer =
        percent_decode_str(fragment).decode_utf8().map_err(|_| format!("{reference} is not UTF-8"))?;
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err(format!("{reference} is an anchor, not a path"));
    }
    document.root.pointer(&pointer).ok_or_else(|| format!("{reference} does not exist"))
}

/// The thing itself, where a reference to it may stand instead.
pub(super) fn resolve<'a>(document: &'a Document, value: &'a Value) -> Result<&'a Value, String> {
    let mut at = value;
    for _ in 0..MAX_STEPS {
        let Some(reference) = at.get("$ref") else { return Ok(at) };
        let reference = reference.as_str().ok_or("$ref is not text")?;
        at = target(document, reference)?;
    }
    Err("its references do not end".to_owned())
}
