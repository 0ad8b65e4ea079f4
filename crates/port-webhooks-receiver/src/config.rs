//! Wrong settings are found when a verifier, a signer or a store is built.

use std::fmt;

use http::{HeaderName, HeaderValue};
use port_webhooks_api::{Secret, is_invisible};

/// Why a verifier, a signer or a store cannot be built. It contains no part of a secret.
///
/// ```
/// use port_webhooks_receiver::{ConfigErrorKind, Verifier};
///
/// let error = Verifier::body("read-from-a-file\n").build().unwrap_err();
/// assert_eq!(error.kind(), ConfigErrorKind::SecretWhitespace);
/// ```
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
    /// A secret begins or ends with white space, such as the newline at the end of a file, or with an invisible
    /// character, such as a byte order mark.
    SecretWhitespace,
    /// The name of a header is not valid, or two headers have the same name.
    HeaderName,
    /// The value of a header cannot begin with this prefix.
    Prefix,
    /// A secret of [`Scheme::Plain`](crate::Scheme::Plain) cannot be the value of a header, or is longer than 4,096
    /// bytes.
    PlainSecret,
    /// A secret is too short to decrypt with.
    ShortSecret,
    /// The address of Redis is not valid, or needs TLS and no TLS feature of the crate `redis` is enabled.
    RedisAddress,
}

impl ConfigErrorKind {
    /// A stable name for logs, such as `ConfigEmptySecret`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmptySecret => "ConfigEmptySecret",
            Self::SecretWhitespace => "ConfigSecretWhitespace",
            Self::HeaderName => "ConfigHeaderName",
            Self::Prefix => "ConfigPrefix",
            Self::PlainSecret => "ConfigPlainSecret",
            Self::ShortSecret => "ConfigShortSecret",
            Self::RedisAddress => "ConfigRedisAddress",
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

/// An error names the place of the secret, counted from 1, where there are several.
pub(crate) fn check_secrets(secrets: &[Secret]) -> Result<(), ConfigError> {
    for (at, secret) in secrets.iter().enumerate() {
        let secret = secret.expose();
        let which = if secrets.len() == 1 { "the secret".to_owned() } else { format!("secret {}", at + 1) };
        if secret.is_empty() {
            return Err(ConfigError::new(ConfigErrorKind::EmptySecret, format!("{which} is empty")));
        }
        let mut ends = secret.chars().next().into_iter().chain(secret.chars().next_back());
        if let Some(end) = ends.find(|end| end.is_whitespace() || is_invisible(*end)) {
            let found = match end {
                '\u{feff}' => "a byte order mark",
                end if end.is_whitespace() => "white space",
                _ => "an invisible character, such as a zero-width space",
            };
            let what = format!("{which} begins or ends with {found}");
            return Err(ConfigError::new(ConfigErrorKind::SecretWhitespace, what));
        }
    }
    Ok(())
}

pub(crate) fn header_name(name: &str) -> Result<HeaderName, ConfigError> {
    // The error does not repeat the name: the name and the secret are neighboring arguments, and easily swapped.
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        ConfigError::new(
            ConfigErrorKind::HeaderName,
            "the name of a header contains characters that are not allowed",
        )
    })
}

/// The value of a header that holds the secret itself, unless it is longer than a verifier reads.
pub(crate) fn plain_value(prefix: &str, secret: &Secret) -> Result<HeaderValue, ConfigError> {
    let secret = secret.expose();
    let what = match HeaderValue::from_bytes(format!("{prefix}{secret}").as_bytes()) {
        Ok(value) if secret.len() <= MOST_BYTES => return Ok(value),
        Ok(_) => format!("a secret of the plain scheme may have at most {MOST_BYTES} bytes"),
        Err(_) => "the secret cannot be the value of a header".to_owned(),
    };
    Err(ConfigError::new(ConfigErrorKind::PlainSecret, what))
}

/// The most bytes of a header that a verifier reads.
pub(crate) const MOST_BYTES: usize = 4096;

/// A verifier would trim white space at the beginning of a prefix.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), ConfigError> {
    if prefix.starts_with([' ', '\t']) || HeaderValue::from_str(prefix).is_err() {
        let what = format!("the value of a header cannot begin with the prefix {prefix:?}");
        return Err(ConfigError::new(ConfigErrorKind::Prefix, what));
    }
    Ok(())
}
