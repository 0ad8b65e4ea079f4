//! What an exchange over HTTP consists of: the request that a [`Call`] stands for, and the response.
//!
//! [`Client`](crate::Client) sends a call once with these functions. An engine that retries uses the same.

use std::borrow::Cow;
use std::{error, fmt, mem};

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Request, StatusCode, Url};
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::json::has_reserved_key;
use crate::json_error::JsonError;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A response. `Debug` shows its status alone.
#[non_exhaustive]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, or why it could not be read.
    pub body: Result<Bytes, BodyError>,
}

/// Why the body of a response could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum BodyError {
    /// The connection broke, or a time limit of the HTTP client passed, before the end of the body.
    Interrupted(reqwest::Error),
    /// The time for the exchange passed before the end of the body.
    TimedOut,
    /// It is larger than the limit. The rest was not read.
    TooLarge,
    /// It has a content encoding, although none was requested.
    Encoded,
    /// It has a key that the JSON parser reserves for itself, and would misread.
    ReservedKey,
}

/// The request of a call under a base URL, with the `Authorization` header `bearer` if the call is authenticated.
///
/// The caller checks [`Call::invalid`] first, once for all attempts.
///
/// # Errors
/// Why the request cannot be built, for a message.
pub fn request<T>(
    base_url: &Url,
    call: &Call<T>,
    bearer: Option<HeaderValue>,
) -> Result<Request, Cow<'static, str>> {
    let mut request = Request::new(call.method.clone(), join(base_url, call)?);
    if !call.query.is_empty() {
        request.url_mut().query_pairs_mut().extend_pairs(&call.query);
    }
    let headers = request.headers_mut();
    headers.insert(ACCEPT, JSON);
    let bearer = bearer.filter(|_| call.authenticated);
    headers.extend(bearer.map(|bearer| (AUTHORIZATION, bearer)));
    if let Some(body) = &call.body {
        headers.insert(CONTENT_TYPE, JSON);
        *request.body_mut() = Some(body.clone().into());
    }
    Ok(request)
}

/// The URL of a call under a base URL, without its query. Each segment of the path is percent-encoded.
///
/// # Errors
/// Why the request cannot be built, for a message.
pub fn url<T>(base_url: &Url, call: &Call<T>) -> Result<Url, Cow<'static, str>> {
    call.invalid().map_or(Ok(()), |why| Err(why.to_owned()))?;
    join(base_url, call)
}

fn join<T>(base_url: &Url, call: &Call<T>) -> Result<Url, Cow<'static, str>> {
    let mut url = base_url.clone();
    let mut segments = url.path_segments_mut().map_err(|()| "its base URL cannot have a path")?;
    segments.pop_if_empty().extend(call.segments());
    drop(segments);
    Ok(url)
}

/// The path of a call, percent-encoded as it is sent under a base URL without a path, or its template if the call cannot
/// be sent.
pub fn path<T>(call: &Call<T>) -> String {
    let base_url = Url::parse("http://localhost/").ok();
    let url = base_url.and_then(|base_url| url(&base_url, call).ok());
    url.map_or_else(|| call.template.clone().into_owned(), |url| url.path().to_owned())
}

/// Reads a response, of its body at most `limit` bytes.
pub async fn read(mut response: reqwest::Response, limit: usize) -> Response {
    let body = read_body(&mut response, limit).await;
    Response::new(response, body)
}

/// Reads the body of a response, at most `limit` bytes.
///
/// # Errors
/// A [`BodyError`] other than [`TimedOut`](BodyError::TimedOut): time limits are the caller's.
pub async fn read_body(response: &mut reqwest::Response, limit: usize) -> Result<Bytes, BodyError> {
    let mut encodings = response.headers().get_all(CONTENT_ENCODING).into_iter();
    let is_plain = |encoding: &[u8]| {
        let encoding = encoding.trim_ascii();
        [&b""[..], b"identity", b"none"].iter().any(|plain| encoding.eq_ignore_ascii_case(plain))
    };
    if !encodings.all(|list: &HeaderValue| list.as_bytes().split(|byte| *byte == b',').all(is_plain)) {
        return Err(BodyError::Encoded);
    }
    let declared = response.content_length();
    if declared.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit)) {
        return Err(BodyError::TooLarge);
    }
    // Most bodies arrive as one chunk, which is not copied.
    let (mut first, mut joined) = (Bytes::new(), BytesMut::new());
    loop {
        let chunk = response.chunk().await.map_err(|error| BodyError::Interrupted(error.without_url()))?;
        let Some(chunk) = chunk else { break };
        if first.len().max(joined.len()) + chunk.len() > limit {
            return Err(BodyError::TooLarge);
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
    if has_reserved_key(&body) { Err(BodyError::ReservedKey) } else { Ok(body) }
}

impl Response {
    /// A response whose body was read already.
    pub fn new(mut response: reqwest::Response, body: Result<Bytes, BodyError>) -> Self {
        Self { status: response.status(), headers: mem::take(response.headers_mut()), body }
    }
}

/// Parses the JSON of a body. An empty body counts as `null`, so that it is a success where the contract says that a
/// body can be missing.
///
/// # Errors
/// [`JsonError`] when it is not JSON, or does not fit the type.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, JsonError> {
    JsonError::parse(if body.is_empty() { b"null" } else { body })
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Interrupted(_) => "broke off",
            Self::TimedOut => "did not end in time",
            Self::TooLarge => "is larger than the limit",
            Self::Encoded => "has a content encoding that was not requested",
            Self::ReservedKey => "has a key that the JSON parser reserves for itself",
        })
    }
}

impl error::Error for BodyError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Interrupted(error) => Some(error),
            Self::TimedOut | Self::TooLarge | Self::Encoded | Self::ReservedKey => None,
        }
    }
}
