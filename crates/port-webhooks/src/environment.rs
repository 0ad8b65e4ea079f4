//! Settings from environment variables.

use std::env;
use std::ffi::OsString;

use crate::base_url::Region;
use crate::builder::{Auth, ClientBuilder, Setting};
use crate::client::Client;
use crate::error::Failure;
use crate::{Error, Result};

const CLIENT_ID: &str = "PORT_CLIENT_ID";
const CLIENT_SECRET: &str = "PORT_CLIENT_SECRET";
const ACCESS_TOKEN: &str = "PORT_ACCESS_TOKEN";
const BASE_URL: &str = "PORT_BASE_URL";
const REGION: &str = "PORT_REGION";
const ALLOW_PLAIN_HTTP: &str = "PORT_ALLOW_PLAIN_HTTP";

impl Client {
    /// A client with the settings that [`ClientBuilder::from_env`] reads from environment variables.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the variable that is missing or invalid.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }
}

impl ClientBuilder {
    /// Reads the settings from the environment variables that Port's other SDKs use:
    ///
    /// - `PORT_CLIENT_ID` and `PORT_CLIENT_SECRET`, or `PORT_ACCESS_TOKEN`, which has precedence and cannot be renewed;
    /// - `PORT_BASE_URL`, which has precedence, or `PORT_REGION`: `eu` (the default) or `us`;
    /// - `PORT_ALLOW_PLAIN_HTTP`: `true` or `1` is [`allow_plain_http`](Self::allow_plain_http), as for a fake Port in
    ///   another container; `false` or `0` is the default.
    ///
    /// An empty variable counts as unset.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration), naming the variable that is missing or invalid.
    pub fn from_env() -> Result<Self> {
        Self::from_variables(|name| env::var_os(name))
    }

    /// Reads the settings of [`from_env`](Self::from_env) through a function, for programs with flags or
    /// configuration files of their own.
    ///
    /// ```
    /// use port_webhooks::ClientBuilder;
    ///
    /// // The program's own variables have precedence.
    /// let builder = ClientBuilder::from_variables(|name| {
    ///     std::env::var_os(format!("MY_{name}")).or_else(|| std::env::var_os(name))
    /// });
    /// # let _ = builder;
    /// ```
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        Self::try_from_variables(variable).map_err(Error::without_call)
    }

    fn try_from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Failure> {
        // CI sets a variable to an empty text when its secret is missing.
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
        builder.auth = Some(match read(ACCESS_TOKEN)? {
            Some(token) => Auth::Token(Setting::new(ACCESS_TOKEN, token)),
            None => Auth::Credentials {
                id: Setting::new(CLIENT_ID, needed(CLIENT_ID)?),
                secret: Setting::new(CLIENT_SECRET, needed(CLIENT_SECRET)?),
            },
        });
        if let Some(name) = read(REGION)? {
            let unknown = || Failure::configuration(format!("{REGION}: must be eu or us, not {name:?}"));
            builder = builder.region(Region::from_name(&name).ok_or_else(unknown)?);
        }
        builder.plain_http.setting = "PORT_ALLOW_PLAIN_HTTP=true";
        if let Some(text) = read(ALLOW_PLAIN_HTTP)? {
            builder = builder.allow_plain_http(match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => {
                    let what = format!("{ALLOW_PLAIN_HTTP}: must be true or 1, or false or 0");
                    return Err(Failure::configuration(what));
                }
            });
        }
        builder.base_url = read(BASE_URL)?.map(|base_url| Setting::new(BASE_URL, base_url));
        Ok(builder)
    }
}
