//! Any text is rejected as an identifier, or is exactly one path segment.

use port_webhooks_api::address;
use url::Url;

use crate::identifier::{encode, refusal};

const ROUTE: &str = "/v1/webhooks/";

/// Bytes as an identifier.
pub fn identifier(bytes: &[u8]) {
    check(&String::from_utf8_lossy(bytes));
}

pub(crate) fn check(identifier: &str) {
    let cannot_be_sent = identifier.is_empty()
        || identifier == "."
        || identifier == ".."
        || identifier.len() > 1024
        || identifier.chars().any(|c| c == '\\' || c.is_control());
    let refusal = refusal(identifier);
    assert_eq!(refusal.is_some(), cannot_be_sent, "{identifier:?}: {refusal:?}");
    if refusal.is_some() {
        return;
    }
    // As errors show it.
    assert_is_one_segment(&encode(identifier), identifier);
    // As the generated client sends it.
    let segments = ["v1", "webhooks", identifier];
    let sent = Url::parse("https://api.getport.io").ok().and_then(|base| address(&base, &segments));
    let Some(url) = sent else { panic!("{identifier:?} has no address") };
    assert_eq!(url.host_str(), Some("api.getport.io"), "{identifier:?}");
    assert_eq!((url.query(), url.fragment()), (None, None), "{identifier:?}");
    let Some(segment) = url.path().strip_prefix(ROUTE) else {
        panic!("{identifier:?} leads to {}", url.path())
    };
    assert_is_one_segment(segment, identifier);
}

fn assert_is_one_segment(segment: &str, identifier: &str) {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#\\".contains(&byte);
    assert!(!segment.is_empty() && segment.bytes().all(is_plain), "{identifier:?} became {segment}");
    assert_eq!(decode(segment).as_deref(), Some(identifier.as_bytes()), "{identifier:?} became {segment}");
}

/// A segment as a server decodes it.
fn decode(segment: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            decoded.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    Some(decoded)
}
