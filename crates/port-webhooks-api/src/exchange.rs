//! One HTTP exchange: its settings, the request that the generated client sends, and the response.
//!
//! Whether to retry, and what a response means, is for the caller to decide. So a response that has no value is
//! returned whole, with the reason.

use std::fmt::{self, Display};
use std::sync::Arc;
use std::time::Duration;
use std::{error, mem};

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Body, Method, Request, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Client;
use crate::json::has_reserved_key;
use crate::json_error::JsonError;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The settings of one exchange: token, query, body and limits.
#[derive(Clone)]
pub struct Attempt {
    bearer: Option<HeaderValue>,
    query: Vec<(String, String)>,
    body: Option<Bytes>,
    timeout: Option<Duration>,
    body_limit: usize,
}

/// A response. `Debug` shows its status alone.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body. Empty if it could not be read.
    pub body: Bytes,
}

/// The value of a success, with its response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reply<T> {
    /// The value.
    pub value: T,
    /// The response.
    pub answer: Answer,
}

/// Why an exchange has no value.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The request can't be built, for this reason. Nothing was sent.
    Request(&'static str),
    /// There is no response. If anything was sent, it may have been applied. The error does not show the URL, since a
    /// query may contain secrets.
    NoAnswer(reqwest::Error),
    /// There is a response, without a value.
    NoValue(Box<NoValue>),
}

/// A response without a value.
#[derive(Debug)]
#[non_exhaustive]
pub struct NoValue {
    /// The response.
    pub answer: Answer,
    /// Why there is no value.
    pub why: Why,
}

/// Why a response has no value.
#[derive(Debug)]
#[non_exhaustive]
pub enum Why {
    /// Its status is no success.
    Status,
    /// The connection broke, or the time ran out, before the end of the body.
    Interrupted(reqwest::Error),
    /// Its body is larger than the limit of the attempt. The rest was not read.
    TooLarge,
    /// Its body has a content encoding, although none was requested.
    Encoded,
    /// Its body has a key that the JSON parser reserves for itself, and would misread.
    ReservedKey,
    /// Its body is not the expected JSON.
    Json(JsonError),
}

impl Attempt {
    /// Settings without a token, further query parameters and a timeout, that limit response bodies to `body_limit`
    /// bytes.
    pub fn new(body_limit: usize) -> Self {
        Self { bearer: None, query: Vec::new(), body: None, timeout: None, body_limit }
    }

    /// Sets the value of the `Authorization` header. Mark it as sensitive.
    #[must_use]
    pub fn bearer(mut self, bearer: HeaderValue) -> Self {
        self.bearer = Some(bearer);
        self
    }

    /// Sets further query parameters, which follow those of the operation. They are percent-encoded.
    #[must_use]
    pub fn query(mut self, query: Vec<(String, String)>) -> Self {
        self.query = query;
        self
    }

    /// Sets the JSON of the request body, already serialized. It is sent in place of a method's argument; with `None`
    /// the method serializes its argument.
    #[must_use]
    pub fn body(mut self, json: Option<Bytes>) -> Self {
        self.body = json;
        self
    }

    /// Limits the time from connecting to the end of the response body. Default: that of the HTTP client.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Reads a response up to the limit, and parses its value, as the generated client does. This needs no connection.
    ///
    /// # Errors
    /// [`NoValue`](Error::NoValue), for any of the reasons in [`Why`].
    pub async fn read<T: DeserializeOwned>(&self, mut response: Response) -> Result<Reply<T>, Error> {
        let body = self.read_body(&mut response).await;
        value(success(&mut response, body)?)
    }

    async fn read_body(&self, response: &mut Response) -> Result<Bytes, Why> {
        let mut encodings = response.headers().get_all(CONTENT_ENCODING).into_iter();
        let is_plain = |encoding: &HeaderValue| {
            let encoding = encoding.as_bytes().trim_ascii();
            encoding.is_empty() || encoding.eq_ignore_ascii_case(b"identity")
        };
        if !encodings.all(is_plain) {
            return Err(Why::Encoded);
        }
        let limit = self.body_limit;
        if response
            .content_length()
            .is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit))
        {
            return Err(Why::TooLarge);
        }
        // Most bodies arrive as one chunk, which is not copied.
        let (mut first, mut joined) = (Bytes::new(), BytesMut::new());
        loop {
            let chunk = response.chunk().await.map_err(|error| Why::Interrupted(error.without_url()))?;
            let Some(chunk) = chunk else { break };
            if first.len().max(joined.len()) + chunk.len() > limit {
                return Err(Why::TooLarge);
            }
            if first.is_empty() {
                first = chunk;
                continue;
            }
            if joined.is_empty() {
                joined.extend_from_slice(&first);
            }
            joined.extend_from_slice(&chunk);
        }
        let body = if joined.is_empty() { first } else { joined.freeze() };
        if has_reserved_key(&body) {
            return Err(Why::ReservedKey);
        }
        Ok(body)
    }
}

impl Answer {
    fn without_value(self, why: Why) -> Error {
        Error::NoValue(Box::new(NoValue { answer: self, why }))
    }
}

