//! Creates a webhook, and finds out whether a create was applied whose response was lost, by reading the webhook.

use std::future::IntoFuture;

use port_webhooks_api::{Call, NewWebhook, Webhook, identifier_flaw, operations};
use tracing::{Instrument as _, field};

use crate::Result;
use crate::engine::observe;
use crate::engine::{CallOptions, Engine};
use crate::error::{self, CallInfo, Error, ErrorKind, Failure, Outcome};
use crate::plan::{Change, diff};
use crate::request::{CallFuture, Request};
use crate::webhooks::Webhooks;

/// A webhook to create.
#[derive(Clone, Debug)]
pub struct Create {
    webhook: NewWebhook,
    /// None: as the client's setting says.
    reconcile: Option<bool>,
}

impl Webhooks {
    /// Creates a webhook (`create_webhook` in Port's documentation).
    ///
    /// ```
    #[doc = include_str!("example.txt")]
    /// let webhook = hooks
    ///     .create(
    ///         NewWebhook::subscription("entity-updated", "https://api.example.com/webhooks/port")
    ///             .events([EventType::EntityUpdated])
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
    pub fn create(&self, webhook: NewWebhook) -> Request<Webhook, Create> {
        Request::new(&self.engine, Create { webhook, reconcile: None })
    }
}

impl Request<Webhook, Create> {
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
    #[doc = include_str!("example.txt")]
    /// // Port creates the webhook, and the connection breaks before the response.
    /// fake.inject(Fault::dropped().on([Route::Create]).applied());
    /// let new = NewWebhook::subscription("audit", "https://audit.example.com").events([EventType::RunCreated]);
    /// let webhook = hooks.create(new).reconcile(true).await?;
    /// assert_eq!(webhook.identifier, "audit");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("idempotency", "idempotent"))]
    pub fn reconcile(mut self, reconcile: bool) -> Self {
        self.call.reconcile = Some(reconcile);
        self
    }
}

impl Create {
    fn call(&self) -> Call<Webhook> {
        // Port might create it, and then it could be neither read nor deleted.
        let flaw = self.webhook.identifier.as_deref().and_then(identifier_flaw);
        operations::create_webhook(&self.webhook).reject(flaw).returning()
    }
}

impl IntoFuture for Request<Webhook, Create> {
    type Output = Result<Webhook>;
    type IntoFuture = CallFuture<Webhook>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { engine, call: create, options, .. } = self;
            let call = create.call();
            if create.reconcile.unwrap_or(engine.reconcile_creates) {
                // Boxed, since it is rare and large.
                Box::pin(reconcile(Webhooks::new(engine), &create, &call, &options)).await
            } else {
                engine.send(&call, &options).await
            }
        })
    }
}

/// Creates a webhook. When the outcome is unknown, reads it, and creates it once more if there is none.
async fn reconcile(
    webhooks: Webhooks,
    create: &Create,
    call: &Call<Webhook>,
    options: &CallOptions,
) -> Result<Webhook> {
    let span = tracing::info_span!(
        "port_webhooks.reconcile",
        otel.status_code = field::Empty,
        port.operation = call.operation,
        port.webhook = create.webhook.identifier.as_deref().map(error::shorten),
        error.r#type = field::Empty,
        port.trace_id = field::Empty,
    );
    let result = steps(&webhooks, create, call, options).instrument(span.clone()).await;
    result.inspect_err(|error| observe::record_error(&span, error))
}

async fn steps(
    webhooks: &Webhooks,
    create: &Create,
    call: &Call<Webhook>,
    options: &CallOptions,
) -> Result<Webhook> {
    let engine: &Engine = &webhooks.engine;
    let deadline = engine.deadline(options);
    let step = || CallOptions { deadline: Some(deadline.left()), ..options.clone() };
    let error = match engine.send(call, &step()).await {
        Ok(webhook) => return Ok(webhook),
        Err(error) => error,
    };
    let Some(identifier) = &create.webhook.identifier else { return Err(error) };
    if !matches!(error.outcome(), Outcome::Unknown | Outcome::Applied) {
        return Err(error);
    }
    let look_up =
        async |error: Error| compare(create, call, webhooks.get(identifier).with(step()).await, error);
    let error = match look_up(error).await {
        // If it was applied, somebody has deleted it since, and it is not created again.
        Lookup::Absent(error) if error.outcome() == Outcome::Unknown => error,
        Lookup::Absent(error) | Lookup::Unclear(error) | Lookup::Different(error) => return Err(error),
        Lookup::Same(webhook) => return Ok(*webhook),
    };
    // A retry like any other, so it takes from the budget.
    if !engine.budget.spend() {
        return Err(error);
    }
    let attempts = error.attempts();
    let error = match engine.send(call, &step()).await {
        Ok(webhook) => return Ok(webhook),
        Err(error) => error.after(attempts),
    };
    // The first request may have arrived after the lookup, whatever the second one returned.
    match look_up(error).await {
        Lookup::Same(webhook) => Ok(*webhook),
        Lookup::Absent(error) | Lookup::Different(error) => Err(error),
        Lookup::Unclear(error) => Err(error.in_doubt()),
    }
}

/// What reading the webhook says of a create that failed.
enum Lookup {
    Same(Box<Webhook>),
    Different(Error),
    Absent(Error),
    Unclear(Error),
}

fn compare(create: &Create, call: &Call<Webhook>, found: Result<Webhook>, error: Error) -> Lookup {
    match found {
        Ok(webhook) => {
            // The server chooses the fields that the create does not set.
            let changes = diff(&create.webhook.clone().into(), &webhook);
            let mut different: Vec<_> = changes.iter().map(Change::field).collect();
            different.dedup();
            if different.is_empty() {
                return Lookup::Same(Box::new(webhook));
            }
            // Either it was created and then changed, or it existed before.
            let what = format!(
                "the response was lost, and the webhook that exists now differs in {}",
                different.join(", ")
            );
            let failure = Failure::new(ErrorKind::Conflict, Outcome::Unknown, what);
            let attempts = error.attempts();
            Lookup::Different(Error::of_call(failure.caused_by(error), CallInfo::new(call), attempts))
        }
        Err(missing) if missing.kind() == ErrorKind::NotFound => Lookup::Absent(error),
        Err(_) => Lookup::Unclear(error),
    }
}
