//! Requests of the commands to Port.

use std::time::Duration;

use port_webhooks::{
    Client, Error, ErrorKind, Outcome, Request, Webhook, Webhooks,
    types::{Observer, Waiting},
};

use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::terminal::{note, one_line};

/// The webhooks of Port, and the variables that a file may name.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) hooks: Webhooks,
    pub(crate) environment: Environment,
    /// The query parameters of each request.
    pub(crate) query: Vec<(String, String)>,
}

impl Session {
    /// A request with the query parameters that the user gave.
    pub(crate) fn ask<T, C>(&self, request: Request<T, C>) -> Request<T, C> {
        self.query.iter().fold(request, |request, (name, value)| request.query(name, value))
    }

    pub(crate) async fn get(&self, identifiers: &[impl AsRef<str>]) -> Result<Vec<Webhook>> {
        let mut webhooks = Vec::new();
        for identifier in identifiers {
            webhooks.push(self.ask(self.hooks.get(identifier.as_ref())).await?);
        }
        Ok(webhooks)
    }

    /// Deletes a webhook. A webhook that does not exist is an error.
    pub(crate) async fn delete(&self, identifier: &str) -> Result<()> {
        if written(self.ask(self.hooks.delete(identifier)).await, true)? {
            return Ok(());
        }
        let what = format!("Port answered that it did not delete {}", one_line(identifier));
        Err(Failure::new(Exit::Port, what))
    }
}

/// What a write returned, or `lost` if it was carried out and only the response was lost.
pub(crate) fn written<T>(response: Result<T, Error>, lost: T) -> Result<T> {
    match response {
        Err(error) if error.outcome() == Outcome::Applied => Ok(lost),
        response => Ok(response?),
    }
}

/// Shorter waits are not announced.
const NOTICEABLE: Duration = Duration::from_secs(1);

pub(crate) struct Announcer;

impl Observer for Announcer {
    fn waiting(&self, wait: &Waiting<'_>) {
        if wait.wait < NOTICEABLE {
            return;
        }
        let seconds = wait.wait.as_millis().div_ceil(1000);
        let why =
            if wait.reason == ErrorKind::RateLimited { "Port limits the rate of requests" } else { wait.why };
        note(format!("waiting {seconds} s before the next attempt: {why}"));
    }
}
