//! Bodies of deliveries and events, which are JSON most of the time.

use serde::de::IgnoredAny;

use crate::terminal::printable;
use crate::tree::{Node, from_json};

const SHOWN: usize = 64 * 1024;

/// The body as JSON, with its members in their order.
pub(crate) fn json(bytes: &[u8]) -> Option<Node> {
    let text = str::from_utf8(bytes).ok()?;
    let tree = from_json(text.strip_prefix('\u{feff}').unwrap_or(text), usize::MAX).ok();
    tree.filter(Node::is_readable)
}

/// What keeps a body from being JSON. JSON that is sent has no byte order mark (RFC 8259).
pub(crate) fn not_json(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with("\u{feff}".as_bytes()) {
        return Some("begins with a byte order mark, so it is not JSON");
    }
    serde_json::from_slice::<IgnoredAny>(bytes).is_err().then_some("is not JSON")
}

/// A body for a person: JSON is indented, anything else unchanged; control characters are escaped.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let pretty = json(bytes).and_then(|value| serde_json::to_string_pretty(&value).ok());
    let mut text = pretty.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned());
    if text.len() > SHOWN {
        let end = (0..=SHOWN).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
    printable(&text).trim_end().to_owned()
}
