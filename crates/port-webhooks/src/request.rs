//! A request: a call with its options, which `.await` hands to the engine.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use port_webhooks_api::{Call, Secret};

use crate::engine::response::Success;
use crate::engine::retry::Retry;
use crate::engine::{CallOptions, Engine};
use crate::{Error, Result};

/// A call in flight.
pub(crate) type CallFuture<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// A request that returns a `T`. `.await` or [`send`](Request::send) sends it; its other methods set options first. `C`
/// is what is sent: a [`Call`], or a more complex operation such as [`Create`](crate::types::Create).
///
/// ```no_run
/// # async fn example(hooks: port_webhooks::Webhooks) -> Result<(), port_webhooks::Error> {
/// use std::time::Duration;
///
/// let webhook = hooks.get("entity-created").query("include", "stats").deadline(Duration::from_secs(3)).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is not sent until it is awaited"]
pub struct Request<T, C = Call<T>> {
    pub(crate) engine: Arc<Engine>,
    pub(crate) call: C,
    pub(crate) options: CallOptions,
    success: std::marker::PhantomData<fn() -> T>,
}

impl<T, C> Request<T, C> {
    pub(crate) fn new(engine: &Arc<Engine>, call: C) -> Self {
        let success = std::marker::PhantomData;
        Self { engine: Arc::clone(engine), call, options: CallOptions::default(), success }
    }

    /// Adds a query parameter (`params` in Port's documentation). Name and value are percent-encoded.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.query.push((name.into(), value.into()));
        self
    }

    /// Adds a header, to all attempts of this call. It replaces headers of that name of the client
    /// ([`ClientBuilder::header`](crate::ClientBuilder::header)); when it is repeated in one call, all are sent. Token
    /// requests do not have it.
    ///
    /// The value counts as a secret: `Debug`, errors and traces do not show it. A name or value that a header cannot
    /// hold fails with [`Configuration`](crate::ErrorKind::Configuration), and nothing is sent. So does a header that
    /// the client sets itself: `Authorization`, `Host`, `Content-Type`, `Content-Length`, `Accept-Encoding`,
    /// `Proxy-Authorization`, and those of the connection.
    ///
    /// ```no_run
    /// # async fn example(hooks: port_webhooks::Webhooks) -> Result<(), port_webhooks::Error> {
    /// let webhook = hooks.get("entity-created").header("X-Request-Id", "7f0c").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn header(mut self, name: impl AsRef<str>, value: impl Into<Secret>) -> Self {
        self.options.headers.add(name.as_ref(), &value.into());
        self
    }

    /// Limits the time of this call, in place of the client's [`deadline`](crate::ClientBuilder::deadline).
    #[doc(alias = "timeout")]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Sets the retry policy of this call, in place of the client's [`retry`](crate::ClientBuilder::retry).
    pub fn retry(mut self, retry: Retry) -> Self {
        self.options.retry = Some(retry);
        self
    }

    /// The same request with these options.
    pub(crate) fn with(self, options: CallOptions) -> Self {
        Self { options, ..self }
    }

    /// Sends the request, as `.await` on it does.
    ///
    /// # Errors
    /// Those of the method that made the request, such as one of [`Webhooks`](crate::Webhooks).
    pub async fn send(self) -> Result<T>
    where
        Self: IntoFuture<Output = Result<T>>,
    {
        self.await
    }
}

impl<T: Success> Request<T> {
    /// Returns `None` instead of an error when Port says that there is no such webhook
    /// ([`Error::is_not_found`](crate::Error::is_not_found)).
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// if hooks.get("audit").optional().await?.is_none() {
    ///     println!("create it");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn optional(self) -> Request<Option<T>> {
        Request::new(&self.engine, self.call.returning()).with(self.options)
    }
}

impl<T: Success> IntoFuture for Request<T> {
    type Output = Result<T, Error>;
    type IntoFuture = CallFuture<T>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.engine.send(&self.call, &self.options).await })
    }
}

impl<T, C: Clone> Clone for Request<T, C> {
    fn clone(&self) -> Self {
        Self::new(&self.engine, self.call.clone()).with(self.options.clone())
    }
}

impl<T, C: fmt::Debug> fmt::Debug for Request<T, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Request").field("call", &self.call).finish_non_exhaustive()
    }
}
