//! The settings of a client, and their validation.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use port_webhooks_api::Secret;
use url::Url;

use crate::base_url::{self, PlainHttp, Region};
use crate::client::Client;
use crate::clock::{Clock, SystemClock};
use crate::engine::exchange::{Target, Transport};
use crate::engine::observe::{Observer, Reporter};
use crate::engine::retry::Retry;
use crate::engine::token::{AccessToken, Provider, TokenError, TokenProvider, Tokens, flaw};
use crate::engine::{Engine, MAX_REQUEST_BODY};
use crate::error::Failure;
use crate::headers::Headers;
use crate::{Error, Result, tls};

const USER_AGENT: &str = concat!("port-webhooks-rust/", env!("CARGO_PKG_VERSION"));

/// Configures a [`Client`]. Credentials, a token or a token provider are required; everything else has a default.
///
/// ```
/// # fn example() -> Result<(), port_webhooks::Error> {
/// use std::time::Duration;
/// use port_webhooks::{types::Region, Client};
///
/// let port = Client::builder()
///     .credentials("your-client-id", "your-client-secret")
///     .region(Region::Us)
///     .deadline(Duration::from_secs(20))
///     .user_agent("release-job/2.1")
///     .build()?;
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    pub(crate) auth: Option<Auth>,
    pub(crate) base_url: Option<Setting<String>>,
    region: Region,
    pub(crate) plain_http: PlainHttp,
    connect_timeout: Duration,
    attempt_timeout: Duration,
    deadline: Duration,
    max_response_body: usize,
    retry: Retry,
    user_agent: String,
    headers: Headers,
    reconcile_creates: bool,
    clock: Arc<dyn Clock>,
    observer: Option<Arc<dyn Observer>>,
    http: Option<reqwest::ClientBuilder>,
    #[cfg(feature = "blocking")]
    pub(crate) worker: Option<Arc<crate::engine::worker::Worker>>,
}

/// A setting, and its name in errors: that of a builder's method, or of an environment variable.
pub(crate) struct Setting<T> {
    name: &'static str,
    value: T,
}

/// How the client authenticates.
pub(crate) enum Auth {
    Credentials { id: Setting<String>, secret: Setting<Secret> },
    Token(Setting<Secret>),
    Provider(Provider),
}

impl<T> Setting<T> {
    pub(crate) fn new(name: &'static str, value: impl Into<T>) -> Self {
        Self { name, value: value.into() }
    }

    fn invalid(&self, why: impl fmt::Display) -> Failure {
        Failure::configuration(format!("{}: {why}", self.name))
    }
}

impl Auth {
    fn tokens(self, transport: &Arc<Transport>) -> Result<Tokens, Failure> {
        match self {
            Self::Credentials { id, secret } => {
                flaw(&id.value).map_or(Ok(()), |flaw| Err(id.invalid(flaw)))?;
                flaw(secret.value.expose()).map_or(Ok(()), |flaw| Err(secret.invalid(flaw)))?;
                Ok(Tokens::of_credentials(&id.value, &secret.value, Arc::clone(transport)))
            }
            Self::Token(token) => Tokens::fixed(token.value.clone()).map_err(|why| token.invalid(why)),
            Self::Provider(provider) => Ok(Tokens::of_provider(provider, Arc::clone(transport))),
        }
    }
}

impl Client {
    /// A builder with the default settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }
}

impl ClientBuilder {
    /// A builder with the default settings.
    pub fn new() -> Self {
        Self {
            auth: None,
            base_url: None,
            region: Region::default(),
            plain_http: PlainHttp { is_allowed: false, setting: "`allow_plain_http(true)`" },
            connect_timeout: Duration::from_secs(5),
            attempt_timeout: Duration::from_secs(15),
            deadline: Duration::from_secs(60),
            max_response_body: 10 * 1024 * 1024,
            retry: Retry::default(),
            user_agent: USER_AGENT.to_owned(),
            headers: Headers::default(),
            reconcile_creates: false,
            clock: Arc::new(SystemClock),
            observer: None,
            http: None,
            #[cfg(feature = "blocking")]
            worker: None,
        }
    }

    /// Authenticates with a client id and a client secret. An access token is fetched when it is first needed, and
    /// renewed before it expires.
    pub fn credentials(mut self, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.auth = Some(Auth::Credentials {
            id: Setting::new("client id", id),
            secret: Setting::new("client secret", secret),
        });
        self
    }

    /// Authenticates with an access token that you have, without `Bearer `. It cannot be renewed: once Port rejects
    /// it, calls fail with [`Authentication`](crate::ErrorKind::Authentication).
    pub fn access_token(mut self, token: impl Into<Secret>) -> Self {
        self.auth = Some(Auth::Token(Setting::new("access token", token)));
        self
    }

