//! Pages after pages, until one brings nothing new.
//!
//! A short page is not the end, since a server may cap the size of pages; an empty one is. A server
//! that ignores paging, or turns in a circle, ends with the first page that brings no webhook not
//! yet seen.

mod seen;

use std::fmt;
use std::future::{IntoFuture as _, poll_fn};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use port_webhooks_api::Webhook;
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use self::seen::Seen;
use crate::Result;
use crate::error::{Error, ErrorKind, Failure, Outcome};
use crate::operations::{List, Page};
use crate::request::{Request, Sending};

const PER_PAGE: u32 = 100;
/// More pages than these are not under way at once. Each takes a connection.
const MOST: usize = 64;

/// Pages of webhooks, each webhook once over all of them. An error ends it.
///
/// It is a [`Stream`]; [`try_next`](Self::try_next) serves without an extension trait. What it
/// remembers, and what it does when a server pages oddly, is told at [`Request::stream`].
#[must_use = "a stream asks for nothing until it is polled"]
pub struct PageStream {
    request: Request<List>,
    /// The page to be asked for next. None after the last page that there can be, and after the end.
    next: Option<u32>,
    prefetch: usize,
    under_way: FuturesOrdered<Sending<Page>>,
    seen: Seen,
}

/// Webhooks over all pages, each once. An error ends it.
///
/// It is a [`Stream`]; [`try_next`](Self::try_next) serves without an extension trait. What it
/// remembers, and what it does when a server pages oddly, is told at [`Request::stream`].
#[must_use = "a stream asks for nothing until it is polled"]
pub struct WebhookStream {
    pages: PageStream,
    page: std::vec::IntoIter<Webhook>,
}

impl PageStream {
    pub(crate) fn new(mut request: Request<List>) -> Self {
        let next = Some(request.operation.page.unwrap_or(1));
        request.operation.per_page.get_or_insert(PER_PAGE);
        Self { request, next, prefetch: 1, under_way: FuturesOrdered::new(), seen: Seen::default() }
    }

    /// Keeps so many pages under way at once, as [`WebhookStream::prefetch`] does.
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.prefetch = pages.clamp(1, MOST);
        self
    }

    /// The next page, or nothing after the last.
    ///
    /// # Errors
    /// What the request for the page fails with.
    pub async fn try_next(&mut self) -> Result<Option<Page>> {
        poll_fn(|context| self.poll_next_unpin(context)).await.transpose()
    }

    /// Asks for pages until there are enough under way.
    fn ask(&mut self) {
        // Whether the server pages at all is known once a second page has brought something.
        let known_to_page =
            self.seen.pages() > 1 || self.request.client.transport.server_pages.load(Ordering::Relaxed);
        let most = if known_to_page { self.prefetch } else { 1 };
        while self.under_way.len() < most
            && let Some(number) = self.next
        {
            let request = self.request.clone().page(number).into_future();
            self.under_way.push_back(if self.prefetch > 1 { in_a_task(request) } else { request });
            self.next = number.checked_add(1);
        }
    }

    /// What is left of a page, or nothing when that ends the stream.
    fn rest_of(&mut self, mut page: Page) -> Option<Page> {
        let was_empty = page.webhooks.is_empty();
        self.seen.retain_new(&mut page.webhooks);
        let is_new = !page.webhooks.is_empty();
        // An empty second page says nothing: the list may be short.
        if self.seen.pages() == 2 && !was_empty {
            self.request.client.transport.server_pages.store(is_new, Ordering::Relaxed);
        }
        is_new.then_some(page)
    }

    fn end(&mut self) {
        self.next = None;
        self.under_way = FuturesOrdered::new();
    }
}

/// A request that goes on while nobody polls the stream, so that it does not run out of time while a page before
/// it is dealt with. It ends when it is dropped.
fn in_a_task(request: Sending<Page>) -> Sending<Page> {
    struct Task(JoinHandle<Result<Page>>);

    impl Drop for Task {
        fn drop(&mut self) {
            self.0.abort();
        }
    }

    // At once: `FuturesOrdered` polls nothing while it has pages to hand over.
    let mut task = Task(tokio::spawn(request.in_current_span()));
    Box::pin(async move {
        let abandoned = |_| {
            let what = "the request for a page was abandoned: its task panicked, or its runtime shut down";
            Err(Error::without_call(Failure::new(ErrorKind::Transport, Outcome::Refused, what).transient()))
        };
        (&mut task.0).await.unwrap_or_else(abandoned)
    })
}

impl WebhookStream {
    pub(crate) fn new(pages: PageStream) -> Self {
        Self { pages, page: Vec::new().into_iter() }
    }

    /// Keeps so many pages under way at once; their webhooks come in the order of the pages all the same. 0 and 1
    /// are one page at a time, as without it; more than 64 are 64. Each page is one request, so mind the rate
    /// limit.
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use port_webhooks::Client;
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # for n in 0..9 { fake.seed(json!({ "identifier": format!("hook-{n}") }))?; }
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret()).base_url(fake.uri()).build()?;
    /// let mut all = port.webhooks().list().per_page(2).stream().prefetch(4);
    /// while let Some(webhook) = all.try_next().await? {
    ///     println!("{}", webhook.identifier);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// - A server that ignores paging is to be asked twice and no more. So the first two pages are asked for one
    ///   after the other, and more at once only when the second has brought something new. A client and its clones
    ///   remember that the server pages: streams that begin later ask for all `pages` at once.
    /// - Where the list ends is seen when a page brings nothing new; up to `pages` − 1 requests beyond that one are
    ///   under way by then, and are cancelled. So they are when the stream is dropped.
    /// - An error comes after the pages before it, and ends the stream; what is under way beyond it is cancelled.
    /// - Nothing is asked for before the stream is polled. What was asked for goes on, on the runtime that polled
    ///   it, while a webhook is dealt with; the next page is asked for when the stream is polled again.
    /// - So many pages are held in memory at most.
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.pages = self.pages.prefetch(pages);
        self
    }

    /// The next webhook, or nothing after the last.
    ///
    /// # Errors
    /// What the request for its page fails with.
    pub async fn try_next(&mut self) -> Result<Option<Webhook>> {
        poll_fn(|context| self.poll_next_unpin(context)).await.transpose()
    }
}

impl Stream for PageStream {
    type Item = Result<Page>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.ask();
        let item = match ready!(self.under_way.poll_next_unpin(context)) {
            Some(Ok(page)) => self.rest_of(page).map(Ok),
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
