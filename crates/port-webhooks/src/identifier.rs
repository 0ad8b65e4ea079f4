//! What may stand in a path as the identifier of a webhook.
//!
//! The generated client encodes a segment, but leaves `.` and `\` as they are, and the parser of
//! URLs then walks the path with them, to another route. Everything else is exactly one segment.

use url::Url;

const MAX_BYTES: usize = 1024;

/// Why an identifier can't be sent, or nothing.
pub(crate) fn refusal(identifier: &str) -> Option<&'static str> {
    if identifier.is_empty() {
        Some("it is empty")
    } else if matches!(identifier, "." | "..") {
        Some("a path can't hold it: `.` and `..` are steps in a URL")
    } else if identifier.chars().any(char::is_control) {
        Some("it has a control character")
    } else if identifier.contains('\\') {
        Some("it has a backslash, which URLs read as a slash")
    } else if identifier.len() > MAX_BYTES {
        Some("it is longer than 1,024 bytes")
    } else {
        None
    }
}

/// An identifier for a person to read: one that was refused can be of any length.
pub(crate) fn shorten(identifier: &str) -> &str {
    const LONGEST: usize = 100;
    identifier.char_indices().nth(LONGEST).map_or(identifier, |(end, _)| &identifier[..end])
}

/// An identifier as a segment of a path, for a person to read.
pub(crate) fn encode(identifier: &str) -> String {
    let Ok(mut url) = Url::parse("http://localhost/") else {
        return identifier.to_owned();
    };
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.push(identifier);
    }
    url.path().trim_start_matches('/').to_owned()
}
