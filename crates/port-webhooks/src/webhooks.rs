//! The webhooks of an organization, and the operations that are one call each.
//!
//! The others are in files of their own: [`list`](crate::list), [`reconcile`](crate::reconcile) (creates) and
//! [`ensure`](crate::ensure).

use std::fmt;
use std::sync::Arc;

use port_webhooks_api::{
    Acknowledgement, Call, MetadataListEnvelope, Webhook, WebhookEnvelope, WebhookMetadata, WebhookPatch,
    WebhookReplacement, identifier_flaw, operations,
};

use crate::engine::Engine;
use crate::engine::response::{Success, Unusable, check_ok};
use crate::error::{ErrorKind, Failure};
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
///
/// ```
#[doc = include_str!("example.txt")]
/// hooks.create(NewWebhook::subscription("audit", "https://a.example").events([EventType::RunCreated])).await?;
/// hooks.update("audit", WebhookPatch::new().enabled(false)).await?;
/// assert_eq!(hooks.get("audit").await?.enabled, Some(false));
/// assert!(hooks.delete("audit").await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Webhooks {
    pub(crate) engine: Arc<Engine>,
}

impl Webhooks {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }

    /// The request for a call of the contract.
    pub(crate) fn request<T: Success>(&self, call: Call<T::Envelope>) -> Request<T> {
        Request::new(&self.engine, call.returning())
    }

    /// Lists identifier, title, icon and last update of every webhook (live contract).
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let metadata = hooks.metadata().await?;
    /// assert_eq!(metadata[0].identifier, "entity-created");
    /// # Ok(())
    /// # }
    /// ```
    pub fn metadata(&self) -> Request<Vec<WebhookMetadata>> {
        self.request(operations::list_webhook_metadata())
    }

    /// Reads one webhook (`get_webhook` in Port's documentation).
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let webhook = hooks.get("entity-created").await?;
    /// assert_eq!(webhook.url.as_deref(), Some("https://a.example"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound) when there is no such webhook.
    /// - [`Configuration`](crate::ErrorKind::Configuration) for the identifier `metadata`, whose path is another route.
    pub fn get(&self, identifier: impl Into<String>) -> Request<Webhook> {
        let identifier = identifier.into();
        let flaw = (identifier == "metadata")
            .then_some("a webhook called `metadata` cannot be read: that path is another route");
        self.request(operations::get_webhook(identifier).reject(flaw))
    }

    /// Sets or clears fields of a webhook (`update_webhook` in Port's documentation).
    ///
    /// ```
    #[doc = include_str!("example.txt")]
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
    #[allow(clippy::needless_pass_by_value)] // so that a call reads like the documentation
    pub fn update(&self, identifier: impl Into<String>, patch: WebhookPatch) -> Request<Webhook> {
        let (identifier, new) = (identifier.into(), patch.identifier.value());
        let flaw = new.and_then(|new| identifier_flaw(new));
        // A retry would not find a webhook that was renamed.
        let renames = new.is_some_and(|new| *new != identifier);
        let call = operations::update_webhook(identifier, &patch).reject(flaw);
        self.request(if renames { call.idempotent(false) } else { call })
    }

    /// Replaces a webhook as a whole: a field that is not set is removed.
    /// [`Webhook::into_replacement`](crate::Webhook::into_replacement) makes a replacement of a webhook that was read.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let whole = hooks.get("entity-created").await?.into_replacement().title("Entity created");
    /// let webhook = hooks.replace("entity-created", whole).await?;
    /// assert_eq!(webhook.title.as_deref(), Some("Entity created"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`update`](Self::update).
    #[allow(clippy::needless_pass_by_value)] // so that a call reads like the documentation
    pub fn replace(&self, identifier: impl Into<String>, webhook: WebhookReplacement) -> Request<Webhook> {
        let (identifier, new) = (identifier.into(), webhook.identifier.as_ref());
        let flaw = new.and_then(|new| identifier_flaw(new));
        // A retry would not find a webhook that was renamed.
        let renames = new.is_some_and(|new| *new != identifier);
        let call = operations::replace_webhook(identifier, &webhook).reject(flaw);
        self.request(if renames { call.idempotent(false) } else { call })
    }

    /// Deletes a webhook (`delete_webhook` in Port's documentation).
    ///
    /// Returns `false` when Port answers `"ok": false` and no earlier attempt of this call may have deleted it.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// assert!(hooks.delete("entity-created").await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such webhook. After an attempt that may have deleted
    /// it, a 404 is a success.
    pub fn delete(&self, identifier: impl Into<String>) -> Request<bool> {
        self.request(operations::delete_webhook(identifier))
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Webhooks").field("tokens", &self.engine.tokens).finish_non_exhaustive()
    }
}

impl Success for Webhook {
    type Envelope = WebhookEnvelope;

    /// The webhook under the key of either contract.
    fn from_envelope(envelope: WebhookEnvelope) -> Result<Self, Unusable> {
        check_ok(envelope.ok)?;
        let webhook = envelope.webhook.or(envelope.integration);
        Ok(*webhook.ok_or(Unusable::Missing("contains no webhook"))?)
    }
}

impl Success for Vec<WebhookMetadata> {
    type Envelope = MetadataListEnvelope;

    fn from_envelope(envelope: MetadataListEnvelope) -> Result<Self, Unusable> {
        check_ok(envelope.ok)?;
        let list = first_list([envelope.webhooks, envelope.integrations, envelope.items]);
        list.ok_or(Unusable::Missing("contains no list of metadata"))
    }
}

/// Whether a webhook was deleted.
impl Success for bool {
    type Envelope = Option<Acknowledgement>;

    fn from_envelope(envelope: Option<Acknowledgement>) -> Result<Self, Unusable> {
        check_ok(envelope.and_then(|envelope| envelope.ok)).map(|()| true)
    }

    fn from_failure(failure: &Failure, in_doubt: bool) -> Option<Self> {
        match failure.kind {
            // An earlier attempt has deleted it.
            ErrorKind::NotFound if in_doubt => Some(true),
            // After an attempt that may have deleted it, the outcome is unknown and the failure remains.
            ErrorKind::NotOk if !in_doubt => Some(false),
            _ => None,
        }
    }
}

/// The list in a response, under any of its keys: the first that is not empty, or else an empty one.
pub(crate) fn first_list<T, const N: usize>(lists: [Option<Vec<T>>; N]) -> Option<Vec<T>> {
    lists.into_iter().flatten().reduce(|list, next| if list.is_empty() { next } else { list })
}
