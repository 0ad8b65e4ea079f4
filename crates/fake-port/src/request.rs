//! A request as the fake received it: what the core answers and what a test reads back.

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::core::AUTH_PREFIX;

/// A request that the fake received, refused ones included.
///
/// Its `Debug` form shows neither the `Authorization` header nor the body of a token request. Other bodies
/// are shown whole, with the secrets that a test has put into them.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: Method,
    /// The path as it was sent, still percent-encoded, without the query. The HTTP server has resolved
    /// segments that are `.` or `..`.
    pub path: String,
    /// The query parameters, decoded, in the order they were sent.
    pub query_pairs: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl RecordedRequest {
    pub(crate) fn new(
        method: Method,
        path: String,
        query_pairs: Vec<(String, String)>,
        mut headers: HeaderMap,
        body: Vec<u8>,
    ) -> Self {
        if let http::header::Entry::Occupied(mut credentials) = headers.entry(AUTHORIZATION) {
            credentials.iter_mut().for_each(|value| value.set_sensitive(true));
        }
        Self { method, path, query_pairs, headers, body }
    }

    /// The body as JSON, if it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The first value of a header, if it is there and is visible ASCII. The name may be in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The value of a query parameter; of a repeated one the last, which is the one the fake obeys.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query_pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = if self.path.starts_with(AUTH_PREFIX) && !self.body.is_empty() {
            "[masked]".into()
        } else {
            String::from_utf8_lossy(&self.body)
        };
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query_pairs", &self.query_pairs)
            .field("headers", &self.headers)
            .field("body", &body)
            .finish()
    }
}
