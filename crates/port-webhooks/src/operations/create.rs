//! Creates a webhook.

use bytes::Bytes;
use http::Method;
use port_webhooks_api::{self as api, Answer, NewWebhook, Reply, Webhook, WebhookEnvelope};

use crate::about::About;
use crate::answer::Reader;
use crate::call::{self, Run};
use crate::client::Client;
use crate::error::Failure;
use crate::identifier;
use crate::operations::{COLLECTION, one_webhook, secrets_of, to_json};
use crate::reconcile;
use crate::request::{CallFuture, Operation, Request, sealed};

/// Creates a webhook (`create_webhook`).
#[derive(Clone, Debug)]
pub struct Create {
    pub(crate) webhook: NewWebhook,
    /// None: as the client's setting says.
    pub(crate) reconcile: Option<bool>,
}

impl Request<Create> {
    /// Finds out whether the webhook was created when the response is lost, by reading the identifier. If there is
    ///
    /// - the webhook that was sent, the call succeeds with it;
    /// - no webhook, the create is sent once more;
    /// - another webhook, the call fails with [`Conflict`](crate::ErrorKind::Conflict), which names the fields that
    ///   differ. Only fields that the create sets are compared.
    ///
    /// When the read fails too, or the create has no identifier, the call fails with the error of the create. The read
    /// has the same query parameters; everything counts towards the time limit of the call. By default the client's
    /// [`reconcile_creates`](crate::ClientBuilder::reconcile_creates) decides.
    ///
    /// ```
    /// # use fake_port::{FakePort, Fault, Route};
    /// # use port_webhooks::{Client, EventType, NewWebhook};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// # let hooks = port.webhooks();
    /// // Port creates the webhook, and the connection breaks before the response.
    /// fake.inject(Fault::dropped().on([Route::Create]).applied());
    /// let new = NewWebhook::subscription("audit", "https://audit.example.com").events([EventType::RunCreated]);
    /// let webhook = hooks.create(new).reconcile(true).await?;
    /// assert_eq!(webhook.identifier, "audit");
    /// # Ok(())
    /// # }
    /// ```
    pub fn reconcile(mut self, reconcile: bool) -> Self {
        self.operation.reconcile = Some(reconcile);
        self
    }
}

impl sealed::Sealed for Create {}

impl Operation for Create {
    type Output = Webhook;

    fn call(self, client: Client, options: sealed::Options) -> CallFuture<Webhook> {
        Box::pin(async move {
            if self.reconcile.unwrap_or(client.transport.reconcile_creates) {
                // Boxed, since it is rare and large.
                Box::pin(reconcile::create(&client, &self, &options)).await
            } else {
                call::run(&client, &self, &options).await
            }
        })
    }
}

impl Run for Create {
    type Body = WebhookEnvelope;
    type Value = Webhook;

    fn about(&self) -> About<'_> {
        About {
            operation: "create_webhook",
            verb: "create webhook",
            method: Method::POST,
            template: COLLECTION,
            identifier: self.webhook.identifier.as_deref(),
            idempotent: false,
        }
    }

    fn secrets(&self) -> Vec<&str> {
        secrets_of(self.webhook.security.as_ref(), self.webhook.headers.as_ref(), &self.webhook.extra)
    }

    fn prepare(&self) -> Result<Option<Bytes>, Failure> {
        // Port might create it, and then it could be neither read nor deleted.
        self.webhook.identifier.as_deref().map_or(Ok(()), identifier::check)?;
        to_json(&self.webhook)
    }

    fn exchange(&self, api: &api::Client) -> impl Future<Output = Result<Reply<Self::Body>, api::Error>> {
        api.create_webhook(&self.webhook)
    }

    fn finish(&self, body: Self::Body, answer: &Answer, reader: &Reader<'_>) -> Result<Webhook, Failure> {
        one_webhook(body, answer, reader)
    }
}
