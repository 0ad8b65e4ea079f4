//! Settings that are wrong are found when a verifier or a signer is built.

use std::fmt;

use http::{HeaderName, HeaderValue};
use port_webhooks_api::Secret;

/// Why a verifier or a signer cannot be built. It repeats nothing of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    kind: ConfigErrorKind,
    what: String,
}

/// Which setting is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// A secret is empty: anybody could sign with it.
    EmptySecret,
    /// A secret begins or ends with white space, as one does that was read from a file with its line's end.
    SecretWhitespace,
    /// This cannot be the name of a header, or one name is given to two headers.
    HeaderName,
    /// No header's value can begin like this.
    Prefix,
    /// A secret that is to be sent as it is cannot be the value of a header, or is longer than 4,096 bytes.
    PlainSecret,
}

impl ConfigErrorKind {
    /// A name for logs that stays the same, such as `ConfigEmptySecret`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmptySecret => "ConfigEmptySecret",
            Self::SecretWhitespace => "ConfigSecretWhitespace",
            Self::HeaderName => "ConfigHeaderName",
            Self::Prefix => "ConfigPrefix",
            Self::PlainSecret => "ConfigPlainSecret",
        }
    }
}

impl fmt::Display for ConfigErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl ConfigError {
    pub(crate) fn new(kind: ConfigErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into() }
    }

    /// Which setting is wrong.
    pub fn kind(&self) -> ConfigErrorKind {
        self.kind
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)
    }
}

impl std::error::Error for ConfigError {}

/// Which of several secrets is meant is told by its place, counted from 1.
pub(crate) fn check_secrets(secrets: &[Secret]) -> Result<(), ConfigError> {
    for (at, secret) in secrets.iter().enumerate() {
        let secret = secret.expose();
        let which = if secrets.len() == 1 { "the secret".to_owned() } else { format!("secret {}", at + 1) };
        if secret.is_empty() {
            return Err(ConfigError::new(ConfigErrorKind::EmptySecret, format!("{which} is empty")));
        }
        if secret.starts_with(char::is_whitespace) || secret.ends_with(char::is_whitespace) {
            let what = format!("{which} begins or ends with white space");
            return Err(ConfigError::new(ConfigErrorKind::SecretWhitespace, what));
        }
    }
    Ok(())
}

pub(crate) fn header_name(name: &str) -> Result<HeaderName, ConfigError> {
    // It is not repeated: two texts stand side by side in a call, and the other one is the secret.
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        ConfigError::new(
            ConfigErrorKind::HeaderName,
            "the name of a header has characters that none can have",
        )
    })
}

/// The value of a header that holds a secret as it is, if a verifier looks at one so long.
pub(crate) fn plain_value(prefix: &str, secret: &Secret) -> Result<HeaderValue, ConfigError> {
    let secret = secret.expose();
    let what = match HeaderValue::from_bytes(format!("{prefix}{secret}").as_bytes()) {
        Ok(value) if secret.len() <= MOST_BYTES => return Ok(value),
        Ok(_) => format!("a secret that is sent as it is has at most {MOST_BYTES} bytes"),
        Err(_) => "the secret cannot be the value of a header".to_owned(),
    };
    Err(ConfigError::new(ConfigErrorKind::PlainSecret, what))
}

/// The most bytes of a header that are looked at.
pub(crate) const MOST_BYTES: usize = 4096;

/// White space at its beginning would be taken for that around the value.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), ConfigError> {
    if prefix.starts_with([' ', '\t']) || HeaderValue::from_str(prefix).is_err() {
        let what = format!("no header's value can begin with {prefix:?}");
        return Err(ConfigError::new(ConfigErrorKind::Prefix, what));
    }
    Ok(())
}
