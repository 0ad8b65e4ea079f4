//! Requests page after page, until one has no new webhook.
//!
//! A short page is not the end, since a server may limit the size of pages; an empty one is. So is, with a server that
//! ignores paging or repeats pages, the first page without a webhook that was not seen before. After a page with webhooks
//! an error of the kind that servers answer past the end is the end, too.

use std::collections::HashSet;
use std::fmt;
use std::future::{IntoFuture as _, poll_fn};
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use port_webhooks_api::Webhook;
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use crate::Result;
use crate::error::{Error, ErrorKind, Failure, Outcome};
use crate::list::Page;
use crate::request::{CallFuture, Request};

const PER_PAGE: u32 = 100;
/// Pages in flight at most. Each takes a connection.
const MAX_PREFETCH: usize = 64;

/// A stream of pages, with each webhook on one of them. It ends after an error.
///
/// Without an extension trait of [`Stream`], use [`try_next`](Self::try_next). [`Request::stream`] says when it ends
/// and what it remembers.
///
/// ```
#[doc = include_str!("example.txt")]
/// let mut pages = hooks.list().per_page(50).pages();
/// while let Some(page) = pages.try_next().await? {
///     println!("a page of {}", page.webhooks.len());
/// }
/// # Ok(())
/// # }
/// ```
#[doc(alias("pagination", "paginate"))]
#[must_use = "a stream requests nothing until it is polled"]
pub struct PageStream {
    request: Request<Page>,
    /// The page to request next. None after the end, and after the last number there is.
    next: Option<u32>,
    prefetch: usize,
    in_flight: FuturesOrdered<CallFuture<Page>>,
    /// The number of pages that were received.
    received: u64,
    /// The hashes of the identifiers that were yielded, of 128 bits by two keys.
    yielded: HashSet<u128>,
    keys: [RandomState; 2],
}

/// A stream of the webhooks of all pages, each once. It ends after an error.
///
/// Without an extension trait of [`Stream`], use [`try_next`](Self::try_next). [`Request::stream`] says when it ends
/// and what it remembers.
///
/// ```
#[doc = include_str!("example.txt")]
/// let mut all = hooks.list().stream();
/// while let Some(webhook) = all.try_next().await? {
///     println!("{}", webhook.identifier);
/// }
/// # Ok(())
/// # }
/// ```
#[doc(alias("pagination", "paginate", "paginator"))]
#[must_use = "a stream requests nothing until it is polled"]
pub struct WebhookStream {
    pages: PageStream,
    page: std::vec::IntoIter<Webhook>,
}

impl Request<Page> {
    /// Streams every webhook, page by page, each once. It starts at [`page`](Self::page), or at the first, with pages
    /// of [`per_page`](Self::per_page), or of 100. Query parameters, the timeout and the retry policy hold for each
    /// page. Pages are requested one after the other; [`prefetch`](WebhookStream::prefetch) keeps several in flight.
    ///
    /// The stream ends at the first page without a new webhook, so a server that ignores paging gets two requests. A
    /// short page does not end it, since a server may limit the size of pages. After a page with webhooks, a page that
    /// is answered with 404, 422, 204, or JSON without a list (such as `null`, or `"webhooks": {}`) ends the stream, since
    /// that is how servers answer for a page past the end; for the first page it is an error. A 200 without a body is
    /// always an error, since it may have lost its body.
    ///
    /// Each webhook is yielded once, however the server repeats pages and webhooks. For that a stream remembers the hash
    /// of every identifier, which takes 20 to 60 bytes per webhook: at most 6 MB for 100,000. A webhook is lost when two
    /// identifiers have the same hash, with a probability below 1 in 10^28 for 100,000 webhooks.
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use port_webhooks::Client;
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # for n in 0..5 { fake.seed(json!({ "identifier": format!("hook-{n}") }))?; }
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// let mut all = port.webhooks().list().per_page(2).stream();
    /// let mut count = 0;
    /// while let Some(webhook) = all.try_next().await? {
    ///     println!("{}", webhook.identifier);
    ///     count += 1;
    /// }
    /// assert_eq!(count, 5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(self) -> WebhookStream {
        WebhookStream { pages: self.pages(), page: Vec::new().into_iter() }
    }

    /// Streams pages, as [`stream`](Self::stream) does webhooks: each has only the webhooks that no page before it had.
    pub fn pages(mut self) -> PageStream {
        let number = |name| self.call.query.iter().find(|(known, _)| known == name)?.1.parse().ok();
        let next = Some(number("page").unwrap_or(1));
        if number("per_page").is_none() {
            self = self.per_page(PER_PAGE);
        }
        PageStream {
            request: self,
            next,
            prefetch: 1,
            in_flight: FuturesOrdered::new(),
            received: 0,
            yielded: HashSet::new(),
            keys: Default::default(),
        }
    }

    /// Collects every webhook, each once, page by page. For a long list, [`stream`](Self::stream) takes less memory.
    ///
    /// # Errors
    /// The error of the first page that fails; the pages before it are dropped.
    pub async fn collect(self) -> Result<Vec<Webhook>> {
        let mut pages = self.pages();
        let mut webhooks = Vec::new();
        while let Some(page) = pages.try_next().await? {
            webhooks.extend(page);
        }
        Ok(webhooks)
    }
}

