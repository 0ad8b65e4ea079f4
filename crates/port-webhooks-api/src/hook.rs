//! What happens around one HTTP exchange: the hook stamps the request and observes the answer.
//!
//! It decides nothing: whether to ask again, and what an answer means, is for the caller of the
//! generated client, who reads the [`Answer`] that an [`Attempt`] leaves behind. That is needed
//! because the errors of the generated client lose status and headers of some answers.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Request, Response, StatusCode};

use crate::{Client, has_reserved_key};

/// The generated client sends it; Port does not know it.
const API_VERSION: HeaderName = HeaderName::from_static("api-version");

/// What one exchange is made with, and what it leaves behind.
#[derive(Clone)]
pub struct Attempt {
    bearer: Option<HeaderValue>,
    query: Arc<[(String, String)]>,
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
        Self { bearer: None, query: Arc::new([]), timeout: None, body_limit, answer: Arc::default() }
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

    fn stamp(&self, request: &mut Request) {
        let headers = request.headers_mut();
        headers.remove(API_VERSION);
        if let Some(bearer) = &self.bearer {
            headers.insert(AUTHORIZATION, bearer.clone());
        }
        if !self.query.is_empty() {
            request.url_mut().query_pairs_mut().extend_pairs(self.query.iter());
        }
        *request.timeout_mut() = self.timeout;
    }

    /// Reads the body up to the limit, notes what came, and makes a response of what was read. The generated client
    /// does this with whatever it receives; called apart, it does without a connection.
    ///
    /// # Errors
    /// What interrupted the body.
    pub async fn observe(&self, mut response: Response) -> reqwest::Result<Response> {
        let status = response.status();
        let headers = response.headers().clone();
        let body = self.read_body(&mut response).await;
        let (noted, handed_back) = match body {
            Ok(body) => (Ok(body.clone()), Ok(body)),
            Err((failure, error)) => (Err(failure), error.map_or(Ok(Bytes::new()), Err)),
        };
        *self.lock() = Some(Answer { status, headers, body: noted });
        let (parts, _) = http::Response::<reqwest::Body>::from(response).into_parts();
        Ok(http::Response::from_parts(parts, handed_back?).into())
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
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                    return Err((BodyFailure::TooLarge, None));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) if std::str::from_utf8(&body).is_ok_and(has_reserved_key) => {
                    return Err((BodyFailure::ReservedKey, None));
                }
                Ok(None) => return Ok(body.freeze()),
                Err(error) => return Err((BodyFailure::Interrupted, Some(error))),
            }
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

impl ClientHooks<Attempt> for Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        self.inner().stamp(request);
        Ok(())
    }

    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        let response = self.client().execute(request).await?;
        self.inner().observe(response).await
    }
}
