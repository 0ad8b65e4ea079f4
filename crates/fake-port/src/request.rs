//! A request as the fake received it, for the core to answer and for a test to read back.

use std::fmt;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use crate::call::{Call, Route};
use crate::masked::MASKED;

/// Requests below this path carry credentials in their bodies.
const AUTH_PREFIX: &str = "/v1/auth/";

/// A request on its way into the core.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Percent-encoded.
    pub(crate) path: String,
    /// Decoded, in order.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// Of a repeated parameter the last value is the one that counts.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        last_value(&self.query, name)
    }

    /// The token in the `Authorization` header.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }
}

fn last_value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A request that the fake received, answered with success or not.
///
/// Its `Debug` form shows neither the `Authorization` header nor the body of a token request. Other bodies are shown as
/// they are, secrets included. Its `Display` form is one line without headers and body.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Its number among all requests that this fake received, from 1.
    pub number: u64,
    /// The method.
    pub method: Method,
    /// The path as it was sent, still percent-encoded, without the query. Under wiremock, segments that are
    /// `.` or `..` have been resolved.
    pub path: String,
    /// The query parameters, decoded, in the order in which they were sent.
    pub query_pairs: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The operation. `None` when there is no such route or method.
    pub operation: Option<Route>,
    /// The identifier of the webhook in the path, decoded, or in the body of a create.
    pub identifier: Option<String>,
    /// The status of the answer. `None` when there was no answer.
    pub status: Option<u16>,
    /// The name of the fault that was applied to it.
    pub fault: Option<&'static str>,
}

impl RecordedRequest {
    pub(crate) fn new(
        number: u64,
        request: Request,
        call: Option<Call>,
        status: Option<u16>,
        fault: Option<&'static str>,
    ) -> Self {
        let Request { method, path, query, mut headers, body } = request;
        // A value shares the buffer that its connection was read into, and would keep all of it.
        for value in headers.values_mut() {
            if let Ok(copy) = HeaderValue::from_bytes(value.as_bytes()) {
                *value = copy;
            }
        }
        if let http::header::Entry::Occupied(mut credentials) = headers.entry(AUTHORIZATION) {
            credentials.iter_mut().for_each(|value| value.set_sensitive(true));
        }
        let (operation, identifier) =
            call.map_or((None, None), |call| (Some(call.operation), call.identifier));
        Self { number, method, path, query_pairs: query, headers, body, operation, identifier, status, fault }
    }

    /// The body as JSON, if it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The first value of a header, if it is there and is visible ASCII. The name may be in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The value of a query parameter; of a repeated one the last, which is the one that the fake uses.
    pub fn query(&self, name: &str) -> Option<&str> {
        last_value(&self.query_pairs, name)
    }

    /// Whether the body holds credentials.
    pub(crate) fn has_secret_body(&self) -> bool {
        self.path.starts_with(AUTH_PREFIX) && !self.body.is_empty()
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = if self.has_secret_body() { MASKED.into() } else { String::from_utf8_lossy(&self.body) };
        f.debug_struct("RecordedRequest")
            .field("number", &self.number)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query_pairs", &self.query_pairs)
            .field("headers", &self.headers)
            .field("body", &body)
            .field("operation", &self.operation)
            .field("identifier", &self.identifier)
            .field("status", &self.status)
            .field("fault", &self.fault)
            .finish()
    }
}

impl fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>3}. {} {}", self.number, self.method, self.path)?;
        for (at, (name, value)) in self.query_pairs.iter().enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { '?' } else { '&' })?;
        }
        match self.operation {
            Some(operation) => write!(f, " ({operation})")?,
            None => f.write_str(" (no such route)")?,
        }
        match self.status {
            Some(status) => write!(f, " -> {status}")?,
            None => f.write_str(" -> no answer")?,
        }
        match self.fault {
            Some(fault) => write!(f, " [fault: {fault}]"),
            None => Ok(()),
        }
    }
}
