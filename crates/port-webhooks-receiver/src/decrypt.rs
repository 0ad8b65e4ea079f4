//! Encrypted inputs of actions.

use std::fmt;

use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{AesGcm, aes::Aes256};
use data_encoding::BASE64;
use port_webhooks_api::Secret;

use crate::config::{self, ConfigError, ConfigErrorKind};

/// In bytes, of AES-256.
const KEY: usize = 32;
/// In bytes, at the beginning of an encrypted value.
const IV: usize = 16;
/// In bytes, at its end.
const TAG: usize = 16;

/// Decrypts the inputs of an action that Port encrypts with the client secret of the organization. Feature `decrypt`.
///
/// In an [`Invocation`](crate::Live::Invocation), `payload.censoredProperties` names them. Inputs that Port encrypts
/// with a public key of your own have another form, and cannot be decrypted with this.
///
/// ```
/// use port_webhooks_receiver::InputDecryptor;
///
/// let decryptor = InputDecryptor::new("a-client-secret-of-forty-characters-0123")?;
/// let password = decryptor.decrypt("AAECAwQFBgcICQoLDA0OD1dVpyo5KtmJ1L/6UK3cSUnO6FfV/2fl")?;
/// assert_eq!(password.expose(), "hunter2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias("aes", "encrypted inputs"))]
#[derive(Clone)]
pub struct InputDecryptor(AesGcm<Aes256, U16>);

impl InputDecryptor {
    /// By the client secret, of which the first 32 bytes are the key.
    ///
    /// # Errors
    /// When the secret has less than 32 bytes, or begins or ends with white space or an invisible character.
    pub fn new(client_secret: impl Into<Secret>) -> Result<Self, ConfigError> {
        let secret = client_secret.into();
        config::check_secrets(std::slice::from_ref(&secret))?;
        let key = secret.expose().as_bytes().get(..KEY).and_then(|key| AesGcm::new_from_slice(key).ok());
        key.map(Self).ok_or_else(|| {
            let what =
                format!("the client secret is too short to decrypt with: it has less than {KEY} bytes");
            ConfigError::new(ConfigErrorKind::ShortSecret, what)
        })
    }

    /// Decrypts a value: base64 of 16 bytes IV, the ciphertext, and 16 bytes tag, by AES-256-GCM. An input that is an
    /// object is decrypted to its JSON.
    ///
    /// # Errors
    /// When the value is not base64, too short, encrypted with another secret, changed, or not text.
    pub fn decrypt(&self, value: &str) -> Result<Secret, DecryptError> {
        let bytes = BASE64.decode(value.as_bytes()).map_err(|_| DecryptError(DecryptErrorKind::NotBase64))?;
        let (iv, ciphertext) = bytes
            .split_first_chunk::<IV>()
            .filter(|(_, ciphertext)| ciphertext.len() >= TAG)
            .ok_or(DecryptError(DecryptErrorKind::TooShort))?;
        let text = self
            .0
            .decrypt(iv.into(), ciphertext)
            .map_err(|_| DecryptError(DecryptErrorKind::WrongSecretOrChanged))?;
        String::from_utf8(text).map(Secret::from).map_err(|_| DecryptError(DecryptErrorKind::NotText))
    }
}

/// The key is not shown.
impl fmt::Debug for InputDecryptor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InputDecryptor([redacted])")
    }
}

/// Why a value cannot be decrypted. It contains nothing of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecryptError(DecryptErrorKind);

/// What is wrong with an encrypted value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecryptErrorKind {
    /// It is not base64.
    NotBase64,
    /// It has less than 32 bytes.
    TooShort,
    /// It is encrypted with another secret, or was changed.
    WrongSecretOrChanged,
    /// It is decrypted, but not UTF-8.
    NotText,
}

impl DecryptError {
    /// What is wrong.
    pub fn kind(&self) -> DecryptErrorKind {
        self.0
    }
}

impl fmt::Display for DecryptError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("cannot decrypt the input: ")?;
        formatter.write_str(match self.0 {
            DecryptErrorKind::NotBase64 => "it is not base64; is it encrypted?",
            DecryptErrorKind::TooShort => "it is too short; is it encrypted?",
            DecryptErrorKind::WrongSecretOrChanged => {
                "it was encrypted with another secret, or changed; use the client secret of the organization"
            }
            DecryptErrorKind::NotText => "it is not text",
        })
    }
}

impl std::error::Error for DecryptError {}
