//! List webhooks.

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

/// List webhooks (`get_webhooks`).
#[derive(Clone, Debug)]
pub struct List {
    pub(crate) page: Option<u32>,
    pub(crate) per_page: Option<u32>,
}

/// Webhooks of one answer: all of them, or one page. Iterate over it, or take
/// [`webhooks`](Self::webhooks).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The webhooks, in the order of the answer.
    pub webhooks: Vec<Webhook>,
    /// Fields beside them that the contract does not name.
    pub extra: ExtraFields,
}

impl Page {
    /// The webhooks, in the order of the answer.
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
    /// Asks for one page; the first is 1. Without [`per_page`](Self::per_page) a page holds 100.
    pub fn page(mut self, page: u32) -> Self {
        self.operation.page = Some(page);
        self
    }

    /// Sets how many webhooks a page holds. Port takes 1 to 100.
    pub fn per_page(mut self, per_page: u32) -> Self {
        self.operation.per_page = Some(per_page);
        self
    }

    /// Every webhook, page after page, each once. Starts at [`page`](Self::page), or at the first,
    /// in pages of [`per_page`](Self::per_page), or of 100. Query parameters and the timeout hold
    /// for each page. Pages come one after the other;
    /// [`prefetch`](WebhookStream::prefetch) keeps several under way.
    ///
    /// A short page is no end, since a server may cap the size of pages. The end is the first page
    /// that brings nothing new, so a server that ignores paging is asked twice.
    ///
    /// Memory does not grow with the list, only with the size of a page: a stream remembers the
    /// first 4,096 webhooks, at least the latest 4,096, and one page in between, 16 bytes of each.
    /// From that follows:
    ///
    /// - A list of up to 8,192 webhooks comes with each of them once, in whatever way a server
    ///   repeats them.
    /// - So does a longer one when a server repeats on a page what was on its neighbours, is stuck on
    ///   the last page, or begins anew after it.
    /// - When it goes back to a page in the middle, further back than is remembered, webhooks may come
    ///   again. The stream ends all the same, after at most three times the pages until then.
    /// - None is left out: the odds that two identifiers are taken for one are under one in 10^28 for
    ///   100,000 webhooks.
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use port_webhooks::Client;
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # for n in 0..5 { fake.seed(json!({ "identifier": format!("hook-{n}") }))?; }
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret()).base_url(fake.uri()).build()?;
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

    /// Every page that brings a webhook not seen before, with those webhooks alone.
    pub fn pages(self) -> PageStream {
        PageStream::new(self)
    }

    /// Every webhook, each once, in one vector, page after page. Memory grows with the list, of course;
    /// a [`stream`](Self::stream) is for long ones.
    ///
    /// # Errors
    /// What any of the pages fails with; then none of the webhooks is returned.
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
    type Answer = Page;

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
        reader.done(body.ok, answer)?;
        let list = first_list([body.webhooks, body.integrations, body.items]);
        let webhooks = list.ok_or_else(|| reader.unreadable("contains no list of webhooks"))?;
        Ok(Page { webhooks, extra: body.extra })
    }
}