impl PageStream {
    /// Keeps up to `pages` requests in flight, as [`WebhookStream::prefetch`] does.
    #[doc(alias("concurrency", "buffered"))]
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.prefetch = pages.clamp(1, MAX_PREFETCH);
        self
    }

    /// The next page, or `None` after the last.
    ///
    /// # Errors
    /// The error of the request for the page.
    pub async fn try_next(&mut self) -> Result<Option<Page>> {
        poll_fn(|context| self.poll_next_unpin(context)).await.transpose()
    }

    /// Requests pages until enough are in flight.
    fn request_pages(&mut self) {
        // A second page with new webhooks shows that the server pages.
        let known_to_page = self.received > 1 || self.request.engine.server_pages.load(Ordering::Relaxed);
        let most = if known_to_page { self.prefetch } else { 1 };
        while self.in_flight.len() < most
            && let Some(number) = self.next
        {
            let request = self.request.clone().page(number).into_future();
            self.in_flight.push_back(if self.prefetch > 1 { spawn(request) } else { request });
            self.next = number.checked_add(1);
        }
    }

    /// The page with its new webhooks, or `None` when there are none, which ends the stream.
    fn retain_new(&mut self, mut page: Page) -> Option<Page> {
        let was_empty = page.webhooks.is_empty();
        self.received += 1;
        page.webhooks.retain(|webhook| {
            let [high, low] = self.keys.each_ref().map(|key| u128::from(key.hash_one(&webhook.identifier)));
            self.yielded.insert(high << 64 | low)
        });
        let is_new = !page.webhooks.is_empty();
        // An empty second page shows nothing: the list may be short.
        if self.received == 2 && !was_empty {
            self.request.engine.server_pages.store(is_new, Ordering::Relaxed);
        }
        is_new.then_some(page)
    }

    fn end(&mut self) {
        self.next = None;
        self.in_flight = FuturesOrdered::new();
    }
}

/// Spawns a request, so that it continues while the stream is not polled, and does not time out. Dropping it cancels
/// it.
fn spawn(request: CallFuture<Page>) -> CallFuture<Page> {
    struct Task(JoinHandle<Result<Page>>);

    impl Drop for Task {
        fn drop(&mut self) {
            self.0.abort();
        }
    }

    // Here and not at the first poll: `FuturesOrdered` polls nothing while it has a page to yield.
    let mut task = Task(tokio::spawn(request.in_current_span()));
    Box::pin(async move {
        let abandoned = |_| {
            let what = "the request for a page was abandoned: its task panicked, or its runtime shut down";
            Err(Error::without_call(
                Failure::new(ErrorKind::Transport, Outcome::NotApplied, what).transient(),
            ))
        };
        (&mut task.0).await.unwrap_or_else(abandoned)
    })
}

impl WebhookStream {
    /// Keeps up to `pages` requests in flight, and yields webhooks in the same order. 0 and 1 mean one page at a time,
    /// which is the default; the maximum is 64. Mind the rate limit: each page is a request.
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use port_webhooks::Client;
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # for n in 0..9 { fake.seed(json!({ "identifier": format!("hook-{n}") }))?; }
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// let mut all = port.webhooks().list().per_page(2).stream().prefetch(4);
    /// while let Some(webhook) = all.try_next().await? {
    ///     println!("{}", webhook.identifier);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// - The first two pages are requested one after the other, and more at once only when the second has new webhooks,
    ///   so that a server that ignores paging gets two requests. A client and its clones remember that the server
    ///   pages; later streams request `pages` at once.
    /// - The stream ends at the first page without a new webhook. The requests beyond it, up to `pages` − 1, are
    ///   cancelled. They are, too, when the stream is dropped.
    /// - An error is yielded after the pages before it, and ends the stream; the requests beyond it are cancelled.
    /// - Nothing is requested before the stream is polled. Requests in flight continue between polls, on the runtime
    ///   that polled the stream; further ones start at the next poll.
    /// - Up to `pages` pages are in memory.
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.pages = self.pages.prefetch(pages);
        self
    }

    /// The next webhook, or `None` after the last.
    ///
    /// # Errors
    /// The error of the request for its page.
    pub async fn try_next(&mut self) -> Result<Option<Webhook>> {
        poll_fn(|context| self.poll_next_unpin(context)).await.transpose()
    }
}

impl Stream for PageStream {
    type Item = Result<Page>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.request_pages();
        let item = match ready!(self.in_flight.poll_next_unpin(context)) {
            Some(Ok(page)) => self.retain_new(page).map(Ok),
            Some(Err(error)) if self.received > 0 && error.may_be_past_the_end() => None,
            other => other,
        };
        if !matches!(item, Some(Ok(_))) {
            self.end();
        }
        Poll::Ready(item)
    }
}

impl Stream for WebhookStream {
    type Item = Result<Webhook>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(webhook) = self.page.next() {
                return Poll::Ready(Some(Ok(webhook)));
            }
            match ready!(self.pages.poll_next_unpin(context)) {
                Some(Ok(page)) => self.page = page.webhooks.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for PageStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PageStream").finish_non_exhaustive()
    }
}

impl fmt::Debug for WebhookStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebhookStream").finish_non_exhaustive()
    }
}
