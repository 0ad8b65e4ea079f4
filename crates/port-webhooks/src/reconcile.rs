//! Finds out whether a create was applied whose response was lost, by reading the webhook.

use port_webhooks_api::{NewWebhook, Webhook};
use tracing::{Instrument as _, field};

use crate::call::{self, Run as _};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Failure, Outcome};
use crate::operations::{Create, Get};
use crate::plan::diff;
use crate::request::sealed::Options;
use crate::{Result, identifier, observe};

/// Creates a webhook. When the outcome is unknown, reads it, and creates it once more if there is none.
pub(crate) async fn create(client: &Client, create: &Create, options: &Options) -> Result<Webhook> {
    let span = tracing::info_span!(
        "port_webhooks.reconcile",
        port.operation = create.about().operation,
        port.webhook = create.about().identifier.map(identifier::shorten),
        error.r#type = field::Empty,
        port.trace_id = field::Empty,
    );
    let result = steps(client, create, options).instrument(span.clone()).await;
    result.inspect_err(|error| observe::error(&span, error))
}

async fn steps(client: &Client, create: &Create, options: &Options) -> Result<Webhook> {
    let deadline = client.transport.deadline(options.timeout);
    let step = || Options { timeout: Some(deadline.left()), ..options.clone() };
    let error = match call::run(client, create, &step()).await {
        Ok(webhook) => return Ok(webhook),
        Err(error) => error,
    };
    let Some(identifier) = &create.webhook.identifier else { return Err(error) };
    if !is_in_doubt(&error) {
        return Err(error);
    }
    let get = Get { identifier: identifier.clone() };
    let look = async |error: Error| look(create, call::run(client, &get, &step()).await, error);
    let error = match look(error).await {
        // If it was applied, somebody has deleted it since, and it is not created again.
        Look::Absent(error) if error.outcome() == Outcome::Unknown => error,
        Look::Absent(error) | Look::Unclear(error) | Look::Different(error) => return Err(error),
        Look::Same(webhook) => return Ok(*webhook),
    };
    // A retry like any other, so it takes from the budget.
    if !client.transport.budget.spend() {
        return Err(error);
    }
    let attempts = error.attempts();
    let error = match call::run(client, create, &step()).await {
        Ok(webhook) => return Ok(webhook),
        Err(error) => error.after(attempts),
    };
    // The first request may have arrived after the look, whatever the second one returned.
    match look(error).await {
        Look::Same(webhook) => Ok(*webhook),
        Look::Absent(error) | Look::Different(error) => Err(error),
        Look::Unclear(error) => Err(error.in_doubt()),
    }
}

fn is_in_doubt(error: &Error) -> bool {
    matches!(error.outcome(), Outcome::Unknown | Outcome::Applied)
}

/// What reading the webhook says of a create that failed.
enum Look {
    Same(Box<Webhook>),
    Different(Error),
    Absent(Error),
    Unclear(Error),
}

fn look(create: &Create, found: Result<Webhook>, error: Error) -> Look {
    match found {
        Ok(webhook) => {
            let different = differences(&create.webhook, &webhook);
            if different.is_empty() {
                return Look::Same(Box::new(webhook));
            }
            // It was created and then changed, or existed before: nothing tells which.
            let what = format!(
                "the response was lost, and the webhook that exists now differs in {}",
                different.join(", ")
            );
            let failure = Failure::new(ErrorKind::Conflict, Outcome::Unknown, what);
            let attempts = error.attempts();
            Look::Different(Error::of_call(failure.caused_by(error), create.about().info(), attempts))
        }
        Err(missing) if missing.kind() == ErrorKind::NotFound => Look::Absent(error),
        Err(_) => Look::Unclear(error),
    }
}

/// The fields of a create in which a webhook differs. The server chooses those that the create does not set.
fn differences(new: &NewWebhook, webhook: &Webhook) -> Vec<String> {
    let mut fields: Vec<_> =
        diff(&new.clone().into(), webhook).iter().map(|change| change.field().to_owned()).collect();
    fields.dedup();
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn fields_that_differ_are_named() {
        let new = NewWebhook::subscription("a", "https://a.example")
            .events(["run.created", "run.updated"])
            .header("X-Key", "k")
            .secret("s");
        let there = json!({
            "identifier": "a", "url": "https://a.example", "events": ["run.created", "run.updated"],
            "headers": { "X-Key": "k" }, "security": { "secret": "s", "signaturePrefix": "sha256=" },
            "enabled": true, "createdAt": "2024-01-15T10:30:00Z",
        });
        let of = |change: &dyn Fn(&mut Value)| {
            let mut there = there.clone();
            change(&mut there);
            differences(&new, &serde_json::from_value(there).unwrap())
        };
        assert_eq!(of(&|_| {}), [""; 0]);
        assert_eq!(of(&|there| there["url"] = json!("https://b.example")), ["url"]);
        assert_eq!(of(&|there| there["events"] = json!(["run.created"])), ["events"]);
        assert_eq!(of(&|there| there["events"] = json!(["run.updated", "run.created"])), [""; 0]);
        assert_eq!(of(&|there| there["security"]["secret"] = json!("t")), ["security"]);
        assert_eq!(of(&|there| there["headers"] = json!({ "X-Key": "l" })), ["headers"]);
        assert_eq!(of(&|there| there["headers"]["Y"] = json!("2")), ["headers"]);
        assert_eq!(of(&|there| there["security"] = Value::Null), ["security"]);
    }
}
