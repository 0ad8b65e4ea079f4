//! The webhook of a session of `listen`.

use port_webhooks::{EventType, NewWebhook, Outcome, types::Secret};

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::session::Session;
use crate::signals::Interrupt;
use crate::terminal::note;

/// A webhook that is removed at the end. Its identifier is random, so that it is not one that exists.
pub(crate) struct Registration<'a> {
    port: &'a Session,
    pub(crate) identifier: String,
}

impl<'a> Registration<'a> {
    /// Creates the webhook. If that fails and the webhook may exist nevertheless, it is removed.
    pub(crate) async fn create(
        port: &'a Session,
        interrupt: &Interrupt,
        url: &str,
        events: &[String],
        secret: &Secret,
    ) -> Result<Self> {
        let registration = Self { port, identifier: format!("listen-{}", random()?) };
        let new = NewWebhook::subscription(&registration.identifier, url)
            .title("port-webhooks listen")
            .secret(secret);
        let new = match events {
            [] => new.events(EventType::KNOWN),
            events => new.events(events.iter().map(String::as_str)),
        };
        let request = port.ask(port.hooks.create(new).reconcile(true));
        let doing = format!("create {}", registration.identifier);
        let failure = match interrupt.finish(&doing, request.into_future()).await {
            Ok(Ok(_)) => return Ok(registration),
            Ok(Err(error)) if matches!(error.outcome(), Outcome::NotSent | Outcome::NotApplied) => {
                return Err(error.into());
            }
            Ok(Err(error)) => error.into(),
            Err(given_up) => given_up,
        };
        // The failure is that of the create; the failed removal is a note.
        if let Err(left) = registration.remove(interrupt).await {
            note(left.text(false));
        }
        Err(failure)
    }

    pub(crate) async fn remove(&self, interrupt: &Interrupt) -> Result<()> {
        let identifier = &self.identifier;
        let deleted = interrupt.finish(&format!("delete {identifier}"), self.port.delete(identifier)).await;
        match deleted.and_then(|deleted| deleted) {
            // Somebody else has deleted it.
            Err(failure) if failure.exit() == Exit::NotFound => {}
            deleted => deleted.map_err(|failure| {
                failure.advice(format!(
                    "it may still exist: `port-webhooks delete {identifier} --yes` deletes it"
                ))
            })?,
        }
        note(format!("deleted webhook {identifier}"));
        Ok(())
    }
}

pub(crate) fn random_secret() -> Result<Secret> {
    let parts = [random()?, random()?, random()?, random()?];
    Ok(Secret::from(parts.concat()))
}

/// 64 random bits in 16 digits.
fn random() -> Result<String> {
    let bits = getrandom::u64();
    let bits = bits.map_err(|error| Failure::new(Exit::Failed, format!("no random numbers: {error}")))?;
    Ok(format!("{bits:016x}"))
}
