//! Carries parcels to their receivers: attempts, waits and what came of them.

use std::collections::HashMap;
use std::error::Error;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use indexmap::IndexMap;
use reqwest::{Client, RequestBuilder, redirect, retry};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{Semaphore, oneshot, watch};

use super::parcel::Parcel;
use super::record::{Attempt, Delivery, Outcome};
use super::settings::{Deliveries, Waits};
use super::target::Resolver;

/// As many attempts are made at once.
const AT_ONCE: usize = 16;
/// As much of an answer's body is kept.
const KEPT: usize = 64 * 1024;

/// Sends what is to be delivered. Clones share their connections and their count.
#[derive(Debug, Clone)]
pub(crate) struct Courier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Deliveries,
    /// Made with the first delivery: most fakes make none, and it is costly.
    client: OnceLock<Result<Client, &'static str>>,
    in_flight: watch::Sender<usize>,
    /// Parcels that wait or are being carried.
    parcels: AtomicUsize,
    /// Counts what made all that was on its way pointless.
    generation: AtomicU64,
    /// Bounds the attempts that are made at once.
    permits: Semaphore,
    /// For each webhook, what tells that its last load has been carried.
    last: Mutex<HashMap<String, oneshot::Receiver<()>>>,
}

/// As many parcels wait at most. What is beyond is refused, and the log says so.
const MOST_PARCELS: usize = 10_000;
/// When as many webhooks are known, those with nothing on its way are forgotten.
const MANY_WEBHOOKS: usize = 1_000;

impl Courier {
    pub(crate) fn new(settings: Deliveries) -> Self {
        Self(Arc::new(Inner {
            settings,
            client: OnceLock::new(),
            in_flight: watch::Sender::new(0),
            parcels: AtomicUsize::new(0),
            generation: AtomicU64::new(0),
            permits: Semaphore::new(AT_ONCE),
            last: Mutex::default(),
        }))
    }

    /// Counts deliveries in before they are carried, possibly on another task, each webhook's after those that
    /// were counted in before. They are counted out when the load is dropped, whether it was carried or not.
    pub(crate) fn load(&self, parcels: Vec<Parcel>) -> Load {
        let inner = &*self.0;
        inner.in_flight.send_modify(|count| *count += 1);
        let before = inner.parcels.fetch_add(parcels.len(), Ordering::Relaxed);
        let count = parcels.len();
        let mut routes: IndexMap<String, Route> = IndexMap::new();
        let mut last = inner.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= MANY_WEBHOOKS {
            last.retain(|_, carried| matches!(carried.try_recv(), Err(TryRecvError::Empty)));
        }
        for (at, mut parcel) in parcels.into_iter().enumerate() {
            if before + at >= MOST_PARCELS {
                parcel.target = Err("too many deliveries are on their way");
            }
            let route = routes.entry(parcel.webhook.clone()).or_insert_with(|| {
                let (done, carried) = oneshot::channel();
                Route {
                    before: last.insert(parcel.webhook.clone(), carried),
                    _done: done,
                    parcels: Vec::new(),
                }
            });
            route.parcels.push(parcel);
        }
        let generation = inner.generation.load(Ordering::SeqCst);
        Load { courier: self.clone(), routes, count, generation }
    }

    /// Gives up what is on its way: no further attempt is made, and nobody hears of it.
    pub(crate) fn give_up(&self) {
        self.0.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether what was counted in then has not been given up.
    pub(crate) fn is_current(&self, generation: u64) -> bool {
        self.0.generation.load(Ordering::SeqCst) == generation
    }

    /// Waits until nothing is being carried.
    pub(crate) async fn settled(&self) {
        // The sender lives as long as this.
        let _ = self.0.in_flight.subscribe().wait_for(|count| *count == 0).await;
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

    /// `None` when it was given up between attempts.
    async fn deliver(&self, parcel: Parcel, generation: u64) -> Option<Delivery> {
        let way = match &parcel.target {
            Ok(url) => self.client().map(|client| (client, url)),
            Err(reason) => Err(*reason),
        };
        let (attempts, outcome) = match way {
            Err(reason) => (Vec::new(), Outcome::Refused(reason)),
            Ok((client, url)) => {
                let request = || {
                    let request = client.post(url.clone()).headers(parcel.headers.clone());
                    request.body(parcel.body.clone())
                };
                self.try_often(request, generation).await?
            }
        };
        let Parcel { number, webhook, url, event, headers, body, target: _ } = parcel;
        Some(Delivery { number, webhook, url, event, headers, body, attempts, outcome })
    }

    async fn try_often(
        &self,
        request: impl Fn() -> RequestBuilder,
        generation: u64,
    ) -> Option<(Vec<Attempt>, Outcome)> {
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
                return Some((attempts, Outcome::Delivered));
            }
            if attempts.len() >= self.0.settings.attempts as usize {
                return Some((attempts, Outcome::Failed));
            }
        }
    }

    async fn wait(&self, attempts: usize) -> Duration {
        let wait = self.0.settings.wait_before(u32::try_from(attempts).unwrap_or(u32::MAX));
        if self.0.settings.waits == Waits::Real && !wait.is_zero() {
            #[allow(clippy::disallowed_methods)] // Waited for in earnest, because that was asked for.
            tokio::time::sleep(wait).await;
        }
        wait
    }
}

/// Deliveries on their way.
#[derive(Debug)]
pub(crate) struct Load {
    courier: Courier,
    /// By webhook.
    routes: IndexMap<String, Route>,
    count: usize,
    generation: u64,
}

/// The deliveries to one webhook.
#[derive(Debug)]
struct Route {
    /// Ends when those that were to be made before have been.
    before: Option<oneshot::Receiver<()>>,
    parcels: Vec<Parcel>,
    /// Tells the next when it is dropped.
    _done: oneshot::Sender<()>,
}

impl Load {
    /// By this [`is_current`](Courier::is_current) tells it from one that was given up.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Carries everything: to each webhook in order, to different webhooks at once. Each delivery is handed to
    /// `done` when it has ended.
    pub(crate) async fn carry(mut self, done: impl Fn(Delivery)) {
        let routes = std::mem::take(&mut self.routes);
        stream::iter(routes.into_values())
            .for_each_concurrent(None, |mut route| async {
                if let Some(before) = route.before.take() {
                    // It ends by being dropped.
                    let _ = before.await;
                }
                for parcel in std::mem::take(&mut route.parcels) {
                    if let Some(delivery) = self.courier.deliver(parcel, self.generation).await {
                        done(delivery);
                    }
                }
                drop(route);
            })
            .await;
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.courier.0.parcels.fetch_sub(self.count, Ordering::Relaxed);
        self.courier.0.in_flight.send_modify(|count| *count -= 1);
    }
}

async fn attempt(request: RequestBuilder, waited: Duration) -> Attempt {
    #[allow(clippy::disallowed_methods)] // How long a socket took is told, and nothing is decided by it.
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
    Attempt { status, error, body, duration: start.elapsed(), waited }
}

/// Why an attempt failed. The URL is left out: it may hold a password.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let error = error.without_url();
    let mut root: &dyn Error = &error;
    while let Some(source) = root.source() {
        root = source;
    }
    let what = if error.is_connect() { "cannot connect" } else { "no whole answer" };
    format!("{what}: {root}")
}
