//! The webhooks of an organization, and the operations on them.

use port_webhooks_api::{NewWebhook, WebhookPatch, WebhookReplacement};

use crate::client::Client;
use crate::ensure::Ensure;
use crate::operations::{Create, Delete, Get, List, Metadata, Replace, Update};
use crate::request::Request;

/// The webhooks of an organization. Each method returns a [`Request`], which `.await` sends.
///
/// An identifier is sent as one path segment. One that is empty, `.` or `..`, is longer than 1,024 bytes, or contains
/// a backslash or a control character fails with [`Configuration`](crate::ErrorKind::Configuration), and nothing is
/// sent.
///
/// Any call can also fail with a kind that concerns the connection, the token, the rate limit or the server. Each
/// method lists the others.
///
/// In the examples, `hooks` is `port.webhooks()` of a client for a fake Port.
#[derive(Clone, Debug)]
pub struct Webhooks {
    client: Client,
}

impl Webhooks {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists webhooks (`get_webhooks` in Port's documentation): all of them in one response, one page, or, with
    /// [`stream`](Request::stream), every page.
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use port_webhooks::Client;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # fake.seed(serde_json::json!({
    /// #     "identifier": "entity-created", "url": "https://a.example", "events": ["entity.created"],
    /// # }))?;
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// # let hooks = port.webhooks();
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
    pub fn list(&self) -> Request<List> {
        Request::new(self.client.clone(), List { page: None, per_page: None })
    }

    /// Lists identifier, title, icon and last update of every webhook (live contract).
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use port_webhooks::Client;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # fake.seed(serde_json::json!({
    /// #     "identifier": "entity-created", "url": "https://a.example", "events": ["entity.created"],
    /// # }))?;
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// # let hooks = port.webhooks();
    /// let metadata = hooks.metadata().await?;
    /// assert_eq!(metadata[0].identifier, "entity-created");
    /// # Ok(())
    /// # }
    /// ```
    pub fn metadata(&self) -> Request<Metadata> {
        Request::new(self.client.clone(), Metadata)
    }

    /// Reads one webhook (`get_webhook` in Port's documentation).
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use port_webhooks::Client;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # fake.seed(serde_json::json!({
    /// #     "identifier": "entity-created", "url": "https://a.example", "events": ["entity.created"],
    /// # }))?;
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// # let hooks = port.webhooks();
    /// let webhook = hooks.get("entity-created").await?;
    /// assert_eq!(webhook.url.as_deref(), Some("https://a.example"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound) when there is no such webhook.
    /// - [`Configuration`](crate::ErrorKind::Configuration) for the identifier `metadata`, whose path is another route.
    pub fn get(&self, identifier: impl Into<String>) -> Request<Get> {
        Request::new(self.client.clone(), Get { identifier: identifier.into() })
    }

    /// Creates a webhook (`create_webhook` in Port's documentation).
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use port_webhooks::{Client, EventType, NewWebhook};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// # let hooks = port.webhooks();
    /// let webhook = hooks
    ///     .create(
    ///         NewWebhook::subscription("entity-created", "https://api.example.com/webhooks/port")
    ///             .events([EventType::EntityCreated])
    ///             .secret("your-webhook-secret"),
    ///     )
    ///     .await?;
    /// assert_eq!(webhook.enabled, Some(true));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`Validation`](crate::ErrorKind::Validation) when Port rejects a field.
    /// - [`Conflict`](crate::ErrorKind::Conflict) when the identifier is taken.
    /// - [`PayloadTooLarge`](crate::ErrorKind::PayloadTooLarge) when the request is larger than 1 MiB.
    /// - Any kind with [`Outcome::Unknown`](crate::Outcome::Unknown) when the webhook may have been created. A create
    ///   is not retried then; with [`reconcile`](crate::Request::reconcile) it finds out.
    pub fn create(&self, webhook: NewWebhook) -> Request<Create> {
        Request::new(self.client.clone(), Create { webhook, reconcile: None })
    }

    /// Makes Port have a webhook: creates it, changes the fields that differ, or leaves it alone, and says which. For a
    /// program that runs again and again.
    ///
    /// Fields that `webhook` does not set stay as they are; [`diff`](crate::diff) says what counts as a difference. A
    /// lost response does no harm: a create [finds out](crate::Request::reconcile) whether it was applied, and a change
    /// can be repeated. The time limit of the call covers all its requests.
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use port_webhooks::{Client, Ensured, EventType, NewWebhook};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// # let hooks = port.webhooks();
    /// let audit = NewWebhook::subscription("audit", "https://audit.example.com").events([EventType::RunCreated]);
    ///
    /// assert!(matches!(hooks.ensure(audit.clone()).await?, Ensured::Created(_)));
    /// assert!(matches!(hooks.ensure(audit.clone()).await?, Ensured::Unchanged(_)));
    /// assert!(matches!(hooks.ensure(audit.title("Audit")).await?, Ensured::Changed(_)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`Configuration`](crate::ErrorKind::Configuration) when `webhook` has no identifier, or has `metadata`, which
    ///   cannot be read.
    /// - Those of [`get`](Self::get), [`create`](Self::create), [`update`](Self::update) and [`replace`](Self::replace),
    ///   which are the requests that it sends.
    pub fn ensure(&self, webhook: NewWebhook) -> Request<Ensure> {
        Request::new(self.client.clone(), Ensure { webhook })
    }

    /// Sets or clears fields of a webhook (`update_webhook` in Port's documentation).
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use port_webhooks::{Client, WebhookPatch};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # fake.seed(serde_json::json!({
    /// #     "identifier": "entity-created", "url": "https://a.example", "events": ["entity.created"],
    /// # }))?;
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// # let hooks = port.webhooks();
    /// let patch = WebhookPatch::new().url("https://b.example").enabled(false);
    /// let webhook = hooks.update("entity-created", patch).await?;
    /// assert_eq!(webhook.enabled, Some(false));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound) when there is no such webhook.
    /// - [`Validation`](crate::ErrorKind::Validation) when Port rejects a field.
    /// - [`Conflict`](crate::ErrorKind::Conflict) when the new identifier is taken.
    /// - [`PayloadTooLarge`](crate::ErrorKind::PayloadTooLarge) when the request is larger than 1 MiB.
    /// - Any kind with [`Outcome::Unknown`](crate::Outcome::Unknown) when it may have been applied. It was retried
    ///   already, unless it renames the webhook.
    pub fn update(&self, identifier: impl Into<String>, patch: WebhookPatch) -> Request<Update> {
        Request::new(self.client.clone(), Update { identifier: identifier.into(), patch })
    }

    /// Replaces a webhook as a whole: a field that is not set is removed.
    /// [`Webhook::into_replacement`](crate::Webhook::into_replacement) makes a replacement of a webhook that was read.
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use port_webhooks::Client;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # fake.seed(serde_json::json!({
    /// #     "identifier": "entity-created", "url": "https://a.example", "events": ["entity.created"],
    /// # }))?;
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// # let hooks = port.webhooks();
    /// let whole = hooks.get("entity-created").await?.into_replacement().title("Entity created");
    /// let webhook = hooks.replace("entity-created", whole).await?;
    /// assert_eq!(webhook.title.as_deref(), Some("Entity created"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn replace(&self, identifier: impl Into<String>, webhook: WebhookReplacement) -> Request<Replace> {
        Request::new(self.client.clone(), Replace { identifier: identifier.into(), webhook })
    }

    /// Deletes a webhook (`delete_webhook` in Port's documentation).
    ///
    /// Returns `false` when Port answers `"ok": false` and no earlier attempt of this call may have deleted it.
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use port_webhooks::Client;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # fake.seed(serde_json::json!({
    /// #     "identifier": "entity-created", "url": "https://a.example", "events": ["entity.created"],
    /// # }))?;
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// # let hooks = port.webhooks();
    /// assert!(hooks.delete("entity-created").await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such webhook. After an attempt that may have deleted
    /// it, a 404 is a success.
    pub fn delete(&self, identifier: impl Into<String>) -> Request<Delete> {
        Request::new(self.client.clone(), Delete { identifier: identifier.into() })
    }
}
