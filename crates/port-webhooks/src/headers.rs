//! Headers that a program adds to requests.

use http::{HeaderMap, HeaderName, HeaderValue};
use port_webhooks_api::Secret;

use crate::error::Failure;

/// Headers that a program adds to requests. Their values count as secrets, so `Debug` does not show them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers {
    values: HeaderMap,
    /// Why one of them cannot be sent.
    flaw: Option<String>,
}

impl Headers {
    /// Adds a header. [`check`](Self::check) fails afterwards if it cannot be sent.
    pub(crate) fn add(&mut self, name: &str, value: &Secret) {
        if let Err(flaw) = self.try_add(name, value) {
            self.flaw.get_or_insert(flaw);
        }
    }

    fn try_add(&mut self, name: &str, value: &Secret) -> Result<(), String> {
        let Ok(parsed) = HeaderName::from_bytes(name.as_bytes()) else {
            // Whoever confuses the arguments gives a secret as the name.
            return Err(
                "header: a name is empty, or contains a character that is not allowed in it".to_owned()
            );
        };
        if let Some(why) = reserved(&parsed) {
            return Err(format!("header `{parsed}`: {why}"));
        }
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| {
            format!("header `{parsed}`: its value contains a line break or another control character")
        })?;
        value.set_sensitive(true);
        let added = self.values.try_append(&parsed, value);
        added.map(|_| ()).map_err(|_| format!("header `{parsed}`: there are too many headers"))
    }

    /// Fails when one of the headers cannot be sent.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.flaw.as_ref().map_or(Ok(()), |flaw| Err(Failure::configuration(flaw)))
    }

    /// Puts the headers in a request. They replace others of the same name.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        if !self.values.is_empty() {
            headers.extend(self.values.clone());
        }
    }

    /// Sets headers, in place of others of the same name.
    #[cfg(feature = "ingest")]
    pub(crate) fn set(&mut self, headers: HeaderMap) {
        self.values.extend(headers);
    }

    /// The values, which a server may repeat in a message.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = String> {
        self.values.values().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }
}

/// Why a program cannot set a header, if it cannot: another value would break the request, or send a token astray.
pub(crate) fn reserved(name: &HeaderName) -> Option<&'static str> {
    match name.as_str() {
        "authorization" => Some("it is for the access token, which the client obtains with its credentials"),
        "host" => Some("it follows from the URL"),
        "content-length" | "content-type" => Some("it follows from the body, which is always JSON"),
        "accept-encoding" => Some("the client reads only responses without content encoding"),
        "proxy-authorization" => {
            Some("Port would receive it; credentials for a proxy belong in the proxy's URL")
        }
        "connection" | "expect" | "keep-alive" | "proxy-connection" | "te" | "trailer"
        | "transfer-encoding" | "upgrade" => {
            Some("it concerns the connection, which the HTTP client manages")
        }
        _ => None,
    }
}
