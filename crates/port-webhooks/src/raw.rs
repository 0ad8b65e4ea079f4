//! Requests for routes that this crate has no method for.

use std::fmt;
use std::future::IntoFuture;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use port_webhooks_api::Call;
use port_webhooks_api::exchange::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use crate::Result;
use crate::engine::response::{Success, Unusable};
use crate::request::{CallFuture, Request};

/// The name of all raw requests, for errors, traces and observers.
const OPERATION: &str = "raw_request";

/// A response of any content. `Debug` shows its status and size, since the rest may be secret.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let fake = fake_port::FakePort::start().await;
/// # let port = port_webhooks::Client::builder().access_token(fake.issue_token()).base_url(fake.uri()).build()?;
/// let response = port.request(http::Method::GET, "/v1/webhooks").await?;
/// assert_eq!(response.status, 200);
/// assert!(response.body.starts_with(b"{"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct RawResponse {
    /// The status, which is a success (2xx).
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, which is empty if there is none. It is JSON in most cases, but a proxy may answer with something else:
    /// only [`Request::returning`] looks at its content type.
    pub body: Bytes,
}

/// The body of a success as a type of the caller ([`Request::returning`]).
#[derive(Debug)]
pub struct Json<T>(T);

/// The call for a method and a path with an optional query.
pub(crate) fn call(method: Method, path: &str) -> Call<RawResponse> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let why = (method == Method::CONNECT).then_some("CONNECT is not a method of an API");
    let call = Call::new(OPERATION, "", method, path.to_owned());
    let query = form_urlencoded::parse(query.as_bytes()).into_owned();
    query.fold(call, |call, (name, value)| call.query(name, Some(value))).reject(why)
}

/// For requests of [`Client::request`](crate::Client::request).
impl Request<RawResponse> {
    /// Adds the value of the next segment in braces of the path. It is percent-encoded, so it stays one segment. One
    /// that is not an identifier, as [`Webhooks`](crate::Webhooks) says, fails with
    /// [`Configuration`](crate::ErrorKind::Configuration).
    pub fn parameter(mut self, value: impl Into<String>) -> Self {
        self.call = self.call.parameter(value);
        self
    }

    /// Sets the body. Every text in it counts as a secret: errors do not repeat it.
    ///
    /// One that does not serialize as JSON fails with [`Configuration`](crate::ErrorKind::Configuration), and one of
    /// more than 1 MiB with [`PayloadTooLarge`](crate::ErrorKind::PayloadTooLarge). Nothing is sent then.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.call = self.call.json(body, &[]);
        self
    }

    /// Sets whether two such requests leave the same state at Port as one. Then the request is retried although an
    /// earlier attempt may have been applied. Default: whether HTTP says so of the method, which it does of GET, HEAD,
    /// OPTIONS, TRACE, PUT and DELETE, not of POST and PATCH.
    #[doc(alias = "idempotency")]
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.call = self.call.idempotent(idempotent);
        self
    }

    /// Sends the request without an access token, and gets none for it.
    pub fn without_token(mut self) -> Self {
        self.call = self.call.without_token();
        self
    }

    /// Reads the whole body as JSON of type `T`, for which an empty body is `null`.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode) when the body is not JSON, or does not fit `T`; the error names the field.
    pub fn returning<T: DeserializeOwned + Send + 'static>(self) -> Request<T, Call<Json<T>>> {
        Request::new(&self.engine, self.call.returning()).with(self.options)
    }
}

impl<T: DeserializeOwned + Send + 'static> IntoFuture for Request<T, Call<Json<T>>> {
    type Output = Result<T>;
    type IntoFuture = CallFuture<T>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.engine.send(&self.call, &self.options).await.map(|Json(value)| value) })
    }
}

impl Success for RawResponse {
    type Envelope = serde::de::IgnoredAny;

    const IS_RAW: bool = true;

    fn from_response(response: &Response, body: &Bytes) -> Option<Self> {
        Some(Self { status: response.status, headers: response.headers.clone(), body: body.clone() })
    }

    fn from_envelope(_: Self::Envelope) -> Result<Self, Unusable> {
        Err(Unusable::Missing("was not read"))
    }
}

impl<T: DeserializeOwned + Send + 'static> Success for Json<T> {
    type Envelope = T;

    const IS_RAW: bool = true;

    fn from_envelope(envelope: T) -> Result<Self, Unusable> {
        Ok(Self(envelope))
    }
}

impl fmt::Debug for RawResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RawResponse")
            .field("status", &self.status)
            .field("length", &self.body.len())
            .finish_non_exhaustive()
    }
}
