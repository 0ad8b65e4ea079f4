//! The client.

use std::fmt;
use std::sync::Arc;

use crate::engine::Engine;
use crate::error::Error;
use crate::webhooks::Webhooks;

/// A client for Port. Cheap to clone: clones share connections, the access token and the retry budget.
///
/// Calls need a Tokio runtime with I/O and time enabled, and panic without one.
///
/// ```no_run
/// # async fn example() -> Result<(), port_webhooks::Error> {
/// use port_webhooks::{Client, Region};
///
/// let port = Client::builder().credentials("your-client-id", "your-client-secret").region(Region::Us).build()?;
/// for webhook in port.webhooks().list().await? {
///     println!("{}", webhook.identifier);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) engine: Arc<Engine>,
}

impl Client {
    /// The webhooks of the organization.
    pub fn webhooks(&self) -> Webhooks {
        Webhooks::new(Arc::clone(&self.engine))
    }

    /// The base URL of all requests, without a trailing `/` or `/v1`.
    pub fn base_url(&self) -> &str {
        self.engine.transport.base_url.as_str().trim_end_matches('/')
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("tokens", &self.engine.tokens)
            .finish_non_exhaustive()
    }
}

const _: () = {
    const fn shared<T: Send + Sync + Clone>() {}
    shared::<Client>();
    shared::<Error>();
};
