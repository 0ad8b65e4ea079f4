//! The client: settings and connections, shared by its clones.

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

/// A client of Port. Cheap to clone: clones share connections and the access token.
///
/// Calls are awaited on a Tokio runtime with I/O and time enabled; elsewhere they panic.
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

/// What every exchange is made with.
pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: Arc<Url>,
    pub(crate) attempt_timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) body_limit: usize,
    pub(crate) retry: Retry,
    pub(crate) budget: Budget,
    pub(crate) reconcile_creates: bool,
    /// Whether the server makes something of page numbers, as far as was seen.
    pub(crate) server_pages: AtomicBool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
}

impl Transport {
    /// An exchange that may take as long as one attempt may.
    pub(crate) fn attempt(&self) -> Attempt {
        Attempt::new(self.body_limit).timeout(self.attempt_timeout)
    }

    /// The name of the server, for spans.
    pub(crate) fn host(&self) -> &str {
        self.base_url.host_str().unwrap_or_default()
    }

    /// By when a call that begins now has to end.
    pub(crate) fn deadline(&self, timeout: Option<Duration>) -> Deadline<'_> {
        Deadline::new(&*self.clock, timeout.unwrap_or(self.deadline))
    }

    /// The generated client, for one exchange.
    pub(crate) fn api(&self, attempt: Attempt) -> api::Client {
        api::Client::new(Arc::clone(&self.base_url), self.http.clone(), attempt)
    }
}

impl Client {
    /// A client to be set up.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// A client set up by environment variables, as [`ClientBuilder::from_env`] reads them.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the variable that is missing or wrong.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// The webhooks of the organization.
    pub fn webhooks(&self) -> Webhooks {
        Webhooks::new(self.clone())
    }

    /// The address that requests go to.
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
