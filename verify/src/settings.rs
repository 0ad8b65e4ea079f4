//! Where to run and as whom: the same variables as the client's.

use std::ffi::OsString;
use std::fmt;

use port_webhooks::ClientBuilder;

/// Hosts whose answers go into the ledger: Port's.
const PORT: [&str; 4] = ["api.port.io", "api.getport.io", "api.us.port.io", "api.us.getport.io"];

/// A server and the credentials for it.
#[derive(Clone)]
pub struct Settings {
    pub(crate) base_url: String,
    pub(crate) login: Login,
}

#[derive(Clone)]
pub(crate) enum Login {
    Token(String),
    Credentials { id: String, secret: String },
}

impl Settings {
    /// Reads what the client's `from_env` reads, with the same refusals.
    ///
    /// # Errors
    ///
    /// As the client's; it names the variable that is missing or wrong.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> port_webhooks::Result<Self> {
        let client = ClientBuilder::from_variables(&variable)?.build()?;
        let text = |name| variable(name).and_then(|value| value.into_string().ok()).unwrap_or_default();
        let token = text("PORT_ACCESS_TOKEN");
        let login = if token.trim().is_empty() {
            Login::Credentials { id: text("PORT_CLIENT_ID"), secret: text("PORT_CLIENT_SECRET") }
        } else {
            Login::Token(token)
        };
        Ok(Self { base_url: client.base_url().to_owned(), login })
    }

    /// The server's address.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Whether this is Port itself. What another server does is no fact about Port.
    pub fn is_port(&self) -> bool {
        PORT.iter().any(|host| self.base_url == format!("https://{host}"))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}
