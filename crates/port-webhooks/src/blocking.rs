//! The same calls for programs without an async runtime. Feature `blocking`.
//!
//! [`Client`] has the methods of the [async client](crate::Client); a [`Request`] is sent by [`send`](Request::send),
//! and a list is an [iterator](Request::iter).
//!
//! ```
//! use port_webhooks::Client;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let fake = fake_port::FakePort::builder().start_blocking()?;
//! // For the real Port: let port = port_webhooks::blocking::Client::from_env()?;
//! let port = Client::builder()
//!     .credentials(fake.client_id(), fake.client_secret())
//!     .base_url(fake.uri())
//!     .build_blocking()?;
//! for webhook in port.webhooks().list().iter() {
//!     println!("{}", webhook?.identifier);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A client has a thread with a Tokio runtime, on which requests are sent, and token providers and observers run. Its
//! calls block the calling thread until the call has ended, at the latest after its
//! [deadline](crate::ClientBuilder::deadline). That works within an async runtime, too, but blocks a thread of it; use the
//! async client there.

use std::fmt;
use std::future::IntoFuture;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{io, process};

use http::Method;
use port_webhooks_api::{
    Call, NewRunLog, NewWebhook, NodeRunLog, NodeRunPatch, Run, RunLog, RunPatch, Secret, Webhook,
    WebhookMetadata, WebhookPatch, WebhookReplacement,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

use crate::engine::response::Success;
use crate::error::{Error, ErrorKind, Failure, Outcome};
#[cfg(feature = "ingest")]
use crate::ingest::IngestEvent;
use crate::raw::{Json, RawResponse};
use crate::{
    ClientBuilder, Reporter, Result, Retry,
    types::{Create, Drained, Ensure, Ensured, LogPage, LogStream, Page, PageStream},
};

/// A client for Port that blocks. Cheap to clone; clones share the thread, too. Dropping the last of a client, its
/// webhooks, requests and iterators ends the thread, and waits for that.
///
/// A process that forks has to make its clients afterwards: in the child, calls of an older client fail with
/// [`Configuration`](ErrorKind::Configuration).
///
/// ```no_run
/// let port = port_webhooks::blocking::Client::from_env()?;
/// for webhook in port.webhooks().list().iter() {
///     println!("{}", webhook?.identifier);
/// }
/// # Ok::<(), port_webhooks::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    worker: Arc<Worker>,
}

impl ClientBuilder {
    /// Builds a client for programs without an async runtime, and starts its thread.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration), naming the setting that is missing or invalid, or when the system
    /// starts no thread.
    pub fn build_blocking(self) -> Result<Client> {
        Ok(Client { client: self.build()?, worker: Arc::new(Worker::start()?) })
    }
}

impl Client {
    /// A client with the settings that [`ClientBuilder::from_env`] reads from environment variables.
    ///
    /// # Errors
    /// As [`ClientBuilder::from_env`] and [`ClientBuilder::build_blocking`].
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build_blocking()
    }

    /// The webhooks of the organization.
    pub fn webhooks(&self) -> Webhooks {
        Webhooks { webhooks: self.client.webhooks(), worker: Arc::clone(&self.worker) }
    }

    /// The runs of actions and of workflow nodes.
    pub fn runs(&self) -> Runs {
        Runs { runs: self.client.runs(), worker: Arc::clone(&self.worker) }
    }

    /// A [request for any route](crate::Client::request) of Port.
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> Request<RawResponse> {
        Request { request: self.client.request(method, path), worker: Arc::clone(&self.worker) }
    }

    /// A [sender of events](crate::Client::ingest) to a data source.
    ///
    /// # Errors
    /// As [`Client::ingest`](crate::Client::ingest).
    #[cfg(feature = "ingest")]
    pub fn ingest(&self, webhook: &Webhook) -> Result<Ingest> {
        Ok(Ingest { ingest: self.client.ingest(webhook)?, worker: Arc::clone(&self.worker) })
    }

    /// The base URL of all requests, without a trailing `/` or `/v1`.
    pub fn base_url(&self) -> &str {
        self.client.base_url()
    }
}

/// Sends events to one data source, as the async [`Ingest`](crate::Ingest) does. Feature `ingest`.
#[cfg(feature = "ingest")]
#[derive(Clone)]
pub struct Ingest {
    ingest: crate::Ingest,
    worker: Arc<Worker>,
}

