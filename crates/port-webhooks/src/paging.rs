//! Pages after pages, until one brings nothing new.
//!
//! A short page is not the end, since a server may cap the size of pages; an empty one is. A server
//! that ignores paging, or turns in a circle, ends with the first page that brings no webhook not
//! yet seen.

use std::collections::HashSet;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream;
use port_webhooks_api::Webhook;

use crate::Result;
use crate::operations::{List, Page};
use crate::request::Request;

const PER_PAGE: u32 = 100;

/// Pages of webhooks, each webhook once over all of them. An error ends it.
///
/// It is a [`Stream`]; [`try_next`](Self::try_next) serves without an extension trait.
#[must_use = "a stream asks for nothing until it is polled"]
pub struct PageStream(Pin<Box<dyn Stream<Item = Result<Page>> + Send>>);

/// Webhooks over all pages, each once. An error ends it.
///
/// It is a [`Stream`]; [`try_next`](Self::try_next) serves without an extension trait.
#[must_use = "a stream asks for nothing until it is polled"]
pub struct WebhookStream {
    pages: PageStream,
    page: std::vec::IntoIter<Webhook>,
}

struct Progress {
    request: Request<List>,
    /// None after the last page that there can be.
    page: Option<u32>,
    seen: HashSet<String>,
}

impl PageStream {
    pub(crate) fn new(mut request: Request<List>) -> Self {
        let page = Some(request.operation.page.unwrap_or(1));
        request.operation.per_page.get_or_insert(PER_PAGE);
        let start = Progress { request, page, seen: HashSet::new() };
        Self(Box::pin(stream::try_unfold(start, Progress::next)))
    }

    /// The next page, or nothing after the last.
    ///
    /// # Errors
    /// What the request for the page fails with.
    pub async fn try_next(&mut self) -> Result<Option<Page>> {
        poll_fn(|context| self.0.as_mut().poll_next(context)).await.transpose()
    }
}

impl Progress {
    async fn next(mut self) -> Result<Option<(Page, Self)>> {
        let Some(number) = self.page else { return Ok(None) };
        let mut page = self.request.clone().page(number).await?;
        page.webhooks.retain(|webhook| self.seen.insert(webhook.identifier.clone()));
        self.page = number.checked_add(1);
        Ok((!page.webhooks.is_empty()).then_some((page, self)))
    }
}

impl WebhookStream {
    pub(crate) fn new(pages: PageStream) -> Self {
        Self { pages, page: Vec::new().into_iter() }
    }

    /// The next webhook, or nothing after the last.
    ///
    /// # Errors
    /// What the request for its page fails with.
    pub async fn try_next(&mut self) -> Result<Option<Webhook>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }
}

impl Stream for PageStream {
    type Item = Result<Page>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl Stream for WebhookStream {
    type Item = Result<Webhook>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(webhook) = self.page.next() {
                return Poll::Ready(Some(Ok(webhook)));
            }
            match std::task::ready!(self.pages.0.as_mut().poll_next(context)) {
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
