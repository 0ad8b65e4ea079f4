//! Port, as the commands ask it.

use port_webhooks::{ErrorKind, Outcome, Request, Webhooks};

use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::one_line;

/// Port, and the variables that a file may name.
pub(crate) struct Port {
    pub(crate) hooks: Webhooks,
    pub(crate) environment: Environment,
    query: Vec<(String, String)>,
}

impl Port {
    /// With query parameters for each request.
    pub(crate) fn new(hooks: Webhooks, query: Vec<(String, String)>, environment: Environment) -> Self {
        Self { hooks, environment, query }
    }

    /// A request with the query parameters that the user gave.
    pub(crate) fn ask<T, C>(&self, request: Request<T, C>) -> Request<T, C> {
        self.query.iter().fold(request, |request, (name, value)| request.query(name, value))
    }

    /// Deletes a webhook.
    pub(crate) async fn delete(&self, identifier: &str) -> Result<Deleted, Undone> {
        match self.ask(self.hooks.delete(identifier)).await {
            Ok(true) => Ok(Deleted::Now),
            Ok(false) => {
                let what = format!("Port answered that it did not delete {}", one_line(identifier));
                Err(Undone { failure: Failure::new(Exit::Port, what), in_doubt: false })
            }
            // Only its answer was lost.
            Err(error) if error.outcome() == Outcome::Applied => Ok(Deleted::Now),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Deleted::NotFound(error.into())),
            Err(error) => Err(error.into()),
        }
    }
}

/// What became of a webhook that is not wanted any more.
pub(crate) enum Deleted {
    Now,
    /// It was not there. Where that is a mistake, this is what to say.
    NotFound(Failure),
}

/// Why a write was not carried out, or perhaps was.
pub(crate) struct Undone {
    pub(crate) failure: Failure,
    pub(crate) in_doubt: bool,
}

impl From<port_webhooks::Error> for Undone {
    fn from(error: port_webhooks::Error) -> Self {
        Self { in_doubt: error.outcome() == Outcome::Unknown, failure: error.into() }
    }
}