/// A response and its body, if it is a success.
fn success(response: &mut Response, body: Result<Bytes, Why>) -> Result<Answer, Error> {
    let (status, headers) = (response.status(), mem::take(response.headers_mut()));
    let (body, why) = match body {
        Ok(body) if status.is_success() => return Ok(Answer { status, headers, body }),
        Ok(body) => (body, Why::Status),
        Err(why) => (Bytes::new(), why),
    };
    Err(Answer { status, headers, body }.without_value(why))
}

fn value<T: DeserializeOwned>(answer: Answer) -> Result<Reply<T>, Error> {
    match JsonError::parse(&answer.body) {
        Ok(value) => Ok(Reply { value, answer }),
        Err(error) => Err(answer.without_value(Why::Json(error))),
    }
}

/// A request that the generated client builds.
pub(crate) struct Sending<'a> {
    client: &'a Client,
    request: Request,
}

impl Client {
    /// A client that sends to `base_url` through `http`, each request with the settings of `attempt`.
    pub fn new(base_url: Arc<Url>, http: reqwest::Client, attempt: Attempt) -> Self {
        Self { base_url, http, attempt }
    }

    /// A request to a path under the base URL. Each segment is percent-encoded.
    pub(crate) fn request(&self, method: Method, segments: &[&str]) -> Result<Sending<'_>, Error> {
        let url = address(&self.base_url, segments).ok_or(Error::Request("its path is not valid"))?;
        Ok(Sending { client: self, request: Request::new(method, url) })
    }
}

/// The URL of a path under a base URL, unless a segment is `.` or `..`, which navigate in a path.
#[doc(hidden)]
pub fn address(base: &Url, segments: &[&str]) -> Option<Url> {
    if segments.iter().any(|segment| matches!(*segment, "." | "..")) {
        return None;
    }
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
    Some(url)
}

impl Sending<'_> {
    /// Adds a query parameter, if it has a value.
    pub(crate) fn query(mut self, name: &str, value: Option<impl Display>) -> Self {
        if let Some(value) = value {
            self.request.url_mut().query_pairs_mut().append_pair(name, &value.to_string());
        }
        self
    }

    /// Sets the body, which the attempt may have serialized already.
    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self, Error> {
        let json: Body = match &self.client.attempt.body {
            Some(json) => json.clone().into(),
            None => match serde_json::to_vec(body) {
                Ok(json) => json.into(),
                Err(_) => return Err(Error::Request("its body can't be serialized as JSON")),
            },
        };
        self.request.headers_mut().insert(CONTENT_TYPE, JSON);
        *self.request.body_mut() = Some(json);
        Ok(self)
    }

    /// Sends the request, and parses the value in the response.
    pub(crate) fn value<T: DeserializeOwned>(mut self) -> impl Future<Output = Result<Reply<T>, Error>> {
        self.request.headers_mut().insert(ACCEPT, JSON);
        self.send(value)
    }

    /// Sends the request, where a success has no value to parse.
    pub(crate) fn nothing(self) -> impl Future<Output = Result<Reply<()>, Error>> {
        self.send(|answer| Ok(Reply { value: (), answer }))
    }

    /// Executes before the future starts, so that no future has to hold the request.
    fn send<T>(
        self,
        read: fn(Answer) -> Result<Reply<T>, Error>,
    ) -> impl Future<Output = Result<Reply<T>, Error>> {
        let Self { client: Client { http, attempt, .. }, mut request } = self;
        if let Some(bearer) = &attempt.bearer {
            request.headers_mut().insert(AUTHORIZATION, bearer.clone());
        }
        if !attempt.query.is_empty() {
            request.url_mut().query_pairs_mut().extend_pairs(&attempt.query);
        }
        *request.timeout_mut() = attempt.timeout;
        let sent = http.execute(request);
        async move {
            let mut response = sent.await.map_err(|error| Error::NoAnswer(error.without_url()))?;
            let body = attempt.read_body(&mut response).await;
            read(success(&mut response, body)?)
        }
    }
}

impl Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(why) => write!(formatter, "the request can't be built: {why}"),
            Self::NoAnswer(_) => formatter.write_str("no response"),
            Self::NoValue(no_value) => {
                let status = no_value.answer.status;
                let what = match no_value.why {
                    Why::Status => return write!(formatter, "the response is {status}"),
                    Why::Interrupted(_) => "broke off",
                    Why::TooLarge => "is larger than the limit",
                    Why::Encoded => "has a content encoding that was not requested",
                    Why::ReservedKey => "has a key that the JSON parser reserves for itself",
                    Why::Json(_) => "is not the expected JSON",
                };
                write!(formatter, "the response ({status}) {what}")
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Request(_) => None,
            Self::NoAnswer(error) => Some(error),
            Self::NoValue(no_value) => match &no_value.why {
                Why::Interrupted(error) => Some(error),
                Why::Json(error) => Some(error),
                Why::Status | Why::TooLarge | Why::Encoded | Why::ReservedKey => None,
            },
        }
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Attempt").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}
