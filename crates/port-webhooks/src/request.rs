//! A call that is set up and then sent.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use crate::call::{self, Run};
use crate::client::Client;
use crate::{Error, Result};

/// What can be asked of Port. Implemented by the types that [`Request`] is made of, and by no other.
pub trait Operation: Run<Answer = Self::Output> {
    /// What the call answers.
    type Output: Send + 'static;
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
    pub(crate) options: Options,
}

/// What can be set on every call.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) query: Vec<(String, String)>,
    pub(crate) timeout: Option<Duration>,
}

impl<O> Request<O> {
    pub(crate) fn new(client: Client, operation: O) -> Self {
        Self {
            client,
            operation,
            options: Options::default(),
        }
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
}

impl<O: Operation> Request<O> {
    /// Sends the request. `.await` on the request itself does the same.
    ///
    /// # Errors
    /// Every [kind](crate::ErrorKind); the method that made the request says which mean something of
    /// its own.
    pub async fn send(self) -> Result<O::Output> {
        call::run(&self.client, &self.operation, &self.options).await
    }
}

impl<O: Operation> IntoFuture for Request<O> {
    type Output = Result<O::Output, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<O: fmt::Debug> fmt::Debug for Request<O> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}
