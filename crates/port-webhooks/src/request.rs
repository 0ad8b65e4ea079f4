//! A request: an operation with the options of its call.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use crate::client::Client;
use crate::retry::Retry;
use crate::{Error, Result};

/// A call in flight.
pub(crate) type CallFuture<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// An operation of the API. Only the types of this crate that a [`Request`] carries implement it.
pub trait Operation: sealed::Sealed + fmt::Debug + Send + Sync + 'static {
    /// What a successful call returns.
    type Output: Send + 'static;

    #[doc(hidden)]
    fn call(self, client: Client, options: sealed::Options) -> CallFuture<Self::Output>;
}

pub(crate) mod sealed {
    use std::time::Duration;

    use crate::retry::Retry;

    /// Seals [`Operation`](super::Operation).
    pub trait Sealed {}

    /// The options of a call. Not nameable outside this crate, so that only [`Request`](super::Request) can call.
    #[derive(Clone, Debug, Default)]
    pub struct Options {
        pub(crate) query: Vec<(String, String)>,
        pub(crate) timeout: Option<Duration>,
        pub(crate) retry: Option<Retry>,
    }
}

/// A request that `.await` or [`send`](Request::send) sends. Its methods set options first.
///
/// ```no_run
/// # async fn example(hooks: port_webhooks::Webhooks) -> Result<(), port_webhooks::Error> {
/// use std::time::Duration;
///
/// let webhook = hooks.get("entity-created").query("include", "stats").timeout(Duration::from_secs(3)).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is not sent until it is awaited"]
#[derive(Clone)]
pub struct Request<O> {
    pub(crate) client: Client,
    pub(crate) operation: O,
    options: sealed::Options,
}

impl<O> Request<O> {
    pub(crate) fn new(client: Client, operation: O) -> Self {
        Self { client, operation, options: sealed::Options::default() }
    }

    /// Adds a query parameter (`params` in Port's documentation). Name and value are percent-encoded.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.query.push((name.into(), value.into()));
        self
    }

    /// Limits the time of this call, in place of the client's [`deadline`](crate::ClientBuilder::deadline).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Sets the retry policy of this call, in place of the client's [`retry`](crate::ClientBuilder::retry).
    pub fn retry(mut self, retry: Retry) -> Self {
        self.options.retry = Some(retry);
        self
    }
}

impl<O: Operation> Request<O> {
    /// Sends the request, as `.await` on it does.
    ///
    /// # Errors
    /// Those of the method of [`Webhooks`](crate::Webhooks) that made the request.
    pub async fn send(self) -> Result<O::Output> {
        self.await
    }
}

impl<O: Operation> IntoFuture for Request<O> {
    type Output = Result<O::Output, Error>;
    type IntoFuture = CallFuture<O::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.operation.call(self.client, self.options)
    }
}

impl<O: fmt::Debug> fmt::Debug for Request<O> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Request").field("operation", &self.operation).finish_non_exhaustive()
    }
}
