//! Keys and MACs.

use hmac::digest::FixedOutput;
use hmac::{Hmac, KeyInit, Mac};
use port_webhooks_api::Secret;
use sha1::Sha1;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use crate::builder::BodyAlgorithm;
use crate::config::{ConfigError, ConfigErrorKind};

/// 32 bytes; a shorter MAC is followed by zeros.
pub(crate) type MacBytes = [u8; 32];

/// The key of one secret.
#[derive(Clone)]
pub(crate) enum Key {
    Sha256(Hmac<Sha256>),
    Sha1(Hmac<Sha1>),
    /// The header holds the secret itself; MACs only tell one body from another.
    Plain {
        key: Hmac<Sha256>,
        own: MacBytes,
    },
}

impl Key {
    pub(crate) fn new(algorithm: BodyAlgorithm, secret: &Secret) -> Result<Self, ConfigError> {
        let bytes = secret.expose().as_bytes();
        Ok(match algorithm {
            BodyAlgorithm::Sha256 => Self::Sha256(hmac_key(bytes)?),
            BodyAlgorithm::Sha1 => Self::Sha1(hmac_key(bytes)?),
            BodyAlgorithm::Plain => {
                let key = hmac_key(bytes)?;
                Self::Plain { own: mac(&key, &[bytes]), key }
            }
        })
    }

    /// The MAC of a message in several parts.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> MacBytes {
        match self {
            Self::Sha256(key) | Self::Plain { key, .. } => mac(key, parts),
            Self::Sha1(key) => mac(key, parts),
        }
    }

    /// Whether this text is the secret of a plain key. MACs are compared, so that the time it takes does not tell the
    /// secret's length.
    pub(crate) fn is_secret(&self, text: &[u8]) -> Choice {
        match self {
            Self::Plain { key, own } => same(own, &mac(key, &[text])),
            Self::Sha256(_) | Self::Sha1(_) => Choice::from(0),
        }
    }
}

/// Whether two MACs are equal, in constant time: in words, which takes less time than byte by byte.
pub(crate) fn same(one: &MacBytes, other: &MacBytes) -> Choice {
    let words = one.as_chunks().0.iter().zip(other.as_chunks().0);
    words.fold(Choice::from(1), |all, (one, other)| {
        all & u64::from_ne_bytes(*one).ct_eq(&u64::from_ne_bytes(*other))
    })
}

/// HMAC takes keys of any length, so this does not fail.
fn hmac_key<K: KeyInit>(secret: &[u8]) -> Result<K, ConfigError> {
    K::new_from_slice(secret)
        .map_err(|_| ConfigError::new(ConfigErrorKind::EmptySecret, "the secret cannot be a key"))
}

fn mac<M: Mac + FixedOutput + Clone>(key: &M, parts: &[&[u8]]) -> MacBytes {
    let mut mac = key.clone();
    for part in parts {
        Mac::update(&mut mac, part);
    }
    let bytes = mac.finalize_fixed();
    let mut padded = [0; 32];
    padded[..bytes.len()].copy_from_slice(&bytes);
    padded
}