#[cfg(feature = "ingest")]
impl ClientBuilder {
    /// Builds a [sender of events](ClientBuilder::build_ingest) for programs without an async runtime, and starts its
    /// thread.
    ///
    /// # Errors
    /// As [`build_ingest`](ClientBuilder::build_ingest), or when the system starts no thread.
    pub fn build_ingest_blocking(
        self,
        url: impl AsRef<str>,
        security: &crate::types::Security,
    ) -> Result<Ingest> {
        Ok(Ingest { ingest: self.build_ingest(url, security)?, worker: Arc::new(Worker::start()?) })
    }
}

#[cfg(feature = "ingest")]
impl Ingest {
    /// Sends a value [as JSON](crate::Ingest::json).
    pub fn json(&self, event: &impl Serialize) -> Request<RawResponse, IngestEvent> {
        Request { request: self.ingest.json(event), worker: Arc::clone(&self.worker) }
    }

    /// Sends [bytes](crate::Ingest::bytes) as they are.
    pub fn bytes(&self, event: impl Into<bytes::Bytes>) -> Request<RawResponse, IngestEvent> {
        Request { request: self.ingest.bytes(event), worker: Arc::clone(&self.worker) }
    }

    /// Where events are sent: scheme, host and port, without the key.
    pub fn address(&self) -> String {
        self.ingest.address()
    }

    /// Whether events are signed.
    pub fn is_signed(&self) -> bool {
        self.ingest.is_signed()
    }
}

#[cfg(feature = "ingest")]
impl fmt::Debug for Ingest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ingest.fmt(formatter)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(formatter)
    }
}

/// The webhooks of an organization. Each method is that of [`Webhooks`](crate::Webhooks), where its errors are
/// documented.
#[derive(Clone)]
pub struct Webhooks {
    webhooks: crate::Webhooks,
    worker: Arc<Worker>,
}

impl Webhooks {
    fn request<T, C>(&self, request: crate::Request<T, C>) -> Request<T, C> {
        Request { request, worker: Arc::clone(&self.worker) }
    }

    /// [Lists](crate::Webhooks::list) webhooks.
    pub fn list(&self) -> Request<Page> {
        self.request(self.webhooks.list())
    }

    /// [Lists](crate::Webhooks::metadata) identifiers, titles and times.
    pub fn metadata(&self) -> Request<Vec<WebhookMetadata>> {
        self.request(self.webhooks.metadata())
    }

    /// [Gets](crate::Webhooks::get) a webhook.
    pub fn get(&self, identifier: impl Into<String>) -> Request<Webhook> {
        self.request(self.webhooks.get(identifier))
    }

    /// [Creates](crate::Webhooks::create) a webhook.
    pub fn create(&self, webhook: NewWebhook) -> Request<Webhook, Create> {
        self.request(self.webhooks.create(webhook))
    }

    /// [Creates, changes or leaves alone](crate::Webhooks::ensure) a webhook.
    pub fn ensure(&self, webhook: NewWebhook) -> Request<Ensured, Ensure> {
        self.request(self.webhooks.ensure(webhook))
    }

    /// [Updates](crate::Webhooks::update) a webhook.
    pub fn update(&self, identifier: impl Into<String>, patch: WebhookPatch) -> Request<Webhook> {
        self.request(self.webhooks.update(identifier, patch))
    }

    /// [Replaces](crate::Webhooks::replace) a webhook.
    pub fn replace(&self, identifier: impl Into<String>, webhook: WebhookReplacement) -> Request<Webhook> {
        self.request(self.webhooks.replace(identifier, webhook))
    }

    /// [Deletes](crate::Webhooks::delete) a webhook.
    pub fn delete(&self, identifier: impl Into<String>) -> Request<bool> {
        self.request(self.webhooks.delete(identifier))
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.webhooks.fmt(formatter)
    }
}

/// The runs of an organization. Each method is that of [`Runs`](crate::Runs), where its errors are documented.
#[derive(Clone)]
pub struct Runs {
    runs: crate::Runs,
    worker: Arc<Worker>,
}

impl Runs {
    fn request<T, C>(&self, request: crate::Request<T, C>) -> Request<T, C> {
        Request { request, worker: Arc::clone(&self.worker) }
    }

    /// [Gets](crate::Runs::get) a run.
    pub fn get(&self, id: impl Into<String>) -> Request<Run> {
        self.request(self.runs.get(id))
    }

