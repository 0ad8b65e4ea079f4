//! Access tokens: their sources, and the one that all clones of a client share.

mod cache;
mod credentials;
mod provider;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderValue;
use port_webhooks_api::Secret;

use crate::Error;
use crate::client::Transport;
use cache::Cache;

pub(crate) use credentials::Credentials;
pub use provider::{AccessToken, TokenError, TokenProvider};

/// The lifetime of a token that comes without one.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(60);
/// A longer lifetime counts as this.
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// A token is renewed this long before it expires, or a tenth of its lifetime, whichever is shorter.
const LONGEST_MARGIN: Duration = Duration::from_secs(5 * 60);

/// A token, ready to be sent. A time of `None` never comes.
pub(crate) struct Token {
    bearer: HeaderValue,
    text: Secret,
    pub(crate) renew_at: Option<Instant>,
    pub(crate) expires_at: Option<Instant>,
}

impl Token {
    /// A token that does not expire, or why it can't be sent.
    fn new(text: Secret) -> Result<Self, &'static str> {
        if text.expose().trim().is_empty() {
            return Err("is empty");
        }
        if text.expose().starts_with("Bearer ") {
            return Err("begins with `Bearer `, which is not part of it");
        }
        let bearer = HeaderValue::from_str(&format!("Bearer {}", text.expose()));
        let mut bearer = bearer.map_err(|_| "contains characters that a header can't hold")?;
        bearer.set_sensitive(true);
        Ok(Self { bearer, text, renew_at: None, expires_at: None })
    }

    /// A token whose lifetime starts when it was requested.
    fn expiring(token: AccessToken, requested_at: Instant) -> Result<Self, &'static str> {
        let lifetime = token.lifetime.filter(|lifetime| !lifetime.is_zero());
        let lifetime = lifetime.unwrap_or(DEFAULT_LIFETIME).min(LONGEST_LIFETIME);
        let margin = LONGEST_MARGIN.min(lifetime / 10);
        let renew_at = requested_at.checked_add(lifetime.saturating_sub(margin));
        let expires_at = requested_at.checked_add(lifetime);
        Ok(Self { renew_at, expires_at, ..Self::new(token.text)? })
    }

    pub(crate) fn bearer(&self) -> HeaderValue {
        self.bearer.clone()
    }

    /// The token alone.
    pub(crate) fn secret(&self) -> &str {
        self.text.expose()
    }
}

/// The tokens of a client.
pub(crate) enum Tokens {
    /// A token of the caller's, which can't be renewed.
    Fixed(Arc<Token>),
    /// Tokens that are fetched and renewed.
    Renewed(Arc<Cache>),
}

/// Where tokens are fetched.
pub(crate) enum Source {
    /// Port's token route.
    Credentials(Credentials),
    /// A provider of the caller's.
    Provider(Arc<dyn TokenProvider>),
}

impl Tokens {
    pub(crate) fn fixed(text: Secret) -> Result<Self, &'static str> {
        Token::new(text).map(|token| Self::Fixed(Arc::new(token)))
    }

    pub(crate) fn renewed(source: Source, transport: Arc<Transport>) -> Self {
        Self::Renewed(Arc::new(Cache::new(source, transport)))
    }

    /// A token that has not expired, and that no response has rejected.
    pub(crate) async fn get(&self) -> Result<Arc<Token>, Error> {
        match self {
            Self::Fixed(token) => Ok(Arc::clone(token)),
            Self::Renewed(cache) => cache.get().await,
        }
    }

    /// Notes that the server rejected a token. Returns whether there can be a new one.
    pub(crate) fn reject(&self, token: &Arc<Token>) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Renewed(cache) => {
                cache.reject(token);
                true
            }
        }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Fixed(_) => "fixed token",
            Self::Renewed(cache) => match cache.source() {
                Source::Credentials(_) => "client credentials",
                Source::Provider(_) => "token provider",
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use super::*;
    use crate::Client;
    use crate::clock::{Clock, Still};

    #[test]
    fn any_lifetime_is_bounded() {
        let table = [
            (None, 60.0),
            (Some(0.0), 60.0),
            (Some(-1.0), 60.0),
            (Some(f64::NAN), 60.0),
            (Some(1e-20), 60.0),
            (Some(0.5), 0.5),
            (Some(10_800.0), 10_800.0),
            (Some(1e308), 86_400.0),
            (Some(f64::INFINITY), 86_400.0),
        ];
        for (said, seconds) in table {
            let token = AccessToken { text: "t".into(), lifetime: credentials::lifetime(said) };
            let token = Token::expiring(token, Still.now()).unwrap();
            let lifetime = token.expires_at.unwrap() - Still.now();
            assert_eq!(lifetime, Duration::from_secs_f64(seconds), "{said:?}");
            let margin = Duration::from_secs(300).min(lifetime / 10);
            assert_eq!(token.renew_at.unwrap() + margin, token.expires_at.unwrap(), "{said:?}");
        }
    }

    #[test]
    fn debug_shows_the_source_of_tokens_and_no_token() {
        struct Never;
        impl TokenProvider for Never {
            fn token(&self) -> Pin<Box<dyn Future<Output = Result<AccessToken, TokenError>> + Send + '_>> {
                Box::pin(std::future::pending())
            }
        }
        for (builder, shown) in [
            (Client::builder().access_token("hidden"), "fixed token"),
            (Client::builder().credentials("id", "hidden"), "client credentials"),
            (Client::builder().token_provider(Never), "token provider"),
        ] {
            let text = format!("{:?}", builder.build().unwrap());
            assert!(text.contains(shown) && !text.contains("hidden"), "{text}");
        }
    }
}
