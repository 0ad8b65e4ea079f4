//! Sends pending deliveries: in which order, how many at once, and how often each is tried.

use std::collections::HashMap;
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use indexmap::IndexMap;
use reqwest::{Client, RequestBuilder, redirect, retry};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{Semaphore, oneshot, watch};

use super::pending::{PendingDelivery, Receiver};
use super::record::{DeliveryAttempt, DeliveryOutcome, SentDelivery};
use super::settings::{Deliveries, Waits};
use super::target::Resolver;

/// The most attempts at once.
const AT_ONCE: usize = 16;
/// The most deliveries that may be pending. Further ones are not sent.
const MOST_PENDING: usize = 10_000;
/// From this number of known receivers on, those with nothing pending are forgotten.
const MANY_RECEIVERS: usize = 1_000;
/// How much of the body of a response is kept.
const KEPT: usize = 64 * 1024;

/// Sends deliveries. Clones share connections and counts.
#[derive(Debug, Clone)]
pub(crate) struct Dispatcher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Deliveries,
    /// Made with the first delivery: most fakes make none, and it is costly.
    client: OnceLock<Result<Client, &'static str>>,
    /// The number of deliveries in batches that have not ended.
    pending: watch::Sender<usize>,
    /// Increases when everything pending is cancelled.
    generation: AtomicU64,
    /// Bounds the attempts at once.
    permits: Semaphore,
    /// For each receiver, a channel that closes when its last queue has been sent.
    last: Mutex<HashMap<Receiver, oneshot::Receiver<()>>>,
}

impl Dispatcher {
    pub(crate) fn new(settings: Deliveries) -> Self {
        Self(Arc::new(Inner {
            settings,
            client: OnceLock::new(),
            pending: watch::Sender::new(0),
            generation: AtomicU64::new(0),
            permits: Semaphore::new(AT_ONCE),
            last: Mutex::default(),
        }))
    }

    /// Queues deliveries behind those that are pending for the same receivers. They count as pending from now until
    /// the batch is dropped, sent or not; it may be sent on another task.
    pub(crate) fn batch(&self, deliveries: Vec<PendingDelivery>) -> Batch {
        let inner = &*self.0;
        let (count, mut pending) = (deliveries.len(), 0);
        inner.pending.send_modify(|before| pending = std::mem::replace(before, *before + count));
        let mut queues: IndexMap<Receiver, Queue> = IndexMap::new();
        let mut last = inner.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= MANY_RECEIVERS {
            last.retain(|_, sent| matches!(sent.try_recv(), Err(TryRecvError::Empty)));
        }
        for (at, mut delivery) in deliveries.into_iter().enumerate() {
            if pending + at >= MOST_PENDING {
                delivery.refuse("too many deliveries are pending");
            }
            let queue = queues.entry(delivery.receiver()).or_insert_with(|| {
                let (done, sent) = oneshot::channel();
                Queue { before: last.insert(delivery.receiver(), sent), _done: done, deliveries: Vec::new() }
            });
            queue.deliveries.push(delivery);
        }
        let generation = inner.generation.load(Ordering::SeqCst);
        Batch { dispatcher: self.clone(), queues, count, generation }
    }

    /// Cancels everything that is pending: no further attempt is made, and nothing is reported.
    pub(crate) fn cancel(&self) {
        self.0.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether a batch of this generation has not been cancelled.
    pub(crate) fn is_current(&self, generation: u64) -> bool {
        self.0.generation.load(Ordering::SeqCst) == generation
    }

    /// Waits until nothing is pending.
    pub(crate) async fn settled(&self) {
        // The sender lives as long as this.
        let _ = self.0.pending.subscribe().wait_for(|pending| *pending == 0).await;
    }

    fn client(&self) -> Result<&Client, &'static str> {
        let made = self.0.client.get_or_init(|| {
            let settings = &self.0.settings;
            Client::builder()
                .no_proxy()
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .referer(false)
                // A receiver may stop between two deliveries, and its connections close then.
                .pool_max_idle_per_host(0)
                .timeout(settings.timeout)
                .dns_resolver(Arc::new(Resolver))
                .build()
                .map_err(|_| "no HTTP client could be made")
        });
        made.as_ref().map_err(|reason| *reason)
    }

