//! Tokens from a source of the caller's own.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use port_webhooks_api::Secret;

/// Gets access tokens from somewhere else than Port's own route for credentials: a vault, a side car, another
/// process.
///
/// It is asked when the first call is made, before a token ends, and when Port does not take one any more, so it
/// should answer with a fresh token each time. All clones of a client share what it answers; however many calls
/// wait, it is asked once. It gets as long as one attempt may take, and is asked again after
/// [`TokenError::unavailable`] as [`Retry`](crate::Retry) says.
///
/// ```
/// use std::pin::Pin;
/// use std::time::Duration;
/// use port_webhooks::{AccessToken, Client, TokenError, TokenProvider};
///
/// struct TokenFile(std::path::PathBuf);
///
/// impl TokenProvider for TokenFile {
///     fn token(&self) -> Pin<Box<dyn Future<Output = Result<AccessToken, TokenError>> + Send + '_>> {
///         Box::pin(async {
///             let text = std::fs::read_to_string(&self.0).map_err(TokenError::unavailable)?;
///             Ok(AccessToken::new(text.trim()).lives_for(Duration::from_secs(3600)))
///         })
///     }
/// }
///
/// let port = Client::builder().token_provider(TokenFile("/run/secrets/port-token".into())).build()?;
/// # Ok::<(), port_webhooks::Error>(())
/// ```
pub trait TokenProvider: Send + Sync + 'static {
    /// A fresh token.
    ///
    /// # Errors
    /// A [`TokenError`], which every call that waits for the token gets as its source.
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<AccessToken, TokenError>> + Send + '_>>;
}

/// An access token and how long it lives. `Debug` does not show the token.
#[derive(Clone, Debug)]
pub struct AccessToken {
    pub(super) text: Secret,
    pub(super) life: Option<Duration>,
}

impl AccessToken {
    /// The token alone, without `Bearer `. It is taken to live for a minute, unless [`lives_for`](Self::lives_for) says
    /// how long it does.
    pub fn new(token: impl Into<Secret>) -> Self {
        Self { text: token.into(), life: None }
    }

    /// Sets how long the token lives, from when it was asked for. It is renewed a tenth of that before its end, at most
    /// five minutes before. More than a day counts as a day, and zero as a minute.
    #[must_use]
    pub fn lives_for(mut self, life: Duration) -> Self {
        self.life = Some(life);
        self
    }
}

/// Why a [`TokenProvider`] has no token. What it is made of becomes the source of the error of a call, and is
/// shown to whoever prints that: it must not hold a secret.
#[derive(Debug)]
pub struct TokenError {
    pub(super) may_pass: bool,
    source: Box<dyn StdError + Send + Sync>,
}

impl TokenError {
    /// The source says no, and will say so again: calls fail with
    /// [`Authentication`](crate::ErrorKind::Authentication). That is remembered for 10 seconds.
    pub fn refused(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { may_pass: false, source: source.into() }
    }

    /// The source can't be asked now: it is asked again after a wait, and if that does not help, calls fail with
    /// [`Server`](crate::ErrorKind::Server), as they do when Port's own route for tokens is down.
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { may_pass: true, source: source.into() }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.may_pass {
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
