//! The client, and the settings and connections that its clones share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use port_webhooks_api::{self as api, Attempt};
use url::Url;

use crate::budget::Budget;
use crate::builder::ClientBuilder;
use crate::clock::{Clock, Deadline};
use crate::observe::Observer;
use crate::retry::Retry;
use crate::token::Tokens;
use crate::webhooks::Webhooks;
use crate::{Error, Result};

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
    pub(crate) transport: Arc<Transport>,
    pub(crate) tokens: Arc<Tokens>,
}

/// What all exchanges share.
pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: Arc<Url>,
    pub(crate) attempt_timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) body_limit: usize,
    pub(crate) retry: Retry,
    pub(crate) budget: Budget,
    pub(crate) reconcile_creates: bool,
    /// Whether the server has been seen to honor page numbers.
    pub(crate) server_pages: AtomicBool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
}

impl Transport {
    /// An attempt with the client's limits.
    pub(crate) fn attempt(&self) -> Attempt {
        Attempt::new(self.body_limit).timeout(self.attempt_timeout)
    }

    /// The name of the server, for spans.
    pub(crate) fn host(&self) -> &str {
        self.base_url.host_str().unwrap_or_default()
    }

    /// The deadline of a call that starts now.
    pub(crate) fn deadline(&self, timeout: Option<Duration>) -> Deadline<'_> {
        Deadline::new(&*self.clock, timeout.unwrap_or(self.deadline))
    }

    /// The generated client, for one exchange.
    pub(crate) fn api(&self, attempt: Attempt) -> api::Client {
        api::Client::new(Arc::clone(&self.base_url), self.http.clone(), attempt)
    }
}

impl Client {
    /// A builder with the default settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// A client with the settings that [`ClientBuilder::from_env`] reads from environment variables.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the variable that is missing or invalid.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// The webhooks of the organization.
    pub fn webhooks(&self) -> Webhooks {
        Webhooks::new(self.clone())
    }

    /// The base URL of all requests, without a trailing `/` or `/v1`.
    pub fn base_url(&self) -> &str {
        self.transport.base_url.as_str().trim_end_matches('/')
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}

const _: () = {
    const fn shared<T: Send + Sync + Clone>() {}
    shared::<Client>();
    shared::<Error>();
};
