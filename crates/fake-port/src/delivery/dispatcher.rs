//! Sends pending deliveries: in which order, how many at once, and how often each is tried.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use indexmap::IndexMap;
use reqwest::{Client, RequestBuilder, redirect, retry};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{Semaphore, oneshot, watch};

use super::attempt::attempt;
use super::pending::{PendingDelivery, Receiver};
use super::record::{DeliveryAttempt, DeliveryOutcome, SentDelivery};
use super::settings::{Deliveries, Waits};
use super::target::Resolver;

/// The most attempts at once.
const AT_ONCE: usize = 16;
/// The most deliveries that may be pending. Further ones are refused.
const MOST_PENDING: usize = 10_000;
/// The number of known receivers from which those with nothing pending are forgotten.
const MANY_RECEIVERS: usize = 1_000;

/// Sends deliveries. Clones share connections and counts.
#[derive(Debug, Clone)]
pub(crate) struct Dispatcher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Deliveries,
    /// Made with the first delivery: most fakes make none, and it is costly.
    client: OnceLock<Result<Client, &'static str>>,
    /// Batches that have not ended.
    batches: watch::Sender<usize>,
    /// Deliveries of batches that have not ended.
    pending: AtomicUsize,
    /// Goes up when everything pending is cancelled.
    generation: AtomicU64,
    /// Bounds the attempts at once.
    permits: Semaphore,
    /// For each receiver, what tells that its last queue has been sent.
    last: Mutex<HashMap<Receiver, oneshot::Receiver<()>>>,
}

impl Dispatcher {
    pub(crate) fn new(settings: Deliveries) -> Self {
        Self(Arc::new(Inner {
            settings,
            client: OnceLock::new(),
            batches: watch::Sender::new(0),
            pending: AtomicUsize::new(0),
            generation: AtomicU64::new(0),
            permits: Semaphore::new(AT_ONCE),
            last: Mutex::default(),
        }))
    }

    /// Queues deliveries behind those that are pending for the same receivers. They count as pending from now until
    /// the batch is dropped, sent or not; it may be sent on another task.
    pub(crate) fn batch(&self, deliveries: Vec<PendingDelivery>) -> Batch {
        let inner = &*self.0;
        inner.batches.send_modify(|count| *count += 1);
        let count = deliveries.len();
        let pending = inner.pending.fetch_add(count, Ordering::Relaxed);
        let mut queues: IndexMap<Receiver, Queue> = IndexMap::new();
        let mut last = inner.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= MANY_RECEIVERS {
            last.retain(|_, sent| matches!(sent.try_recv(), Err(TryRecvError::Empty)));
        }
        for (at, mut delivery) in deliveries.into_iter().enumerate() {
            if pending + at >= MOST_PENDING {
                delivery.target = Err("too many deliveries are pending");
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
        let _ = self.0.batches.subscribe().wait_for(|count| *count == 0).await;
    }

    fn client(&self) -> Result<&Client, &'static str> {
        let made = self.0.client.get_or_init(|| {
            let settings = &self.0.settings;
            Client::builder()
                .no_proxy()
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .referer(false)
                // A receiver may be gone between two deliveries, and its connections with it.
                .pool_max_idle_per_host(0)
                .timeout(settings.timeout)
                .dns_resolver(Arc::new(Resolver { anywhere: settings.anywhere }))
                .build()
                .map_err(|_| "no HTTP client could be made")
        });
        made.as_ref().map_err(|reason| *reason)
    }

    /// `None` when it was cancelled between attempts.
    async fn deliver(&self, delivery: PendingDelivery, generation: u64) -> Option<SentDelivery> {
        let PendingDelivery { number, webhook, url, event, method, headers, body, attempts, target } =
            delivery;
        let (attempts, outcome) = match target.and_then(|target| Ok((self.client()?, target))) {
            Err(reason) => (Vec::new(), DeliveryOutcome::Refused(reason)),
            Ok((client, target)) => {
                let request = || {
                    client.request(method.clone(), target.clone()).headers(headers.clone()).body(body.clone())
                };
                self.attempts(request, attempts, generation).await?
            }
        };
        Some(SentDelivery { number, webhook, url, event, method, headers, body, attempts, outcome })
    }

    async fn attempts(
        &self,
        request: impl Fn() -> RequestBuilder,
        most: u32,
        generation: u64,
    ) -> Option<(Vec<DeliveryAttempt>, DeliveryOutcome)> {
        let mut attempts = Vec::new();
        loop {
            let waited = self.wait(attempts.len()).await;
            // It is never closed.
            let _permit = self.0.permits.acquire().await.ok()?;
            if !self.is_current(generation) {
                return None;
            }
            let attempt = attempt(request(), waited).await;
            let success = attempt.is_success();
            attempts.push(attempt);
            if success {
                return Some((attempts, DeliveryOutcome::Delivered));
            }
            if attempts.len() >= most as usize {
                return Some((attempts, DeliveryOutcome::Failed));
            }
        }
    }

    async fn wait(&self, attempts: usize) -> Duration {
        let wait = self.0.settings.wait_before(u32::try_from(attempts).unwrap_or(u32::MAX));
        if self.0.settings.waits == Waits::Real && !wait.is_zero() {
            #[allow(clippy::disallowed_methods)] // A real wait was asked for.
            tokio::time::sleep(wait).await;
        }
        wait
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
    /// Tells the next queue when it is dropped.
    _done: oneshot::Sender<()>,
}

impl Batch {
    /// What [`is_current`](Dispatcher::is_current) is asked about.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Sends everything: to each receiver in order, to different receivers at once. Each delivery is handed to `done`
    /// when it has ended.
    pub(crate) async fn send(mut self, done: impl Fn(SentDelivery)) {
        let queues = std::mem::take(&mut self.queues);
        stream::iter(queues.into_values())
            .for_each_concurrent(None, |mut queue| async {
                if let Some(before) = queue.before.take() {
                    // It ends by being dropped.
                    let _ = before.await;
                }
                for delivery in std::mem::take(&mut queue.deliveries) {
                    if let Some(delivery) = self.dispatcher.deliver(delivery, self.generation).await {
                        done(delivery);
                    }
                }
                drop(queue);
            })
            .await;
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.dispatcher.0.pending.fetch_sub(self.count, Ordering::Relaxed);
        self.dispatcher.0.batches.send_modify(|count| *count -= 1);
    }
}
