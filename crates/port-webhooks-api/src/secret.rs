//! A text that `Debug` hides.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that must not be shown: `Debug` hides it, and there is no `Display`.
///
/// Only [`Secret::expose`] and `Serialize` read it. `Serialize` writes the text itself, since it makes the bodies of
/// requests, and so does that of everything that holds one: to show a webhook as JSON, serialize
/// [`Webhook::redacted`](crate::Webhook::redacted).
///
/// ```
/// use port_webhooks_api::Secret;
///
/// let secret = Secret::from("hunter2");
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert_eq!(secret.expose(), "hunter2");
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

/// Stands for a secret in [`Webhook::redacted`](crate::Webhook::redacted). It does not show the secret's length.
pub(crate) const MASK: &str = "********";

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Whether a character is one of Unicode's invisible format characters, which are unnoticed in a copied text: a
/// zero-width space, a byte order mark, a soft hyphen, a mark of direction. Not the tags of emoji.
#[doc(hidden)]
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
    )
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<&String> for Secret {
    fn from(text: &String) -> Self {
        Self(text.clone())
    }
}

impl From<&Secret> for Secret {
    fn from(secret: &Secret) -> Self {
        secret.clone()
    }
}
