//! How a fuzz target's bytes become an answer, so that a person can write and read them:
//!
//! ```text
//! 429
//! retry-after: 7
//! secret: what the reader of the answer hides
//!
//! {"ok":false}
//! ```

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

pub(super) struct Input<'a> {
    /// Of what is no status, a 429.
    pub(super) status: StatusCode,
    /// Lines that are no header are left out; one may come several times.
    pub(super) headers: HeaderMap,
    /// What the request carried.
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
                // There is an end to how many headers a map holds.
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
