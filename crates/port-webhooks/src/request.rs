//! A call that is set up and then sent.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use crate::client::Client;
use crate::retry::Retry;
use crate::{Error, Result};

/// A call under way.
pub(crate) type Sending<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// What can be asked of Port. The types that [`Request`] is made of implement it, and no other can.
pub trait Operation: sealed::Sealed + fmt::Debug + Send + Sync + 'static {
    /// What the call answers.
    type Output: Send + 'static;

    #[doc(hidden)]
    fn call(self, client: Client, options: sealed::Options) -> Sending<Self::Output>;
}

pub(crate) mod sealed {
    use std::time::Duration;

    use crate::retry::Retry;

    /// Keeps [`Operation`](super::Operation) to this crate.
    pub trait Sealed {}

    /// What can be set on every call. It can't be named outside this crate, so no call can be made
    /// around [`Request`](super::Request).
    #[derive(Clone, Debug, Default)]
    pub struct Options {
        pub(crate) query: Vec<(String, String)>,
        pub(crate) timeout: Option<Duration>,
        pub(crate) retry: Option<Retry>,
    }
}

/// A call that is set up and then sent, by `.await` or by [`send`](Request::send).
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

    /// Adds a query parameter (`params` in Port's documentation). Name and value are encoded.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.query.push((name.into(), value.into()));
        self
    }

    /// Limits the time of this call, the token included, in place of the
    /// [deadline](crate::ClientBuilder::deadline) of the client.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Sets whether and when this call is sent again, in place of the
    /// [policy](crate::ClientBuilder::retry) of the client.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.options.retry = Some(retry);
        self
    }
}

impl<O: Operation> Request<O> {
    /// Sends the request. `.await` on the request itself does the same.
    ///
    /// # Errors
    /// Any [kind](crate::ErrorKind); the method that made the request lists those with a meaning of their own.
    pub async fn send(self) -> Result<O::Output> {
        self.await
    }
}

impl<O: Operation> IntoFuture for Request<O> {
    type Output = Result<O::Output, Error>;
    type IntoFuture = Sending<O::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.operation.call(self.client, self.options)
    }
}

impl<O: fmt::Debug> fmt::Debug for Request<O> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Request").field("operation", &self.operation).finish_non_exhaustive()
    }
}
