//! What happens around one HTTP exchange: the hook stamps the request and observes the answer.
//!
//! It decides nothing: whether to ask again, and what an answer means, is for the caller of the
//! generated client, who reads the [`Answer`] that an [`Attempt`] leaves behind. That is needed
//! because the errors of the generated client lose status and headers of some answers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, mem};

use bytes::{Bytes, BytesMut};
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo, ResponseValue};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Request, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Client;
use crate::reserved_keys::{has_reserved_key, may_have_reserved_key};

/// What one exchange is made with, and what it leaves behind.
#[derive(Clone)]
pub struct Attempt {
    bearer: Option<HeaderValue>,
    query: Arc<[(String, String)]>,
    body: Option<Bytes>,
    timeout: Option<Duration>,
    body_limit: usize,
    answer: Arc<Mutex<Option<Answer>>>,
}

/// What came back, as far as it came.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, or why there is none.
    pub body: Result<Bytes, BodyFailure>,
}

/// Why a body could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyFailure {
    /// The connection ended, or time was over, before the body did.
    Interrupted,
    /// It is larger than the limit of the attempt, at which reading stopped.
    TooLarge,
    /// It is encoded, although no encoding was asked for.
    Encoded,
    /// It has a key that the JSON parser keeps for itself, and would not take for one.
    ReservedKey,
}

impl Attempt {
    /// An attempt without a token, without further query parameters and without a timeout of its
    /// own, that reads bodies up to a limit in bytes.
    pub fn new(body_limit: usize) -> Self {
        Self {
            bearer: None,
            query: Arc::new([]),
            body: None,
            timeout: None,
            body_limit,
            answer: Arc::default(),
        }
    }

    /// Sets the value of the `Authorization` header. Mark it as sensitive.
    #[must_use]
    pub fn bearer(mut self, bearer: HeaderValue) -> Self {
        self.bearer = Some(bearer);
        self
    }

    /// Adds query parameters after those of the operation.
    #[must_use]
    pub fn query(mut self, query: Arc<[(String, String)]>) -> Self {
        self.query = query;
        self
    }

    /// The JSON of the request's body, written already. Without it, the client writes what it is called with.
    #[must_use]
    pub fn body(mut self, json: Option<Bytes>) -> Self {
        self.body = json;
        self
    }

    /// Limits the time from the first byte sent to the last one of the body read.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// What came back, once.
    pub fn take_answer(&self) -> Option<Answer> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Answer>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The JSON of the request's body.
    pub(crate) fn json(&self, body: &impl Serialize) -> Result<Bytes, Error<()>> {
        match &self.body {
            Some(json) => Ok(json.clone()),
            None => serde_json::to_vec(body)
                .map(Bytes::from)
                .map_err(|_| Error::InvalidRequest("the body can't be written as JSON".to_owned())),
        }
    }

    fn stamp(&self, request: &mut Request) {
        if let Some(bearer) = &self.bearer {
            request.headers_mut().insert(AUTHORIZATION, bearer.clone());
        }
        if !self.query.is_empty() {
            request.url_mut().query_pairs_mut().extend_pairs(self.query.iter());
        }
        *request.timeout_mut() = self.timeout;
    }

    /// The value in a response, once its body is read up to the limit and what came is noted. The generated client
    /// does this with whatever it receives; called apart, it does without a connection. The headers are in the
    /// [`Answer`] alone.
    ///
    /// # Errors
    /// What interrupted the body, a status that is no success, or a body that is no such value.
    pub async fn read<T: DeserializeOwned>(&self, response: Response) -> Result<ResponseValue<T>, Error<()>> {
        let (status, body) = self.note(response).await?;
        match serde_json::from_slice(&body) {
            Ok(value) => Ok(ResponseValue::new(value, status, HeaderMap::new())),
            Err(error) => Err(Error::InvalidResponsePayload(body, error)),
        }
    }

    /// Like [`read`](Self::read), where a success has no value.
    ///
    /// # Errors
    /// What interrupted the body, or a status that is no success.
    pub async fn read_nothing(&self, response: Response) -> Result<ResponseValue<()>, Error<()>> {
        let (status, _) = self.note(response).await?;
        Ok(ResponseValue::new((), status, HeaderMap::new()))
    }

    /// Notes what came, and gives back the body of a success: nothing if it could not be had.
    async fn note(&self, mut response: Response) -> Result<(StatusCode, Bytes), Error<()>> {
        let body = self.read_body(&mut response).await;
        let (noted, body) = match body {
            Ok(body) => (Ok(body.clone()), Ok(body)),
            Err((failure, error)) => (Err(failure), error.map_or(Ok(Bytes::new()), Err)),
        };
        let status = response.status();
        // Taken, not copied: nobody looks for them in the response.
        let headers = mem::take(response.headers_mut());
        *self.lock() = Some(Answer { status, headers, body: noted });
        let body = body.map_err(Error::CommunicationError)?;
        if status.is_success() {
            return Ok((status, body));
        }
        let mut refusal = http::Response::new(body);
        *refusal.status_mut() = status;
        Err(Error::UnexpectedResponse(refusal.into()))
    }

    async fn read_body(
        &self,
        response: &mut Response,
    ) -> Result<Bytes, (BodyFailure, Option<reqwest::Error>)> {
        let mut encodings = response.headers().get_all(CONTENT_ENCODING).into_iter();
        if encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            return Err((BodyFailure::Encoded, None));
        }
        let limit = self.body_limit;
        if response
            .content_length()
            .is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit))
        {
            return Err((BodyFailure::TooLarge, None));
        }
        // Most bodies come as one chunk, which is not copied.
        let (mut first, mut joined) = (Bytes::new(), BytesMut::new());
        loop {
            let chunk = response.chunk().await.map_err(|error| (BodyFailure::Interrupted, Some(error)))?;
            let Some(chunk) = chunk else { break };
            if first.len().max(joined.len()) + chunk.len() > limit {
                return Err((BodyFailure::TooLarge, None));
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
        if may_have_reserved_key(&body) && std::str::from_utf8(&body).is_ok_and(has_reserved_key) {
            return Err((BodyFailure::ReservedKey, None));
        }
        Ok(body)
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

impl Client {
    /// The address of a path, which is encoded and begins with a slash, under that of the API.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.baseurl.clone();
        match url.path() {
            "/" => url.set_path(path),
            base => url.set_path(&[base.trim_end_matches('/'), path].concat()),
        }
        url
    }
}

impl ClientHooks<Attempt> for Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        self.inner().stamp(request);
        Ok(())
    }
}
