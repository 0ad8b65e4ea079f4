//! The requests that arrived: filters and assertions.

use std::fmt::{self, Display, Write};
use std::ops::Index;
use std::sync::Arc;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use crate::call::{Call, Route};
use crate::json::MASKED;
use crate::request::{Request, last_value};

/// Requests below this path carry credentials in their bodies.
const AUTH_PREFIX: &str = "/v1/auth/";

/// A request that the fake received, whatever its response.
///
/// Its `Debug` form shows neither the `Authorization` header nor the body of a token request. Other bodies are shown as
/// they are, secrets included. Its `Display` form is one line without headers and body.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fake_port::{FakePort, Route};
///
/// let port = FakePort::start().await;
/// # let request = reqwest::Client::new().get(format!("{}/v1/webhooks?page=2", port.uri()));
/// # request.bearer_auth(port.issue_token()).header("x-team", "rockets").send().await?;
/// // … the code under test lists webhooks …
/// let requests = port.requests();
/// let request = &requests[0];
/// assert_eq!((request.operation, request.status), (Some(Route::List), Some(200)));
/// assert_eq!(request.query("page"), Some("2"));
/// assert_eq!(request.header("x-team"), Some("rockets"));
/// assert_eq!(request.to_string().trim(), "1. GET /v1/webhooks?page=2 (list) -> 200");
/// # Ok(())
/// # }
/// ```
#[doc(alias("received request", "captured request"))]
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Its number among all requests that this fake received, from 1.
    pub number: u64,
    /// The method.
    pub method: Method,
    /// The path as it was sent, still percent-encoded, without the query.
    pub path: String,
    /// The query parameters, decoded, in the order in which they were sent.
    pub query_pairs: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The operation. `None` when there is no such route or method.
    pub operation: Option<Route>,
    /// The identifier of the webhook or run in the path, decoded, or in the body of a create.
    pub identifier: Option<String>,
    /// The status of the response. `None` when there was none.
    pub status: Option<u16>,
    /// The name of the fault that was applied to it.
    pub fault: Option<&'static str>,
    /// Whether a [mock](crate::FakePort::mount) answered it, and the fake did not.
    pub mocked: bool,
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
            if let Ok(mut copy) = HeaderValue::from_bytes(value.as_bytes()) {
                copy.set_sensitive(value.is_sensitive());
                *value = copy;
            }
        }
        if let http::header::Entry::Occupied(mut credentials) = headers.entry(AUTHORIZATION) {
            credentials.iter_mut().for_each(|value| value.set_sensitive(true));
        }
        let (operation, identifier) =
            call.map_or((None, None), |call| (Some(call.operation), call.identifier));
        Self {
            number,
            method,
            path,
            query_pairs: query,
            headers,
            body,
            operation,
            identifier,
            status,
            fault,
            mocked: false,
        }
    }

    /// The body as JSON, if it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The first value of a header, if it is present and visible ASCII. The name may be in any case.
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
            .field("mocked", &self.mocked)
            .finish()
    }
}

impl fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>3}. {} {}", self.number, self.method, self.path)?;
        for (at, (name, value)) in self.query_pairs.iter().enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { '?' } else { '&' })?;
        }
        match (self.mocked, self.operation) {
            (true, _) => f.write_str(" (mock)")?,
            (false, Some(operation)) => write!(f, " ({operation})")?,
            (false, None) => f.write_str(" (no such route)")?,
        }
        match self.status {
            Some(status) => write!(f, " -> {status}")?,
            None => f.write_str(" -> no response")?,
        }
        match self.fault {
            Some(fault) => write!(f, " [fault: {fault}]"),
            None => Ok(()),
        }
    }
}

/// Requests in the order in which they arrived: all of them, or those that filters selected.
///
/// A failed assertion lists what was expected and what arrived.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fake_port::{FakePort, Route};
///
/// let port = FakePort::start().await;
/// # let http = reqwest::Client::new();
/// # for path in ["/v1/webhooks/a", "/v1/webhooks"] {
/// #     http.get(format!("{}{path}", port.uri())).bearer_auth(port.issue_token()).send().await?;
/// # }
/// // … the code under test runs …
/// port.requests().of([Route::Get]).on("a").answered(404).assert_count(1);
/// port.requests().assert_order([Route::Get, Route::List]);
/// # Ok(())
/// # }
/// ```
#[doc(alias("verify", "spy"))]
#[derive(Clone)]
pub struct Requests {
    all: Arc<[RecordedRequest]>,
    chosen: Vec<RecordedRequest>,
    /// The filters in words, for the message of a failure.
    filters: String,
}

impl Requests {
    pub(crate) fn new(all: Vec<RecordedRequest>) -> Self {
        Self { chosen: all.clone(), all: all.into(), filters: String::new() }
    }

    /// Selects those of these operations.
    pub fn of(self, operations: impl IntoIterator<Item = Route>) -> Self {
        let operations: Vec<_> = operations.into_iter().collect();
        let names: Vec<_> = operations.iter().map(ToString::to_string).collect();
        self.filter(format_args!("of {}", names.join(" or ")), |request| {
            request.operation.is_some_and(|operation| operations.contains(&operation))
        })
    }

    /// Selects those for this webhook or run, by the identifier in the path or, of a create, in the body.
    pub fn on(self, identifier: &str) -> Self {
        self.filter(format_args!("on {identifier:?}"), |request| {
            request.identifier.as_deref() == Some(identifier)
        })
    }

