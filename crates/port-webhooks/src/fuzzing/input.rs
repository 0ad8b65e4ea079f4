//! Turns a fuzz target's bytes into a response, in a format that people can read and write:
//!
//! ```text
//! 429
//! retry-after: 7
//! secret: what the client has to hide
//!
//! {"ok":false}
//! ```

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

pub(super) struct Input<'a> {
    /// 429, if the first line is no status.
    pub(super) status: StatusCode,
    /// Other lines are skipped; a header may be repeated.
    pub(super) headers: HeaderMap,
    /// The secrets in the request.
    pub(super) secrets: Vec<&'a str>,
    pub(super) body: &'a [u8],
}

impl<'a> Input<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let (status, mut rest) = line(bytes);
        let status = StatusCode::from_bytes(status).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
        let (mut headers, mut secrets) = (HeaderMap::new(), Vec::new());
        while !rest.is_empty() {
            let text;
            (text, rest) = line(rest);
            if text.is_empty() {
                break;
            }
            let Some(colon) = text.iter().position(|byte| *byte == b':') else { continue };
            let (name, value) = (&text[..colon], &text[colon + 1..]);
            let value = value.strip_prefix(b" ").unwrap_or(value);
            if name == b"secret" {
                secrets.extend(str::from_utf8(value).ok());
            } else if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
            {
                // A map has a maximum size.
                let _ = headers.try_append(name, value);
            }
        }
        Self { status, headers, secrets, body: rest }
    }

    pub(super) fn response(&self, status: StatusCode) -> http::Response<Vec<u8>> {
        let mut response = http::Response::new(self.body.to_vec());
        *response.status_mut() = status;
        *response.headers_mut() = self.headers.clone();
        response
    }
}

fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}
