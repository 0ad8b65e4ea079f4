//! Sends one attempt: a request with a token, a response, and a time limit for both.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use port_webhooks_api::Call;
use port_webhooks_api::exchange::{self, BodyError, Response};
use tokio::runtime::{Handle, TryCurrentError};
use url::Url;

#[cfg(feature = "ingest")]
use crate::base_url::PlainHttp;
use crate::clock::{Clock, within};
use crate::headers::Headers;

use super::observe::Reporter;
use super::retry::Retry;

/// What all attempts of a client share.
pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: Url,
    pub(crate) target: Option<Target>,
    /// The largest body of a request, in bytes.
    pub(crate) max_request_body: usize,
    /// Those of every request.
    pub(crate) headers: Headers,
    pub(crate) attempt_timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) body_limit: usize,
    pub(crate) retry: Retry,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) reporter: Reporter,
    /// The thread of a blocking client.
    #[cfg(feature = "blocking")]
    pub(crate) worker: Option<Arc<super::worker::Worker>>,
    #[cfg(feature = "ingest")]
    pub(crate) connection: Connection,
}

impl Transport {
    /// The runtime for tasks: that of a blocking client, or else the current one.
    #[cfg_attr(not(feature = "blocking"), expect(clippy::unused_self, reason = "used by the feature"))]
    pub(crate) fn runtime(&self) -> Result<Handle, TryCurrentError> {
        #[cfg(feature = "blocking")]
        if let Some(worker) = &self.worker {
            return Ok(worker.runtime());
        }
        Handle::try_current()
    }
}

/// How a client connects, for a sender of events with the same settings.
#[cfg(feature = "ingest")]
pub(crate) struct Connection {
    pub(crate) plain_http: PlainHttp,
    pub(crate) connect_timeout: Duration,
    pub(crate) user_agent: String,
}

/// The one URL of every request, in place of those below the base URL, where its path is a secret.
#[cfg_attr(not(feature = "ingest"), allow(dead_code))]
pub(crate) struct Target {
    pub(crate) url: Url,
    /// What a server may repeat in a message: parts of the URL, and what signs the requests.
    pub(crate) secrets: Vec<String>,
}

/// The settings of one attempt.
pub(crate) struct ExchangeOptions<'a> {
    pub(crate) bearer: Option<HeaderValue>,
    /// Query parameters beside those of the call.
    pub(crate) query: &'a [(String, String)],
    /// Those of the call alone.
    pub(crate) headers: Option<&'a Headers>,
    /// From connecting to the end of the response body.
    pub(crate) timeout: Duration,
}

/// Why there is no response.
pub(crate) enum ExchangeError {
    /// The request cannot be built, for this reason.
    Request(Cow<'static, str>),
    NoResponse(reqwest::Error),
    TimedOut,
}

/// Sends a call once.
pub(crate) async fn send<T>(
    transport: &Transport,
    call: &Call<T>,
    options: ExchangeOptions<'_>,
) -> Result<Response, ExchangeError> {
    let sent = {
        let mut request =
            exchange::request(&transport.base_url, call, options.bearer).map_err(ExchangeError::Request)?;
        if let Some(target) = &transport.target {
            request.url_mut().clone_from(&target.url);
        }
        if !options.query.is_empty() {
            request.url_mut().query_pairs_mut().extend_pairs(options.query);
        }
        for headers in std::iter::once(&transport.headers).chain(options.headers) {
            headers.apply(request.headers_mut());
        }
        #[cfg(feature = "trace-context")]
        super::trace_context::inject(request.headers_mut());
        transport.http.execute(request)
    };
    let mut limit = transport.clock.timeout(options.timeout);
    let sent = within(&mut limit, sent).await.ok_or(ExchangeError::TimedOut)?;
    // A query may contain secrets.
    let mut response = sent.map_err(|error| ExchangeError::NoResponse(error.without_url()))?;
    let body = within(&mut limit, exchange::read_body(&mut response, transport.body_limit)).await;
    Ok(Response::new(response, body.unwrap_or(Err(BodyError::TimedOut))))
}