    /// Tries a delivery until it succeeds or has no attempts left. `None` when it was cancelled between attempts.
    async fn deliver(&self, pending: PendingDelivery, generation: u64) -> Option<SentDelivery> {
        let PendingDelivery { mut delivery, target } = pending;
        // One without a target is not sent.
        let Some(target) = target else { return Some(delivery) };
        let client = match self.client() {
            Ok(client) => client,
            Err(reason) => {
                return Some(SentDelivery { outcome: DeliveryOutcome::Refused(reason), ..delivery });
            }
        };
        let settings = &self.0.settings;
        let attempts = settings.attempts.unwrap_or(if delivery.webhook.is_some() { 3 } else { 1 });
        for made in 0..attempts {
            let waited = settings.wait_before(made);
            if settings.waits == Waits::Real && !waited.is_zero() {
                #[allow(clippy::disallowed_methods)] // The test has set real waits.
                tokio::time::sleep(waited).await;
            }
            // It is never closed.
            let _permit = self.0.permits.acquire().await.ok()?;
            if !self.is_current(generation) {
                return None;
            }
            let request = client.request(delivery.method.clone(), target.clone());
            let request = request.headers(delivery.headers.clone()).body(delivery.body.clone());
            let attempt = attempt(request, waited).await;
            let success = attempt.is_success();
            delivery.attempts.push(attempt);
            if success {
                delivery.outcome = DeliveryOutcome::Delivered;
                break;
            }
        }
        Some(delivery)
    }
}

/// Deliveries that were queued together.
#[derive(Debug)]
pub(crate) struct Batch {
    dispatcher: Dispatcher,
    /// By receiver.
    queues: IndexMap<Receiver, Queue>,
    count: usize,
    generation: u64,
}

/// The deliveries to one receiver.
#[derive(Debug)]
struct Queue {
    /// Ends when the queue before this one has been sent.
    before: Option<oneshot::Receiver<()>>,
    deliveries: Vec<PendingDelivery>,
    /// Lets the next queue start when it is dropped.
    _done: oneshot::Sender<()>,
}

impl Batch {
    /// The argument of [`is_current`](Dispatcher::is_current).
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Sends everything: to each receiver in order, to different receivers at once. Each delivery is handed to `record`
    /// when it has ended; those for which that is true are returned.
    pub(crate) async fn send(mut self, record: impl Fn(&SentDelivery) -> bool) -> Vec<SentDelivery> {
        let queues = std::mem::take(&mut self.queues).into_values().map(async |mut queue| {
            if let Some(before) = queue.before.take() {
                // It ends by being dropped.
                let _ = before.await;
            }
            let mut ended = Vec::new();
            for delivery in queue.deliveries {
                let delivery = self.dispatcher.deliver(delivery, self.generation).await;
                ended.extend(delivery.filter(&record));
            }
            ended
        });
        join_all(queues).await.into_iter().flatten().collect()
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.dispatcher.0.pending.send_modify(|pending| *pending -= self.count);
    }
}

/// Sends a request and reads the response.
async fn attempt(request: RequestBuilder, waited: Duration) -> DeliveryAttempt {
    #[allow(clippy::disallowed_methods)] // Only recorded: nothing depends on it.
    let start = Instant::now();
    let (status, body, error) = match request.send().await {
        Err(error) => (None, String::new(), Some(reason(error))),
        Ok(mut response) => {
            let status = Some(response.status().as_u16());
            let mut body = Vec::new();
            let error = loop {
                match response.chunk().await {
                    Ok(Some(chunk)) if body.len() + chunk.len() <= KEPT => body.extend_from_slice(&chunk),
                    Ok(Some(chunk)) => {
                        body.extend_from_slice(&chunk[..KEPT - body.len()]);
                        break None;
                    }
                    Ok(None) => break None,
                    Err(error) => break Some(reason(error)),
                }
            };
            (status, String::from_utf8_lossy(&body).into_owned(), error)
        }
    };
    DeliveryAttempt { status, error, body, duration: start.elapsed(), waited }
}

/// Why an attempt failed, without the URL, which may hold a password.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let error = error.without_url();
    let mut root: &dyn Error = &error;
    while let Some(source) = root.source() {
        root = source;
    }
    let what = if error.is_connect() { "cannot connect" } else { "no complete response" };
    format!("{what}: {root}")
}
