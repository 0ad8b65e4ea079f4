//! Port, as the commands ask it.

use port_webhooks::{Request, Webhooks};

use crate::environment::Environment;

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
    pub(crate) fn ask<O>(&self, request: Request<O>) -> Request<O> {
        self.query.iter().fold(request, |request, (name, value)| request.query(name, value))
    }
}
