//! Makes Port have a webhook: creates it, changes it or leaves it alone.

use std::future::IntoFuture;

use port_webhooks_api::{NewWebhook, Webhook};

use crate::Result;
use crate::engine::CallOptions;
use crate::error::{Error, ErrorKind, Failure, Outcome};
use crate::plan::{Action, Step, WantedWebhook};
use crate::request::{CallFuture, Request};
use crate::webhooks::Webhooks;

/// How many times the webhook is read and written when other programs change it meanwhile.
const ROUNDS: usize = 3;

/// A webhook that Port is to have.
#[derive(Clone, Debug)]
pub struct Ensure {
    webhook: NewWebhook,
}

/// What [`Webhooks::ensure`](crate::Webhooks::ensure) did, and the webhook that Port has now.
///
/// ```no_run
/// use port_webhooks::types::Ensured;
/// use port_webhooks::{Client, EventType, NewWebhook};
///
/// # async fn example(port: Client) -> Result<(), port_webhooks::Error> {
/// let audit = NewWebhook::subscription("audit", "https://audit.example.com").events([EventType::RunCreated]);
/// match port.webhooks().ensure(audit).await? {
///     Ensured::Created(webhook) => println!("created {}", webhook.identifier),
///     Ensured::Changed(webhook) => println!("changed {}", webhook.identifier),
///     _ => println!("unchanged"),
/// }
/// # Ok(())
/// # }
/// ```
#[doc(alias = "upsert")]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ensured {
    /// There was no such webhook.
    Created(Webhook),
    /// At least one field differed.
    Changed(Webhook),
    /// The webhook was as it should be. Nothing was sent but the request that read it.
    Unchanged(Webhook),
}

impl Ensured {
    /// The webhook that Port has now.
    pub fn webhook(&self) -> &Webhook {
        match self {
            Self::Created(webhook) | Self::Changed(webhook) | Self::Unchanged(webhook) => webhook,
        }
    }

    /// The webhook that Port has now.
    pub fn into_webhook(self) -> Webhook {
        match self {
            Self::Created(webhook) | Self::Changed(webhook) | Self::Unchanged(webhook) => webhook,
        }
    }
}

impl Webhooks {
    /// Makes Port have a webhook: creates it, changes the fields that differ, or leaves it alone, and says which. For a
    /// program that runs again and again.
    ///
    /// Fields that `webhook` does not set stay as they are; [`diff`](crate::plan::diff) says what counts as a difference. A
    /// lost response does no harm: a create [finds out](crate::Request::reconcile) whether it was applied, and a change
    /// can be repeated. The time limit of the call covers all its requests.
    ///
    /// ```
    #[doc = include_str!("example.txt")]
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
    #[doc(alias("upsert", "create_or_update"))]
    pub fn ensure(&self, webhook: NewWebhook) -> Request<Ensured, Ensure> {
        Request::new(&self.engine, Ensure { webhook })
    }
}

impl IntoFuture for Request<Ensured, Ensure> {
    type Output = Result<Ensured>;
    type IntoFuture = CallFuture<Ensured>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { ensure(&Webhooks::new(self.engine), self.call.webhook, &self.options).await })
    }
}

async fn ensure(webhooks: &Webhooks, webhook: NewWebhook, options: &CallOptions) -> Result<Ensured> {
    let Some(identifier) = webhook.identifier.clone() else {
        let what = "cannot ensure a webhook without an identifier: set one";
        return Err(Error::without_call(Failure::configuration(what)));
    };
    let wanted = WantedWebhook::from(webhook);
    let deadline = webhooks.engine.deadline(options);
    let step = || CallOptions { deadline: Some(deadline.left()), ..options.clone() };
    let get = || webhooks.get(&identifier).with(step());
    let mut rounds = ROUNDS;
    loop {
        rounds -= 1;
        let current = match get().await {
            Ok(webhook) => Some(webhook),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let planned = Step::new(&identifier, &wanted, current.as_ref());
        let sent = match (planned.action, current) {
            (Action::Nothing, Some(webhook)) => return Ok(Ensured::Unchanged(webhook)),
            (Action::Create(new), _) => {
                webhooks.create(*new).reconcile(true).with(step()).await.map(Ensured::Created)
            }
            (Action::Replace(whole), _) => {
                changed(webhooks.replace(&identifier, *whole).with(step()).await, get()).await
            }
            (Action::Update(patch), _) => {
                changed(webhooks.update(&identifier, *patch).with(step()).await, get()).await
            }
            (Action::Delete | Action::Nothing, _) => continue,
        };
        match sent {
            // Somebody else created it, changed it or deleted it since it was read.
            Err(error) if rounds > 0 && matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound) => {
            }
            sent => return sent,
        }
    }
}

/// The webhook after a change. It is read when only the response of the change was lost.
async fn changed(sent: Result<Webhook>, get: Request<Webhook>) -> Result<Ensured> {
    match sent {
        Err(error) if error.outcome() == Outcome::Applied => {
            Ok(Ensured::Changed(get.await.map_err(|_| error)?))
        }
        sent => sent.map(Ensured::Changed),
    }
}