    /// [Updates](crate::Runs::update) a run.
    pub fn update(&self, id: impl Into<String>, patch: RunPatch) -> Request<Run> {
        self.request(self.runs.update(id, patch))
    }

    /// [Ends](crate::Runs::succeed) a run well.
    pub fn succeed(&self, id: impl Into<String>, summary: impl Into<Secret>) -> Request<Run> {
        self.request(self.runs.succeed(id, summary))
    }

    /// [Ends](crate::Runs::fail) a run badly.
    pub fn fail(&self, id: impl Into<String>, summary: impl Into<Secret>) -> Request<Run> {
        self.request(self.runs.fail(id, summary))
    }

    /// [Adds](crate::Runs::log) a message to the log of a run.
    pub fn log(&self, id: impl Into<String>, log: impl Into<NewRunLog>) -> Request<RunLog> {
        self.request(self.runs.log(id, log))
    }

    /// Reads one [page](crate::Runs::logs) of the log of a run.
    pub fn logs(&self, id: impl Into<String>) -> Request<LogPage> {
        self.request(self.runs.logs(id))
    }

    /// [Approves](crate::Runs::approve) a run.
    pub fn approve(&self, id: impl Into<String>) -> Request<Run> {
        self.request(self.runs.approve(id))
    }

    /// [Declines](crate::Runs::decline) a run.
    pub fn decline(&self, id: impl Into<String>, reason: impl Into<String>) -> Request<Run> {
        self.request(self.runs.decline(id, reason))
    }

    /// [Finds](crate::Runs::find_by_external_id) runs by the identifier that a service gave them.
    pub fn find_by_external_id(&self, id: impl AsRef<str>) -> Request<Vec<Run>> {
        self.request(self.runs.find_by_external_id(id))
    }

    /// The [run of a workflow node](crate::Runs::node).
    pub fn node(&self, id: impl Into<String>) -> NodeRun {
        NodeRun { node: self.runs.node(id), worker: Arc::clone(&self.worker) }
    }

    /// A [reporter](crate::Runs::reporter), whose task is on the thread of this client. Log with it and end it by
    /// [`succeed`](crate::Reporter::succeed) or [`fail`](crate::Reporter::fail); dropping it, as a panic does, ends
    /// the run as failed. [`drain`](Self::drain) before the client is dropped, which ends its thread.
    pub fn reporter(&self, run_id: impl Into<String>) -> Reporter {
        let _runtime = self.worker.runtime.enter();
        self.runs.reporter(run_id)
    }

    /// The [reporter for the run of a delivery](crate::Runs::reporter_for), if the delivery asks to report on one. It
    /// is as that of [`reporter`](Self::reporter).
    #[cfg(feature = "receiver")]
    pub fn reporter_for(&self, delivery: &crate::receiver::Delivery) -> Option<Reporter> {
        delivery.run_id().map(|id| self.reporter(id))
    }

    /// [Waits](crate::Runs::drain) until every reporter has ended its run.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) as for [`Request::send`].
    pub fn drain(&self, deadline: Duration) -> Result<Drained> {
        let runs = self.runs.clone();
        self.worker.run(async move { runs.drain(deadline).await })
    }
}

impl fmt::Debug for Runs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.runs.fmt(formatter)
    }
}

/// The run of a workflow node. Each method is that of [`NodeRun`](crate::types::NodeRun).
#[derive(Clone)]
pub struct NodeRun {
    node: crate::types::NodeRun,
    worker: Arc<Worker>,
}

impl NodeRun {
    fn request(&self, request: crate::Request<()>) -> Request<()> {
        Request { request, worker: Arc::clone(&self.worker) }
    }

    /// [Sets](crate::types::NodeRun::update) status, result and output.
    pub fn update(&self, patch: NodeRunPatch) -> Request<()> {
        self.request(self.node.update(patch))
    }

    /// [Ends](crate::types::NodeRun::succeed) the node well.
    pub fn succeed(&self) -> Request<()> {
        self.request(self.node.succeed())
    }

    /// [Ends](crate::types::NodeRun::fail) the node badly.
    pub fn fail(&self) -> Request<()> {
        self.request(self.node.fail())
    }

    /// [Ends](crate::types::NodeRun::cancel) the node as cancelled.
    pub fn cancel(&self) -> Request<()> {
        self.request(self.node.cancel())
    }

    /// [Adds](crate::types::NodeRun::log) messages to the log of the node.
    pub fn log(&self, logs: impl IntoIterator<Item = NodeRunLog>) -> Request<()> {
        self.request(self.node.log(logs))
    }
}

