//! A small client that sends one request.

use std::borrow::Cow;
use std::error;
use std::fmt::{self, Display};
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::exchange::{self, Response};
use crate::json_error::JsonError;
use crate::secret::Secret;

const TIMEOUT: Duration = Duration::from_secs(30);
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// Sends a [`Call`] once, with a bearer token if the call is authenticated. It fetches no token, retries nothing and
/// follows no redirect.
///
/// ```no_run
/// use port_webhooks_api::{Client, operations::get_webhook};
///
/// # async fn example() -> Result<(), port_webhooks_api::Error> {
/// let port = Client::new("https://api.port.io", "your-access-token");
/// let found = port.send(get_webhook("entity-created-webhook")).await?;
/// println!("{:?}, status {}", found.value.webhook, found.response.status);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    base_url: String,
    token: Secret,
    http: Option<reqwest::Client>,
}

/// The value of a success, with its response.
#[derive(Debug)]
#[non_exhaustive]
pub struct Decoded<T> {
    /// The value.
    pub value: T,
    /// The response.
    pub response: Response,
}

/// Why a call has no value.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The request cannot be built, for this reason. Nothing was sent.
    Request(Cow<'static, str>),
    /// There is no response. If anything was sent, it may have been applied. The error does not show the URL, since a
    /// query may contain secrets.
    NoResponse(reqwest::Error),
    /// There is a response without a value.
    Response(Box<ResponseError>),
}

/// A response without a value.
#[derive(Debug)]
#[non_exhaustive]
pub struct ResponseError {
    /// The response.
    pub response: Response,
    /// Why the body of a success is not the expected JSON. `None` when the status is not a success, or the body could
    /// not be read.
    pub json: Option<JsonError>,
}

impl Client {
    /// A client for a base URL, such as `https://api.port.io`, with an access token without `Bearer `. A call has 30 s,
    /// and a response body at most 10 MiB.
    pub fn new(base_url: impl Into<String>, token: impl Into<Secret>) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT);
        Self { base_url: base_url.into(), token: token.into(), http: http.build().ok() }
    }

    /// Sets the HTTP client, with the time limits and the policy for redirects that it has.
    #[must_use]
    pub fn http(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// Sends a call once.
    ///
    /// # Errors
    /// The request is invalid, no response came, or the response has no value: see [`Error`].
    pub async fn send<T: DeserializeOwned>(&self, call: Call<T>) -> Result<Decoded<T>, Error> {
        let http = self.http.as_ref().ok_or(Error::Request("its HTTP client cannot be built".into()))?;
        let base_url =
            Url::parse(&self.base_url).map_err(|_| Error::Request("its base URL is not a URL".into()))?;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", self.token.expose()));
        let unsendable = |_| Error::Request("its token contains characters that a header cannot hold".into());
        let mut bearer = bearer.map_err(unsendable)?;
        bearer.set_sensitive(true);
        if let Some(why) = call.invalid() {
            return Err(Error::Request(why.to_owned().into()));
        }
        let request = exchange::request(&base_url, &call, Some(bearer)).map_err(Error::Request)?;
        let response = http.execute(request).await.map_err(|error| Error::NoResponse(error.without_url()))?;
        let response = exchange::read(response, BODY_LIMIT).await;
        let json = match &response.body {
            Ok(body) if response.status.is_success() => match exchange::parse(body) {
                Ok(value) => return Ok(Decoded { value, response }),
                Err(error) => Some(error),
            },
            _ => None,
        };
        Err(Error::Response(Box::new(ResponseError { response, json })))
    }
}

impl Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ResponseError { response, json } = match self {
            Self::Request(why) => return write!(formatter, "the request cannot be built: {why}"),
            Self::NoResponse(_) => return formatter.write_str("no response"),
            Self::Response(error) => &**error,
        };
        match (&response.body, json) {
            (_, Some(_)) => write!(formatter, "the response ({}) is not the expected JSON", response.status),
            (Err(error), None) => write!(formatter, "the response ({}) {error}", response.status),
            (Ok(_), None) => write!(formatter, "the response is {}", response.status),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Request(_) => None,
            Self::NoResponse(error) => Some(error),
            Self::Response(error) => match (&error.json, &error.response.body) {
                (Some(error), _) => Some(error),
                (None, Err(error)) => Some(error),
                (None, Ok(_)) => None,
            },
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("token", &self.token).finish_non_exhaustive()
    }
}
