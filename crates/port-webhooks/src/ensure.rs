//! Makes Port have a webhook: creates it, changes it or leaves it alone.

use port_webhooks_api::{NewWebhook, Webhook};

use crate::Result;
use crate::call;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Failure, Outcome};
use crate::operations::{Create, Get, Replace, Update};
use crate::plan::{Action, Step, WantedWebhook};
use crate::reconcile;
use crate::request::{CallFuture, Operation, sealed};

/// How often somebody else may create or delete the webhook between reading and writing it.
const ROUNDS: usize = 3;

/// Makes Port have a webhook.
#[derive(Clone, Debug)]
pub struct Ensure {
    pub(crate) webhook: NewWebhook,
}

/// What [`Webhooks::ensure`](crate::Webhooks::ensure) did, and the webhook that Port has now.
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

impl sealed::Sealed for Ensure {}

impl Operation for Ensure {
    type Output = Ensured;

    fn call(self, client: Client, options: sealed::Options) -> CallFuture<Ensured> {
        Box::pin(async move { ensure(&client, self.webhook, &options).await })
    }
}

async fn ensure(client: &Client, webhook: NewWebhook, options: &sealed::Options) -> Result<Ensured> {
    let Some(identifier) = webhook.identifier.clone() else {
        let what = "cannot ensure a webhook without an identifier: set one";
        return Err(Error::without_call(Failure::configuration(what)));
    };
    let wanted = WantedWebhook::from(webhook);
    let deadline = client.transport.deadline(options.timeout);
    let step = || sealed::Options { timeout: Some(deadline.left()), ..options.clone() };
    let get = Get { identifier: identifier.clone() };
    let mut rounds = ROUNDS;
    loop {
        rounds -= 1;
        let current = match call::run(client, &get, &step()).await {
            Ok(webhook) => Some(webhook),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let planned = Step::new(&identifier, &wanted, current.as_ref());
        let sent = match (planned.into_action(), current) {
            (Action::Nothing, Some(webhook)) => return Ok(Ensured::Unchanged(webhook)),
            (Action::Create(new), _) => {
                let create = Create { webhook: *new, reconcile: Some(true) };
                Box::pin(reconcile::create(client, &create, &step())).await.map(Ensured::Created)
            }
            (action, _) => {
                let identifier = identifier.clone();
                let sent = match action {
                    Action::Replace(whole) => {
                        call::run(client, &Replace { identifier, webhook: *whole }, &step()).await
                    }
                    Action::Update(patch) => {
                        call::run(client, &Update { identifier, patch: *patch }, &step()).await
                    }
                    Action::Create(_) | Action::Delete | Action::Nothing => continue,
                };
                match sent {
                    // Only its response was lost.
                    Err(error) if error.outcome() == Outcome::Applied => {
                        let found = call::run(client, &get, &step()).await;
                        Ok(Ensured::Changed(found.map_err(|_| error)?))
                    }
                    sent => sent.map(Ensured::Changed),
                }
            }
        };
        match sent {
            // Somebody else created it, changed it or deleted it since it was read.
            Err(error) if rounds > 0 && matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound) => {
            }
            sent => return sent,
        }
    }
}
