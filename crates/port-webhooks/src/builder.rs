//! Sets a client up, and finds what is wrong with its settings.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use port_webhooks_api::Secret;
use url::{Host, Url};

use crate::budget::Budget;
use crate::client::{Client, Transport};
use crate::clock::{Clock, SystemClock};
use crate::error::Failure;
use crate::region::Region;
use crate::retry::Retry;
use crate::token::Tokens;
use crate::{Error, Result};

const CLIENT_ID: &str = "PORT_CLIENT_ID";
const CLIENT_SECRET: &str = "PORT_CLIENT_SECRET";
const ACCESS_TOKEN: &str = "PORT_ACCESS_TOKEN";
const BASE_URL: &str = "PORT_BASE_URL";
const REGION: &str = "PORT_REGION";

const USER_AGENT: &str = concat!("port-webhooks-rust/", env!("CARGO_PKG_VERSION"));

/// Sets a client up: credentials or a token are needed, everything else has a default.
///
/// ```
/// # fn example() -> Result<(), port_webhooks::Error> {
/// use std::time::Duration;
/// use port_webhooks::{Client, Region};
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
    credentials: Option<Credentials>,
    base_url: Option<Setting<String>>,
    region: Region,
    allow_plain_http: bool,
    connect_timeout: Duration,
    attempt_timeout: Duration,
    deadline: Duration,
    max_response_body: usize,
    retry: Retry,
    user_agent: String,
    clock: Arc<dyn Clock>,
    http: Option<reqwest::ClientBuilder>,
}

/// A setting, and what the caller knows it by: its own name, or that of a variable.
struct Setting<T> {
    name: &'static str,
    value: T,
}

enum Credentials {
    Client { id: Setting<String>, secret: Setting<Secret> },
    Token(Setting<Secret>),
}

impl<T> Setting<T> {
    fn new(name: &'static str, value: impl Into<T>) -> Self {
        Self { name, value: value.into() }
    }

    fn wrong(&self, why: impl fmt::Display) -> Failure {
        Failure::configuration(format!("{}: {why}", self.name))
    }
}

impl ClientBuilder {
    /// Nothing set yet.
    pub fn new() -> Self {
        Self {
            credentials: None,
            base_url: None,
            region: Region::default(),
            allow_plain_http: false,
            connect_timeout: Duration::from_secs(5),
            attempt_timeout: Duration::from_secs(15),
            deadline: Duration::from_secs(60),
            max_response_body: 10 * 1024 * 1024,
            retry: Retry::default(),
            user_agent: USER_AGENT.to_owned(),
            clock: Arc::new(SystemClock),
            http: None,
        }
    }

    /// Reads the settings that Port's other SDKs read from the environment, too:
    ///
    /// - `PORT_CLIENT_ID` and `PORT_CLIENT_SECRET`, or `PORT_ACCESS_TOKEN`, a ready token, which
    ///   goes first and can't be renewed;
    /// - `PORT_BASE_URL`, or `PORT_REGION`, which is `eu` (the default) or `us`.
    ///
    /// A variable that is empty is taken for one that is not set.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the variable that is missing or wrong.
    pub fn from_env() -> Result<Self> {
        Self::from_variables(|name| env::var_os(name))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        Self::try_from_variables(variable).map_err(Error::of_setup)
    }

