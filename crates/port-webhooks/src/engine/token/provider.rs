//! Tokens from a source of the caller's.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use port_webhooks_api::Secret;

/// Supplies access tokens from another source than Port's token route: a vault, a sidecar, another process.
///
/// It is called when a token is first needed, before one expires, and after Port rejects one, so it should return a
/// fresh token each time. All clones of a client share the token; however many calls wait, the provider is called once.
/// It has to return within the [`attempt_timeout`](crate::ClientBuilder::attempt_timeout), and is retried after
/// [`TokenError::unavailable`] as the client's [`retry`](crate::ClientBuilder::retry) policy says.
///
/// A closure is one with [`token_provider_fn`](crate::ClientBuilder::token_provider_fn).
///
/// ```
/// use std::time::Duration;
/// use port_webhooks::{types::{AccessToken, TokenError, TokenProvider}, Client};
///
/// struct TokenFile(std::path::PathBuf);
///
/// impl TokenProvider for TokenFile {
///     async fn token(&self) -> Result<AccessToken, TokenError> {
///         let text = std::fs::read_to_string(&self.0).map_err(TokenError::unavailable)?;
///         Ok(AccessToken::new(text.trim()).lives_for(Duration::from_secs(3600)))
///     }
/// }
///
/// let port = Client::builder().token_provider(TokenFile("/run/secrets/port-token".into())).build()?;
/// # Ok::<(), port_webhooks::Error>(())
/// ```
#[doc(alias("authentication", "oauth", "vault"))]
pub trait TokenProvider: Send + Sync + 'static {
    /// Returns a fresh token.
    ///
    /// # Errors
    /// A [`TokenError`], which is in the source chain of the error of every call that waits for the token.
    fn token(&self) -> impl Future<Output = Result<AccessToken, TokenError>> + Send;
}

impl<P: TokenProvider> TokenProvider for Arc<P> {
    fn token(&self) -> impl Future<Output = Result<AccessToken, TokenError>> + Send {
        (**self).token()
    }
}

/// A [`TokenProvider`] of any type, as a function.
pub(crate) type Provider = Box<dyn Fn() -> ProviderFuture + Send + Sync>;
pub(crate) type ProviderFuture = Pin<Box<dyn Future<Output = Result<AccessToken, TokenError>> + Send>>;

/// An access token and its lifetime. `Debug` hides the token.
///
/// ```
/// use std::time::Duration;
/// use port_webhooks::types::AccessToken;
///
/// let token = AccessToken::new("eyJhbGciOi").lives_for(Duration::from_secs(3600));
/// assert!(!format!("{token:?}").contains("eyJ"), "`Debug` hides the token");
/// ```
#[doc(alias("bearer", "jwt"))]
#[derive(Clone, Debug)]
pub struct AccessToken {
    pub(super) text: Secret,
    pub(super) lifetime: Option<Duration>,
}

impl AccessToken {
    /// A token, without `Bearer `, with a lifetime of a minute unless [`lives_for`](Self::lives_for) sets another.
    pub fn new(token: impl Into<Secret>) -> Self {
        Self { text: token.into(), lifetime: None }
    }

    /// Sets the lifetime, counted from the call of the provider. The token is renewed a tenth of it before it expires,
    /// and at most five minutes before. More than a day counts as a day, and zero as a minute.
    #[must_use]
    pub fn lives_for(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

/// Why a [`TokenProvider`] has no token. Its source is shown with the error of a call, so it must not contain a secret.
///
/// ```
/// use port_webhooks::types::{AccessToken, TokenError};
///
/// fn token() -> Result<AccessToken, TokenError> {
///     let text = std::fs::read_to_string("/run/secrets/missing").map_err(TokenError::unavailable)?;
///     if text.is_empty() { Err(TokenError::refused("the file is empty")) } else { Ok(AccessToken::new(text)) }
/// }
/// assert_eq!(token().unwrap_err().to_string(), "the token provider is unavailable");
/// ```
#[derive(Debug)]
pub struct TokenError {
    pub(super) may_be_temporary: bool,
    source: Box<dyn StdError + Send + Sync>,
}

impl TokenError {
    /// The provider refuses a token, and would refuse again. Calls fail with
    /// [`Authentication`](crate::ErrorKind::Authentication), without asking it again for 10 s.
    pub fn refused(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { may_be_temporary: false, source: source.into() }
    }

    /// The provider has no token now. It is retried, and if that does not help, calls fail with
    /// [`Server`](crate::ErrorKind::Server), as they do when Port's token route is down.
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { may_be_temporary: true, source: source.into() }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.may_be_temporary {
            "the token provider is unavailable"
        } else {
            "the token provider refused"
        })
    }
}

impl StdError for TokenError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}
