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

/// Whether Unicode has no visible form for a character, so that it is unnoticed in a copied text: a zero-width space, a
/// byte order mark, a soft hyphen, a mark of direction.
#[doc(hidden)]
pub fn is_invisible(character: char) -> bool {
    matches!(
        u32::from(character),
        0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
            | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
            | 0x1_BCA0..=0x1_BCA3 | 0x1_D173..=0x1_D17A | 0xE_0000..=0xE_0FFF
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
