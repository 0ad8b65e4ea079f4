//! Lists webhooks.

use port_webhooks_api::{Webhook, WebhookListEnvelope, operations};

use crate::engine::response::{Success, Unusable, check_ok};
use crate::request::Request;
use crate::types::ExtraFields;
use crate::webhooks::{Webhooks, first_list};

impl Webhooks {
    /// Lists webhooks (`get_webhooks` in Port's documentation): all of them in one response, one page, or, with
    /// [`stream`](crate::Request::stream), every page.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// for webhook in hooks.list().await? {
    ///     println!("{}", webhook.identifier);
    /// }
    /// let page = hooks.list().page(1).per_page(10).await?;
    /// assert_eq!(page.webhooks.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`Validation`](crate::ErrorKind::Validation) when Port rejects the page number or the page size.
    /// - [`Permission`](crate::ErrorKind::Permission) when the credentials have neither the role moderator nor admin,
    ///   which live Port requires since March 2026. Members can call [`metadata`](Self::metadata).
    #[doc(alias("get_webhooks", "pagination", "paginate"))]
    pub fn list(&self) -> Request<Page> {
        self.request(operations::list_webhooks(None, None))
    }
}

impl Request<Page> {
    /// Requests one page, from 1. Without [`per_page`](Self::per_page), Port's pages have 100 webhooks.
    pub fn page(self, page: u32) -> Self {
        self.with_query("page", page)
    }

    /// Sets the size of a page. Port accepts 1 to 100.
    pub fn per_page(self, per_page: u32) -> Self {
        self.with_query("per_page", per_page)
    }

    /// Sets a query parameter of the operation, in place of an earlier value.
    fn with_query(mut self, name: &'static str, value: u32) -> Self {
        self.call.query.retain(|(known, _)| known != name);
        self.call = self.call.query(name, Some(value));
        self
    }
}

/// The webhooks of one response: all of them, or one page. It iterates over [`webhooks`](Self::webhooks).
///
/// ```no_run
/// # async fn example(port: port_webhooks::Client) -> Result<(), port_webhooks::Error> {
/// let page = port.webhooks().list().page(1).per_page(50).await?;
/// println!("{} webhooks", page.webhooks.len());
/// for webhook in page {
///     println!("{}", webhook.identifier);
/// }
/// # Ok(())
/// # }
/// ```
#[doc(alias = "pagination")]
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

impl Success for Page {
    type Envelope = WebhookListEnvelope;

    fn from_envelope(envelope: WebhookListEnvelope) -> Result<Self, Unusable> {
        check_ok(envelope.ok)?;
        let webhooks = first_list([envelope.webhooks, envelope.integrations, envelope.items]);
        let webhooks = webhooks.ok_or(Unusable::Missing("contains no list of webhooks"))?;
        Ok(Self { webhooks, extra: envelope.extra })
    }
}