    /// Authenticates with access tokens from a [`TokenProvider`].
    pub fn token_provider(self, provider: impl TokenProvider) -> Self {
        let provider = Arc::new(provider);
        self.token_provider_fn(move || {
            let provider = Arc::clone(&provider);
            async move { provider.token().await }
        })
    }

    /// Authenticates with access tokens from a function, as from a [`TokenProvider`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use port_webhooks::{types::{AccessToken, TokenError}, Client};
    ///
    /// async fn read_vault(path: &str) -> std::io::Result<String> {
    ///     # Ok(format!("the token at {path}"))
    ///     # /*
    ///     …
    ///     # */
    /// }
    ///
    /// let port = Client::builder()
    ///     .token_provider_fn(|| async {
    ///         let token = read_vault("port/token").await.map_err(TokenError::unavailable)?;
    ///         Ok(AccessToken::new(token).lives_for(Duration::from_secs(3600)))
    ///     })
    ///     .build()?;
    /// # Ok::<(), port_webhooks::Error>(())
    /// ```
    pub fn token_provider_fn<T>(mut self, provider: impl Fn() -> T + Send + Sync + 'static) -> Self
    where
        T: Future<Output = Result<AccessToken, TokenError>> + Send + 'static,
    {
        self.auth = Some(Auth::Provider(Box::new(move || Box::pin(provider()))));
        self
    }

    /// Sets the region in which the organization is hosted. Default: Europe.
    pub fn region(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// Sets the base URL, in place of that of a [`region`](Self::region): a proxy, or a fake Port in a test. It is an
    /// absolute https URL without credentials, query and fragment, or plain http on a loopback address. A trailing
    /// `/v1` is removed.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(Setting::new("base URL", base_url));
        self
    }

    /// Allows a base URL with plain http outside loopback addresses. Anyone on the network path can then read the
    /// credentials. Default: `false`. The variable `PORT_ALLOW_PLAIN_HTTP` sets it in [`from_env`](Self::from_env).
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.plain_http.is_allowed = allow;
        self
    }

    /// Limits the time to connect. Default: 5 s. [`build`](Self::build) rejects zero.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Limits the time of one attempt, from connecting to the end of the response body. Default: 15 s.
    /// [`build`](Self::build) rejects zero.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Limits the time of one call, including the token request, all attempts and the waits between them. Default:
    /// 60 s. [`build`](Self::build) rejects zero.
    #[doc(alias = "timeout")]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the retry policy. It also holds for token requests, which [`Request::retry`](crate::Request::retry) does
    /// not change. Default: [`Retry::new`].
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Makes every create find out whether it was applied when its response is lost, as
    /// [`Request::reconcile`](crate::Request::reconcile) does for one. Default: `false`.
    pub fn reconcile_creates(mut self, reconcile: bool) -> Self {
        self.reconcile_creates = reconcile;
        self
    }

    /// Limits the size of a response body, in bytes. Default: 10 MiB. [`build`](Self::build) rejects zero.
    pub fn max_response_body(mut self, bytes: usize) -> Self {
        self.max_response_body = bytes;
        self
    }

    /// Sets the `User-Agent` header. Default: `port-webhooks-rust/<version>`.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Adds a header to every request, token requests included, as some proxies need. When it is repeated, all are sent.
    /// A call can replace it ([`Request::header`](crate::Request::header)).
    ///
    /// The value counts as a secret. [`build`](Self::build) rejects what `Request::header` rejects.
    pub fn header(mut self, name: impl AsRef<str>, value: impl Into<Secret>) -> Self {
        self.headers.add(name.as_ref(), &value.into());
        self
    }

