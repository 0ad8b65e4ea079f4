//! Where to run and as whom: the same variables as the client's.

use std::ffi::OsString;

use port_webhooks::ClientBuilder;
use port_webhooks::types::Secret;

/// Hosts whose answers go into the ledger: Port's.
const PORT: [&str; 4] = ["api.port.io", "api.getport.io", "api.us.port.io", "api.us.getport.io"];

/// A server and the credentials for it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server's address.
    pub base_url: String,
    /// Empty when the credentials count.
    pub(crate) token: Secret,
    pub(crate) id: Secret,
    pub(crate) secret: Secret,
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
        let token = Some(text("PORT_ACCESS_TOKEN")).filter(|token| !token.trim().is_empty());
        Ok(Self {
            base_url: client.base_url().to_owned(),
            token: token.unwrap_or_default().into(),
            id: text("PORT_CLIENT_ID").into(),
            secret: text("PORT_CLIENT_SECRET").into(),
        })
    }

    /// Whether this is Port itself. What another server does is no fact about Port.
    pub fn is_port(&self) -> bool {
        PORT.iter().any(|host| self.base_url == format!("https://{host}"))
    }
}
