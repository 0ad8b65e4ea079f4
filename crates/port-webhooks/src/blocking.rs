//! The same calls for programs without an async runtime. Feature `blocking`.
//!
//! A [`Client`] of [`build_blocking`](ClientBuilder::build_blocking) has a thread with a Tokio runtime, on which requests
//! are sent, and token providers, observers and reporters run. [`wait`](Request::wait) sends a request there, in place of
//! `.await`, and a list is an [iterator](Request::iter).
//!
//! ```
//! use port_webhooks::Client;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let fake = fake_port::FakePort::builder().start_blocking()?;
//! // For the real Port: let port = port_webhooks::ClientBuilder::from_env()?.build_blocking()?;
//! let port = Client::builder()
//!     .credentials(fake.client_id(), fake.client_secret())
//!     .base_url(fake.uri())
//!     .build_blocking()?;
//! for webhook in port.webhooks().list().iter() {
//!     println!("{}", webhook?.identifier);
//! }
//! # assert!(port.webhooks().get("audit").optional().wait()?.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! A call blocks the calling thread until it has ended, at the latest after its
//! [deadline](ClientBuilder::deadline). That works within an async runtime, too, but blocks a thread of it; use `.await`
//! there.
//!
//! Dropping the last of a client, its clones, requests and iterators ends the thread, and waits for that. A
//! [reporter](Runs::reporter) keeps the thread until its run has ended: [`drain_blocking`](Runs::drain_blocking) waits for
//! all of them before a program ends.
//!
//! A process that forks has to build its clients afterwards: in the child, calls of an older client fail with
//! [`Configuration`](crate::ErrorKind::Configuration).

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use port_webhooks_api::{RunLog, Webhook};

use crate::engine::worker::Worker;
use crate::error::{Error, Failure};
#[cfg(feature = "ingest")]
use crate::types::Security;
use crate::types::{Drained, LogPage, LogStream, Page, PageStream};
use crate::{Client, ClientBuilder, Request, Result, Runs};

impl ClientBuilder {
    /// Builds a client for [programs without an async runtime](crate::blocking), and starts its thread. Feature
    /// `blocking`.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the setting that is missing or invalid, or when the
    /// system starts no thread.
    pub fn build_blocking(self) -> Result<Client> {
        self.with_worker()?.build()
    }

    /// Builds a [sender of events](Self::build_ingest) for [programs without an async runtime](crate::blocking), and
    /// starts its thread. Features `blocking` and `ingest`.
    ///
    /// # Errors
    /// As [`build_ingest`](Self::build_ingest), or when the system starts no thread.
    #[cfg(feature = "ingest")]
    pub fn build_ingest_blocking(self, url: impl AsRef<str>, security: &Security) -> Result<crate::Ingest> {
        self.with_worker()?.build_ingest(url, security)
    }

    fn with_worker(mut self) -> Result<Self> {
        self.worker = Some(Arc::new(Worker::start()?));
        Ok(self)
    }
}

impl<T, C> Request<T, C> {
    /// Sends the request on the thread of a [blocking client](crate::blocking), and waits for the result. Feature
    /// `blocking`.
    ///
    /// # Errors
    /// Those of the method that made the request, and [`Configuration`](crate::ErrorKind::Configuration) where a call
    /// would never end: with a client that [`build_blocking`](ClientBuilder::build_blocking) did not build, in a child
    /// process that was forked after that, and in an observer or token provider of the same client.
    pub fn wait(self) -> Result<T>
    where
        T: Send + 'static,
        Self: IntoFuture<Output = Result<T>, IntoFuture: Send + 'static>,
    {
        let worker = self.engine.transport.worker.clone();
        run(worker.as_deref(), self.into_future())?
    }
}

impl Request<Page> {
    /// Iterates over the webhooks of all pages, each once, as [`stream`](Self::stream) does. It ends after an error. For
    /// [blocking clients](crate::blocking); feature `blocking`.
    pub fn iter(self) -> WebhookIter {
        let worker = self.engine.transport.worker.clone();
        WebhookIter { pages: Some(self.pages()), page: Vec::new().into_iter(), worker }
    }
}

impl Request<LogPage> {
    /// Iterates over every message, as [`stream`](Self::stream) does. It ends after an error. For
    /// [blocking clients](crate::blocking); feature `blocking`.
    pub fn iter(self) -> LogIter {
        let worker = self.engine.transport.worker.clone();
        LogIter { logs: Some(self.stream()), worker }
    }
}

impl Runs {
    /// [Waits](Self::drain) until every reporter has ended its run. For [blocking clients](crate::blocking); feature
    /// `blocking`.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) as for [`Request::wait`].
    pub fn drain_blocking(&self, deadline: Duration) -> Result<Drained> {
        let runs = self.clone();
        run(self.engine.transport.worker.as_deref(), async move { runs.drain(deadline).await })
    }
}

/// Runs a future on the thread of a client, and waits for its output.
fn run<T: Send + 'static>(
    worker: Option<&Worker>,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T> {
    let without_thread = || {
        let what = "the client has no thread to wait for: build it with `build_blocking`, or use `.await`";
        Error::without_call(Failure::configuration(what))
    };
    worker.ok_or_else(without_thread)?.run(work)
}

/// Iterates over the messages of all pages. It requests a page when it needs one, and ends after an error.
#[must_use = "an iterator requests nothing until `next`"]
pub struct LogIter {
    /// `None` after the end.
    logs: Option<LogStream>,
    worker: Option<Arc<Worker>>,
}

impl Iterator for LogIter {
    type Item = Result<RunLog>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut logs = self.logs.take()?;
        match run(self.worker.as_deref(), async move { (logs.try_next().await, logs) }) {
            Ok((Ok(Some(log)), logs)) => {
                self.logs = Some(logs);
                Some(Ok(log))
            }
            Ok((Ok(None), _)) => None,
            Ok((Err(error), _)) | Err(error) => Some(Err(error)),
        }
    }
}

impl std::iter::FusedIterator for LogIter {}

impl fmt::Debug for LogIter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LogIter").finish_non_exhaustive()
    }
}

/// Iterates over the webhooks of all pages, each once. It requests a page when it needs one, and ends after an error.
#[must_use = "an iterator requests nothing until `next`"]
pub struct WebhookIter {
    /// None after the end.
    pages: Option<PageStream>,
    page: std::vec::IntoIter<Webhook>,
    worker: Option<Arc<Worker>>,
}

impl WebhookIter {
    /// Keeps [up to `pages` requests](crate::types::WebhookStream::prefetch) in flight.
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.pages = self.pages.map(|stream| stream.prefetch(pages));
        self
    }
}

impl Iterator for WebhookIter {
    type Item = Result<Webhook>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(webhook) = self.page.next() {
                return Some(Ok(webhook));
            }
            let mut pages = self.pages.take()?;
            let next = run(self.worker.as_deref(), async move { (pages.try_next().await, pages) });
            match next {
                Ok((Ok(Some(page)), pages)) => {
                    self.page = page.webhooks.into_iter();
                    self.pages = Some(pages);
                }
                Ok((Ok(None), _)) => return None,
                Ok((Err(error), _)) | Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl std::iter::FusedIterator for WebhookIter {}

impl fmt::Debug for WebhookIter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebhookIter").finish_non_exhaustive()
    }
}
