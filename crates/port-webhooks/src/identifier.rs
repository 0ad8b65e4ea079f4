//! Which identifiers can be a path segment.
//!
//! Those that a URL or a server may read differently are rejected before anything is sent: `.` and `..` navigate, `url`
//! drops tabs and line ends, and some servers read `%5C` as a slash. Every other one is exactly one segment.

use port_webhooks_api::address;
use url::Url;

use crate::error::Failure;

const MAX_BYTES: usize = 1024;

/// Why an identifier can't be sent, if it can't.
pub(crate) fn refusal(identifier: &str) -> Option<&'static str> {
    if identifier.is_empty() {
        Some("it is empty")
    } else if matches!(identifier, "." | "..") {
        Some("`.` and `..` are not path segments")
    } else if identifier.chars().any(char::is_control) {
        Some("it contains a control character")
    } else if identifier.contains('\\') {
        Some("it contains a backslash, which URLs treat as a slash")
    } else if identifier.len() > MAX_BYTES {
        Some("it is longer than 1,024 bytes")
    } else {
        None
    }
}

/// Rejects an identifier that can't be sent.
pub(crate) fn check(identifier: &str) -> Result<(), Failure> {
    match refusal(identifier) {
        None => Ok(()),
        Some(why) => Err(Failure::configuration(format!("the identifier can't be sent: {why}"))),
    }
}

/// The beginning of an identifier, for messages: a rejected one can have any length.
pub(crate) fn shorten(identifier: &str) -> &str {
    const LONGEST: usize = 100;
    identifier.char_indices().nth(LONGEST).map_or(identifier, |(end, _)| &identifier[..end])
}

/// An identifier that can be sent, percent-encoded as in the path of a request, for messages.
pub(crate) fn encode(identifier: &str) -> String {
    let url = Url::parse("http://localhost/").ok().and_then(|base| address(&base, &[identifier]));
    url.map_or_else(|| identifier.to_owned(), |url| url.path().trim_start_matches('/').to_owned())
}