    /// Selects those that were answered with this status.
    pub fn answered(self, status: u16) -> Self {
        self.filter(format_args!("answered {status}"), |request| request.status == Some(status))
    }

    /// Selects those that a fault was applied to.
    pub fn faulty(self) -> Self {
        self.filter("with a fault", |request| request.fault.is_some())
    }

    /// Selects those for which the predicate is true. `what` describes them in the message of a failure, for instance
    /// `"with a trace header"`.
    pub fn matching(self, what: &str, predicate: impl FnMut(&RecordedRequest) -> bool) -> Self {
        self.filter(what, predicate)
    }

    fn filter(mut self, what: impl Display, predicate: impl FnMut(&RecordedRequest) -> bool) -> Self {
        self.chosen.retain(predicate);
        let _ = write!(self.filters, " {what}"); // Writing to a string does not fail.
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// The requests, oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, RecordedRequest> {
        self.chosen.iter()
    }

    /// The newest one.
    pub fn last(&self) -> Option<&RecordedRequest> {
        self.chosen.last()
    }

    /// Asserts how many there are.
    ///
    /// # Panics
    ///
    /// When there are more or fewer. The message lists what was expected and what arrived.
    #[track_caller]
    pub fn assert_count(&self, count: usize) {
        let found = self.chosen.len();
        assert!(found == count, "expected {count} requests{}, found {found}\narrived:\n{self}", self.filters);
    }

    /// Asserts that these are exactly the requests, in this order. An expectation may have an identifier or a status
    /// too: `(Route::Get, "a")`, `(Route::Get, 404)`.
    ///
    /// # Panics
    ///
    /// When a request differs, is missing, or is one too many. The message lists what was expected and what arrived.
    #[track_caller]
    pub fn assert_order<E: Into<Expected>>(&self, expected: impl IntoIterator<Item = E>) {
        let (mut holds, mut steps) = (true, String::new());
        let mut requests = self.chosen.iter();
        for step in expected.into_iter().map(Into::into) {
            let mark = match requests.next() {
                Some(request) if step.fits(request) => "",
                Some(_) => "   <- another request came",
                None => "   <- did not come",
            };
            holds &= mark.is_empty();
            // Writing to a string does not fail.
            let _ = write!(steps, "\n  {step}{mark}");
        }
        for request in requests {
            holds = false;
            let _ = write!(steps, "\n  nothing   <- request {} came", request.number);
        }
        assert!(holds, "expected in this order{}:{steps}\narrived:\n{self}", self.filters);
    }
}

impl Index<usize> for Requests {
    type Output = RecordedRequest;

    fn index(&self, index: usize) -> &RecordedRequest {
        &self.chosen[index]
    }
}

impl IntoIterator for Requests {
    type Item = RecordedRequest;
    type IntoIter = std::vec::IntoIter<RecordedRequest>;

    fn into_iter(self) -> Self::IntoIter {
        self.chosen.into_iter()
    }
}

impl<'a> IntoIterator for &'a Requests {
    type Item = &'a RecordedRequest;
    type IntoIter = std::slice::Iter<'a, RecordedRequest>;

    fn into_iter(self) -> Self::IntoIter {
        self.chosen.iter()
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.chosen).finish()
    }
}

/// One line for each request that arrived; an asterisk marks those that the filters selected.
impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.all.is_empty() {
            return f.write_str("  nothing");
        }
        let mut chosen = self.chosen.iter().map(|request| request.number).peekable();
        for (at, request) in self.all.iter().enumerate() {
            let mark = if chosen.next_if_eq(&request.number).is_some() { '*' } else { ' ' };
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{mark} {request}")?;
        }
        Ok(())
    }
}

/// An expected request: an operation, which may come with an identifier or a status.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fake_port::{Expected, FakePort, Route};
///
/// let port = FakePort::start().await;
/// # let http = reqwest::Client::new();
/// # for path in ["/v1/webhooks", "/v1/webhooks/a"] {
/// #     http.get(format!("{}{path}", port.uri())).bearer_auth(port.issue_token()).send().await?;
/// # }
/// // … the code under test lists webhooks, and reads `a`, which does not exist …
/// port.requests().assert_order([Expected::from(Route::List), (Route::Get, 404).into()]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    operation: Route,
    identifier: Option<String>,
    status: Option<u16>,
}

impl Expected {
    fn fits(&self, request: &RecordedRequest) -> bool {
        request.operation == Some(self.operation)
            && (self.identifier.is_none() || self.identifier == request.identifier)
            && (self.status.is_none() || self.status == request.status)
    }
}

impl From<Route> for Expected {
    fn from(operation: Route) -> Self {
        Self { operation, identifier: None, status: None }
    }
}

impl From<(Route, &str)> for Expected {
    fn from((operation, identifier): (Route, &str)) -> Self {
        Self { identifier: Some(identifier.to_owned()), ..operation.into() }
    }
}

impl From<(Route, u16)> for Expected {
    fn from((operation, status): (Route, u16)) -> Self {
        Self { status: Some(status), ..operation.into() }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operation)?;
        if let Some(identifier) = &self.identifier {
            write!(f, " {identifier:?}")?;
        }
        if let Some(status) = self.status {
            write!(f, " -> {status}")?;
        }
        Ok(())
    }
}