    fn try_from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Failure> {
        // CI sets a variable to nothing when the secret behind it is not there.
        let read = |name: &'static str| match variable(name).map(OsString::into_string) {
            Some(Err(_)) => Err(Failure::configuration(format!("{name}: is not UTF-8"))),
            Some(Ok(text)) if !text.trim().is_empty() => Ok(Some(text)),
            Some(Ok(_)) | None => Ok(None),
        };
        let needed = |name: &'static str| {
            let missing =
                || format!("{name} is not set: set {CLIENT_ID} and {CLIENT_SECRET}, or {ACCESS_TOKEN}");
            read(name)?.ok_or_else(|| Failure::configuration(missing()))
        };
        let mut builder = Self::new();
        builder.credentials = Some(match read(ACCESS_TOKEN)? {
            Some(token) => Credentials::Token(Setting::new(ACCESS_TOKEN, token)),
            None => Credentials::Client {
                id: Setting::new(CLIENT_ID, needed(CLIENT_ID)?),
                secret: Setting::new(CLIENT_SECRET, needed(CLIENT_SECRET)?),
            },
        });
        if let Some(name) = read(REGION)? {
            let unknown = || Failure::configuration(format!("{REGION}: is {name:?}; it can be eu or us"));
            builder = builder.region(Region::from_name(&name).ok_or_else(unknown)?);
        }
        builder.base_url = read(BASE_URL)?.map(|base_url| Setting::new(BASE_URL, base_url));
        Ok(builder)
    }

    /// Authenticates with a client id and a client secret. A token is fetched when it is first
    /// needed, and renewed before it ends.
    pub fn credentials(mut self, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.credentials = Some(Credentials::Client {
            id: Setting::new("client id", id),
            secret: Setting::new("client secret", secret),
        });
        self
    }

    /// Authenticates with a ready access token, which can't be renewed: once Port does not take it
    /// any more, calls fail with [`Authentication`](crate::ErrorKind::Authentication).
    pub fn access_token(mut self, token: impl Into<Secret>) -> Self {
        self.credentials = Some(Credentials::Token(Setting::new("access token", token)));
        self
    }

    /// Sets where the organization is hosted. Europe by default.
    pub fn region(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// Sets another address than that of a region: a proxy, or a fake Port in a test. An absolute
    /// https URL; plain http is for loopback addresses. A `/v1` at its end is taken off.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(Setting::new("base URL", base_url));
        self
    }

    /// Lets a base URL be plain http although it is not a loopback address. Whoever is on the way
    /// can then read the credentials.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// Limits the time to make a connection. 5 s by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Limits the time of one exchange, its body included. 15 s by default.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Limits the time of one call, the token, waits and further exchanges included. 60 s by default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets whether and when a call that fails is sent again. [`Retry::new`] by default.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Limits the body of an answer, in bytes. 10 MiB by default.
    pub fn max_response_body(mut self, bytes: usize) -> Self {
        self.max_response_body = bytes;
        self
    }

    /// Sets what requests say of who sends them.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Reads time from another clock. For tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the HTTP client that connections are made by: proxies, roots, a resolver.
    ///
    /// Headers set by it go with every request, also with the one for a token. What is set here
    /// afterwards wins: HTTP/1.1, no redirects, no retries of its own, no referer,
    /// no decompression, no logging of what is sent, the timeouts and the user agent, and no proxy for
    /// plain http.
    pub fn http(mut self, http: reqwest::ClientBuilder) -> Self {
        self.http = Some(http);
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the setting that is missing or wrong.
    pub fn build(self) -> Result<Client> {
        self.try_build().map_err(Error::of_setup)
    }

    fn try_build(self) -> Result<Client, Failure> {
        let base_url = self.base_url.unwrap_or_else(|| Setting::new("region", self.region.base_url()));
        let base_url =
            parse_base_url(&base_url.value, self.allow_plain_http).map_err(|why| base_url.wrong(why))?;
        if self.http.is_none() {
            check_tls(&base_url)?;
        }
        let timeouts = [
            ("connect timeout", self.connect_timeout),
            ("attempt timeout", self.attempt_timeout),
            ("deadline", self.deadline),
        ];
        if let Some((name, _)) = timeouts.iter().find(|(_, timeout)| timeout.is_zero()) {
            return Err(Failure::configuration(format!("{name}: must be more than nothing")));
        }
        let user_agent = HeaderValue::from_str(&self.user_agent)
            .map_err(|_| Failure::configuration("user agent: has characters that a header can't hold"))?;
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
            // It would write the token to the log.
            .connection_verbose(false)
            .connect_timeout(self.connect_timeout)
            .user_agent(user_agent);
        if base_url.scheme() == "http" {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| {
            Failure::configuration("the HTTP client could not be set up").caused_by(error.without_url())
        })?;
        let transport = Arc::new(Transport {
            http,
            host: base_url.host_str().unwrap_or_default().to_owned(),
            base_url: base_url.as_str().trim_end_matches('/').to_owned(),
            attempt_timeout: self.attempt_timeout,
            deadline: self.deadline,
            body_limit: self.max_response_body,
            retry: self.retry,
            budget: Budget::default(),
            clock: self.clock,
        });
        let tokens = match self.credentials {
            None => {
                return Err(Failure::configuration(
                    "credentials: set a client id and secret, or an access token",
                ));
            }
            Some(Credentials::Client { id, .. }) if id.value.trim().is_empty() => {
                return Err(id.wrong("is empty"));
            }
            Some(Credentials::Client { secret, .. }) if secret.value.expose().trim().is_empty() => {
                return Err(secret.wrong("is empty"));
            }
            Some(Credentials::Client { id, secret }) => {
                Tokens::renewed(id.value, secret.value, Arc::clone(&transport))
            }
            Some(Credentials::Token(token)) if token.value.expose().trim().is_empty() => {
                return Err(token.wrong("is empty"));
            }
            Some(Credentials::Token(token)) => Tokens::fixed(token.value.clone())
                .map_err(|_| token.wrong("has characters that a header can't hold"))?,
        };
        Ok(Client { transport, tokens: Arc::new(tokens) })
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

/// Whether there is TLS to speak. A caller's own HTTP client may bring what this crate does not.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[allow(clippy::unnecessary_wraps)] // as its twins do, which can fail
fn check_tls(_: &Url) -> Result<(), Failure> {
    Ok(())
}

#[cfg(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "native-tls"))))]
fn check_tls(_: &Url) -> Result<(), Failure> {
    // Without one reqwest panics, for plain http as well.
    if rustls::crypto::CryptoProvider::get_default().is_some() {
        return Ok(());
    }
    Err(Failure::configuration(
        "TLS: with the feature rustls-no-provider, a CryptoProvider of rustls has to be installed first",
    ))
}

#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
fn check_tls(base_url: &Url) -> Result<(), Failure> {
    if base_url.scheme() == "http" {
        return Ok(());
    }
    Err(Failure::configuration(
        "TLS: this build has none; enable the feature rustls, rustls-no-provider or native-tls",
    ))
}

/// The address of an API, or what is wrong with it. The text itself is not repeated: it may hold
/// credentials.
fn parse_base_url(text: &str, allow_plain_http: bool) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| format!("not an absolute URL ({error})"))?;
    match url.scheme() {
        "https" => {}
        "http" if allow_plain_http || is_loopback(&url) => {}
        "http" => {
            return Err(
                "must be https; plain http is for loopback addresses, unless it is allowed".to_owned()
            );
        }
        _ => return Err("must be https".to_owned()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold credentials".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must have neither a query nor a fragment".to_owned());
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/v1").unwrap_or(path).to_owned();
    url.set_path(&path);
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn from(variables: &[(&str, &str)]) -> Result<Client> {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        ClientBuilder::from_variables(find)?.build()
    }

    fn why(result: Result<Client>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        error.to_string()
    }

    const ID: (&str, &str) = (CLIENT_ID, "id");
    const SECRET: (&str, &str) = (CLIENT_SECRET, "hidden");

    #[test]
    fn the_environment_sets_a_client_up() {
        assert_eq!(from(&[ID, SECRET]).unwrap().base_url(), "https://api.port.io");
        assert_eq!(from(&[ID, SECRET, (REGION, "US")]).unwrap().base_url(), "https://api.us.port.io");
        let both = from(&[(ACCESS_TOKEN, "t"), (REGION, "us"), (BASE_URL, "http://127.0.0.1:4010/v1/")]);
        assert_eq!(both.unwrap().base_url(), "http://127.0.0.1:4010");
    }

    #[test]
    fn a_wrong_variable_is_named() {
        assert!(why(from(&[])).starts_with("PORT_CLIENT_ID is not set"));
        assert!(why(from(&[ID])).starts_with("PORT_CLIENT_SECRET is not set"));
        assert!(why(from(&[ID, (CLIENT_SECRET, " ")])).starts_with("PORT_CLIENT_SECRET is not set"));
        assert!(
            from(&[ID, SECRET, (ACCESS_TOKEN, ""), (REGION, "")]).is_ok(),
            "an empty variable is an unset one"
        );
        assert!(why(from(&[(ACCESS_TOKEN, "a\nb")])).starts_with("PORT_ACCESS_TOKEN: has characters"));
        assert!(
            why(from(&[ID, SECRET, (BASE_URL, "http://10.0.0.1")]))
                .starts_with("PORT_BASE_URL: must be https")
        );
        assert_eq!(
            why(from(&[ID, SECRET, (REGION, "mars")])),
            "PORT_REGION: is \"mars\"; it can be eu or us"
        );
        assert!(
            why(from(&[ID, SECRET, (BASE_URL, "port.io")])).starts_with("PORT_BASE_URL: not an absolute URL")
        );
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let builder = || Client::builder().credentials("id", "hidden");
        assert!(why(Client::builder().build()).starts_with("credentials: "));
        assert_eq!(why(Client::builder().credentials("", "hidden").build()), "client id: is empty");
        assert_eq!(why(Client::builder().credentials("id", "").build()), "client secret: is empty");
        assert!(
            why(Client::builder().access_token("a\nb").build()).starts_with("access token: has characters")
        );
        assert!(why(builder().user_agent("a\nb").build()).starts_with("user agent: "));
        assert!(why(builder().deadline(Duration::ZERO).build()).starts_with("deadline: "));
        for wrong in
            ["", "ftp://a", "http://api.port.io", "https://u:hidden@a", "https://a?x=1", "https://a#x"]
        {
            let why = why(builder().base_url(wrong).build());
            assert!(why.starts_with("base URL: ") && !why.contains("hidden"), "{wrong}: {why}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_unless_it_is_allowed() {
        let at = |url: &str, allow| {
            Client::builder().access_token("t").base_url(url).allow_plain_http(allow).build().is_ok()
        };
        for loopback in ["http://localhost:1", "http://127.9.9.9", "http://[::1]:1"] {
            assert!(at(loopback, false), "{loopback}");
        }
        for elsewhere in
            ["http://10.0.0.1", "http://localhost.example", "http://a.localhost", "http://port.internal"]
        {
            assert!(!at(elsewhere, false), "{elsewhere}");
            assert!(at(elsewhere, true), "{elsewhere}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let builder = Client::builder().credentials("id", "hidden-secret").base_url("https://u:hidden@a");
        assert!(!format!("{builder:?}").contains("hidden"));
        assert!(!format!("{:?}", builder.build()).contains("hidden"));
        let port = Client::builder().credentials("id", "hidden-secret").build();
        assert!(!format!("{port:?}").contains("hidden"));
    }
}
