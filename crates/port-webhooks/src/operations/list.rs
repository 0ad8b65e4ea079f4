//! Lists webhooks.

use http::Method;
use port_webhooks_api::{self as api, Answer, Reply, Webhook, WebhookListEnvelope};

use crate::about::About;
use crate::answer::Reader;
use crate::call::Run;
use crate::error::Failure;
use crate::operations::{COLLECTION, first_list};
use crate::paging::{PageStream, WebhookStream};
use crate::request::Request;
use crate::{ExtraFields, Result};

/// Lists webhooks (`get_webhooks`).
#[derive(Clone, Debug)]
pub struct List {
    pub(crate) page: Option<u32>,
    pub(crate) per_page: Option<u32>,
}

/// The webhooks of one response: all of them, or one page. It iterates over [`webhooks`](Self::webhooks).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The webhooks, in the order of the response.
    pub webhooks: Vec<Webhook>,
    /// Unknown fields of the response, beside the list.
    pub extra: ExtraFields,
}

impl Page {
    /// Iterates over the webhooks, in the order of the response.
    pub fn iter(&self) -> std::slice::Iter<'_, Webhook> {
        self.webhooks.iter()
    }
}

impl IntoIterator for Page {
    type Item = Webhook;
    type IntoIter = std::vec::IntoIter<Webhook>;

    fn into_iter(self) -> Self::IntoIter {
        self.webhooks.into_iter()
    }
}

impl<'a> IntoIterator for &'a Page {
    type Item = &'a Webhook;
    type IntoIter = std::slice::Iter<'a, Webhook>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Request<List> {
    /// Requests one page, from 1. Without [`per_page`](Self::per_page), Port's pages have 100 webhooks.
    pub fn page(mut self, page: u32) -> Self {
        self.operation.page = Some(page);
        self
    }

    /// Sets the size of a page. Port accepts 1 to 100.
    pub fn per_page(mut self, per_page: u32) -> Self {
        self.operation.per_page = Some(per_page);
        self
    }

    /// Streams every webhook, page by page, each once. It starts at [`page`](Self::page), or at the first, with pages
    /// of [`per_page`](Self::per_page), or of 100. Query parameters, the timeout and the retry policy hold for each
    /// page. Pages are requested one after the other; [`prefetch`](WebhookStream::prefetch) keeps several in flight.
    ///
    /// The stream ends at the first page without a new webhook, so a server that ignores paging gets two requests. A
    /// short page does not end it, since a server may limit the size of pages. After a page with webhooks, a page that
    /// is answered with 404, 422, 204 or no list ends the stream, since that is how servers answer for a page
    /// past the end; for the first page it is an error.
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
        WebhookStream::new(self.pages())
    }

    /// Streams pages, as [`stream`](Self::stream) does webhooks: each has only the webhooks that no page before it had.
    pub fn pages(self) -> PageStream {
        PageStream::new(self)
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

impl Run for List {
    type Body = WebhookListEnvelope;
    type Value = Page;

    fn about(&self) -> About<'_> {
        About {
            operation: "list_webhooks",
            verb: "list webhooks",
            method: Method::GET,
            template: COLLECTION,
            identifier: None,
            idempotent: true,
        }
    }

    fn exchange(&self, api: &api::Client) -> impl Future<Output = Result<Reply<Self::Body>, api::Error>> {
        api.list_webhooks(self.page.map(i64::from), self.per_page.map(i64::from))
    }

    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>) -> Result<Page, Failure> {
        reader.check_ok(body.ok, answer)?;
        let list = first_list([body.webhooks, body.integrations, body.items]);
        let no_list = || reader.unreadable("contains no list of webhooks").maybe_past_the_end();
        let webhooks = list.ok_or_else(no_list)?;
        Ok(Page { webhooks, extra: body.extra })
    }
}