    /// Sets the clock, for tests. Default: [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets an observer that is called for each attempt and each wait, for metrics. Default: none.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Sets the HTTP client to build on: proxies, root certificates, a resolver, default headers.
    ///
    /// Default headers go with every request, token requests included. [`build`](Self::build) overrides these
    /// settings: HTTP/1.1 only; no redirects, no retries, no `Referer`, no decompression, no connection logging; the
    /// connect timeout; the user agent; and no proxy when the base URL is plain http. A request timeout stays, beside
    /// [`attempt_timeout`](Self::attempt_timeout).
    pub fn http(mut self, http: reqwest::ClientBuilder) -> Self {
        self.http = Some(http);
        self
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the setting that is missing or invalid.
    pub fn build(self) -> Result<Client> {
        self.try_build().map_err(Error::without_call)
    }

    fn try_build(mut self) -> Result<Client, Failure> {
        let auth = self.auth.take().ok_or_else(|| {
            Failure::configuration(
                "credentials: set a client id and secret, an access token, or a token provider",
            )
        })?;
        let base_url = self.base_url.take();
        let base_url = base_url.unwrap_or_else(|| Setting::new("region", self.region.base_url()));
        let base_url =
            base_url::parse(&base_url.value, self.plain_http).map_err(|why| base_url.invalid(why))?;
        let reconcile_creates = self.reconcile_creates;
        let transport = Arc::new(self.transport(base_url, None, MAX_REQUEST_BODY)?);
        let engine = Engine::new(auth.tokens(&transport)?, transport, reconcile_creates);
        Ok(Client { engine: Arc::new(engine), reporters: Arc::default() })
    }

    /// What all attempts share, for requests below a base URL or to one target.
    fn transport(
        self,
        base_url: Url,
        target: Option<Target>,
        max_request_body: usize,
    ) -> Result<Transport, Failure> {
        if self.http.is_none() {
            tls::check(&base_url)?;
        }
        self.check_limits()?;
        self.headers.check()?;
        let user_agent = HeaderValue::from_str(&self.user_agent).map_err(|_| {
            Failure::configuration("user agent: contains characters that a header cannot hold")
        })?;
        let mut http = self
            .http
            .unwrap_or_default()
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            // It would log the token.
            .connection_verbose(false)
            .connect_timeout(self.connect_timeout)
            .user_agent(user_agent);
        if base_url.scheme() == "http" {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| {
            Failure::configuration("the HTTP client cannot be built").caused_by(error.without_url())
        })?;
        Ok(Transport {
            http,
            base_url,
            target,
            max_request_body,
            headers: self.headers,
            attempt_timeout: self.attempt_timeout,
            deadline: self.deadline,
            body_limit: self.max_response_body,
            retry: self.retry,
            reporter: Reporter { clock: Arc::clone(&self.clock), observer: self.observer },
            clock: self.clock,
            #[cfg(feature = "blocking")]
            worker: self.worker,
            #[cfg(feature = "ingest")]
            connection: crate::engine::exchange::Connection {
                plain_http: self.plain_http,
                connect_timeout: self.connect_timeout,
                user_agent: self.user_agent,
            },
        })
    }

    /// A builder with the settings of a client, except for its credentials, headers and HTTP client.
    #[cfg(feature = "ingest")]
    pub(crate) fn without_secrets_of(transport: &Transport) -> Self {
        let connection = &transport.connection;
        Self {
            plain_http: connection.plain_http,
            connect_timeout: connection.connect_timeout,
            user_agent: connection.user_agent.clone(),
            attempt_timeout: transport.attempt_timeout,
            deadline: transport.deadline,
            max_response_body: transport.body_limit,
            retry: transport.retry.clone(),
            clock: Arc::clone(&transport.clock),
            observer: transport.reporter.observer.clone(),
            #[cfg(feature = "blocking")]
            worker: transport.worker.clone(),
            ..Self::new()
        }
    }

    /// An engine that sends every request to one URL, without a token and the headers of the builder.
    #[cfg(feature = "ingest")]
    pub(crate) fn engine_to(
        mut self,
        url: &str,
        secrets: impl FnOnce(&Url) -> Vec<String>,
        max_request_body: usize,
    ) -> Result<Engine, Failure> {
        let invalid = |why: &str| Failure::configuration(format!("url: {why}"));
        let url = base_url::parse_any(url, self.plain_http).map_err(|why| invalid(&why))?;
        if url.path().trim_matches('/').is_empty() {
            return Err(invalid(
                "has no path: a data source's ends in its key, as https://ingest.port.io/KEY",
            ));
        }
        self.headers = Headers::default();
        let mut base_url = url.clone();
        base_url.set_path("");
        base_url.set_query(None);
        base_url.set_fragment(None);
        let secrets = secrets(&url);
        let transport = self.transport(base_url, Some(Target { url, secrets }), max_request_body)?;
        Ok(Engine::new(Tokens::None, Arc::new(transport), false))
    }

    /// Rejects limits of zero, with which no call could succeed.
    fn check_limits(&self) -> Result<(), Failure> {
        let limits = [
            ("connect timeout", self.connect_timeout.is_zero()),
            ("attempt timeout", self.attempt_timeout.is_zero()),
            ("deadline", self.deadline.is_zero()),
            ("maximum response body", self.max_response_body == 0),
        ];
        match limits.into_iter().find(|(_, is_zero)| *is_zero) {
            Some((name, _)) => Err(Failure::configuration(format!("{name}: must be more than zero"))),
            None => Ok(()),
        }
    }
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientBuilder")
            .field("region", &self.region)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