impl fmt::Debug for NodeRun {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(formatter)
    }
}

impl Request<LogPage> {
    /// Sets the [size](crate::Request::limit) of a page.
    pub fn limit(self, limit: u32) -> Self {
        self.with(|request| request.limit(limit))
    }

    /// Sets [how many messages](crate::Request::offset) are before the page.
    pub fn offset(self, offset: u32) -> Self {
        self.with(|request| request.offset(offset))
    }

    /// Iterates over every message, as [`stream`](crate::Request::stream) does. It ends after an error.
    pub fn iter(self) -> LogIter {
        LogIter { logs: Some(self.request.stream()), worker: self.worker }
    }
}

/// Iterates over the messages of all pages. It requests a page when it needs one, and ends after an error.
#[must_use = "an iterator requests nothing until `next`"]
pub struct LogIter {
    /// `None` after the end.
    logs: Option<LogStream>,
    worker: Arc<Worker>,
}

impl Iterator for LogIter {
    type Item = Result<RunLog>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut logs = self.logs.take()?;
        match self.worker.run(async move { (logs.try_next().await, logs) }) {
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

/// A request that returns a `T`, with the options of the async [`Request`](crate::Request).
#[must_use = "a request is not sent until `send`"]
#[derive(Clone)]
pub struct Request<T, C = Call<T>> {
    request: crate::Request<T, C>,
    worker: Arc<Worker>,
}

impl<T, C> Request<T, C> {
    /// Sends the request, and waits for the result.
    ///
    /// # Errors
    /// Those of the method of [`Webhooks`](crate::Webhooks) of the same name, and
    /// [`Configuration`](ErrorKind::Configuration) where a call would never end: in a child process that was forked
    /// after the client was built, and in an observer or token provider of the same client.
    pub fn send(self) -> Result<T>
    where
        T: Send + 'static,
        C: 'static,
        crate::Request<T, C>: IntoFuture<Output = Result<T>, IntoFuture: Send + 'static>,
    {
        self.worker.run(self.request.into_future())?
    }

    /// Adds a [query parameter](crate::Request::query).
    pub fn query(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|request| request.query(name, value))
    }

    /// Adds a [header](crate::Request::header).
    pub fn header(self, name: impl AsRef<str>, value: impl Into<Secret>) -> Self {
        self.with(|request| request.header(name, value))
    }

    /// Limits the [time of this call](crate::Request::deadline).
    pub fn deadline(self, deadline: Duration) -> Self {
        self.with(|request| request.deadline(deadline))
    }

    /// Sets the [retry policy](crate::Request::retry) of this call.
    pub fn retry(self, retry: Retry) -> Self {
        self.with(|request| request.retry(retry))
    }

    fn with<U, D>(self, change: impl FnOnce(crate::Request<T, C>) -> crate::Request<U, D>) -> Request<U, D> {
        Request { request: change(self.request), worker: self.worker }
    }
}

impl<T: Success> Request<T> {
    /// Returns [`None`](crate::Request::optional) when there is no such webhook.
    pub fn optional(self) -> Request<Option<T>> {
        self.with(crate::Request::optional)
    }
}

impl Request<Webhook, Create> {
    /// Finds out whether the webhook was created [when the response is lost](crate::Request::reconcile).
    pub fn reconcile(self, reconcile: bool) -> Self {
        self.with(|request| request.reconcile(reconcile))
    }
}

impl Request<RawResponse> {
    /// Adds the [value of the next segment](crate::Request::parameter) in braces of the path.
    pub fn parameter(self, value: impl Into<String>) -> Self {
        self.with(|request| request.parameter(value))
    }

    /// Sets the [body](crate::Request::json).
    pub fn json(self, body: &impl Serialize) -> Self {
        self.with(|request| request.json(body))
    }

    /// Sets whether the request [may be repeated](crate::Request::idempotent).
    pub fn idempotent(self, idempotent: bool) -> Self {
        self.with(|request| request.idempotent(idempotent))
    }

    /// Reads the body as [JSON of a type](crate::Request::returning).
    pub fn returning<T: DeserializeOwned + Send + 'static>(self) -> Request<T, Call<Json<T>>> {
        self.with(crate::Request::returning)
    }
}

#[cfg(feature = "ingest")]
impl Request<RawResponse, IngestEvent> {
    /// Sets whether the event [may be sent again](crate::Request::repeatable).
    pub fn repeatable(self, repeatable: bool) -> Self {
        self.with(|request| request.repeatable(repeatable))
    }
}

impl Request<Page> {
    /// Requests [one page](crate::Request::page), from 1.
    pub fn page(self, page: u32) -> Self {
        self.with(|request| request.page(page))
    }

    /// Sets the [size of a page](crate::Request::per_page), 1 to 100.
    pub fn per_page(self, per_page: u32) -> Self {
        self.with(|request| request.per_page(per_page))
    }

    /// Iterates over the webhooks of all pages, each once, as [`stream`](crate::Request::stream) does. It ends after an
    /// error.
    pub fn iter(self) -> WebhookIter {
        WebhookIter { pages: Some(self.request.pages()), page: Vec::new().into_iter(), worker: self.worker }
    }
}

impl<T, C: fmt::Debug> fmt::Debug for Request<T, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(formatter)
    }
}

/// Iterates over the webhooks of all pages, each once. It requests a page when it needs one, and ends after an error.
#[must_use = "an iterator requests nothing until `next`"]
pub struct WebhookIter {
    /// None after the end.
    pages: Option<PageStream>,
    page: std::vec::IntoIter<Webhook>,
    worker: Arc<Worker>,
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
            let next = self.worker.run(async move { (pages.try_next().await, pages) });
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

/// A thread with a runtime. Dropping it ends the thread.
struct Worker {
    runtime: Handle,
    /// The process that the thread is in.
    process: u32,
    /// The runtime runs until this is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    fn start() -> Result<Self> {
        let failed = |what: &str, error: io::Error| {
            Error::without_call(Failure::configuration(format!("cannot start {what}")).caused_by(error))
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed("the runtime of a blocking client", error))?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("port-webhooks".to_owned()).spawn(move || {
            // Nothing is sent: the sender is dropped.
            let _ = runtime.block_on(stopped);
            // Does not wait for a host name that is still being looked up.
            runtime.shutdown_background();
        });
        let thread = thread.map_err(|error| failed("the thread of a blocking client", error))?;
        Ok(Self { runtime: handle, process: process::id(), stop: Some(stop), thread: Some(thread) })
    }

    /// Runs a future on the thread, and waits for its output.
    fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Result<T> {
        if self.is_of_another_process() {
            return Err(unusable(
                "this process was forked after it was built: build a client after the fork",
            ));
        }
        if self.is_current() {
            return Err(unusable(
                "it is called by its own observer or token provider, which would never end",
            ));
        }
        let (done, result) = mpsc::sync_channel(1);
        let work = async move {
            // It fails only when the caller has stopped waiting.
            let _ = done.send(work.await);
        };
        self.runtime.spawn(work.in_current_span().with_current_subscriber());
        result.recv().map_err(|_| {
            let what = "the call was abandoned: it panicked on the thread of the blocking client";
            Error::without_call(Failure::new(ErrorKind::Transport, Outcome::Unknown, what))
        })
    }

    fn is_of_another_process(&self) -> bool {
        self.process != process::id()
    }

    fn is_current(&self) -> bool {
        self.thread.as_ref().is_some_and(|worker| worker.thread().id() == thread::current().id())
    }
}

fn unusable(why: &str) -> Error {
    Error::without_call(Failure::configuration(format!("the blocking client cannot be used here: {why}")))
}

impl Drop for Worker {
    fn drop(&mut self) {
        let can_wait = !self.is_of_another_process() && !self.is_current();
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && can_wait
        {
            // It panics with nothing of ours; a panic of a task ends that task alone.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_after_fork_fails_and_names_the_fork() {
        let port = crate::Client::builder().access_token("token").build_blocking().unwrap();
        let mut worker = Worker::start().unwrap();
        worker.process += 1;
        let port = Client { worker: Arc::new(worker), ..port };
        let error = port.webhooks().get("a").send().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Configuration, Outcome::NotSent));
        assert!(error.to_string().contains("build a client after the fork"), "{error}");
        let error = port.webhooks().list().iter().next().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }

    #[test]
    fn worker_that_its_own_thread_drops_does_not_wait_for_itself() {
        let worker = Worker::start().unwrap();
        let (dropped, waiting) = mpsc::channel();
        worker.runtime.clone().spawn(async move {
            drop(worker);
            dropped.send(()).unwrap();
        });
        waiting.recv().unwrap();
    }
}
