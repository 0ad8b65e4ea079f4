//! Settings become a verifier.

use std::time::Duration;

use port_webhooks_api::Secret;

use super::Verifier;
use super::methods::{Keys, Method, OfBody, Timestamped};
use crate::builder::{BodyAlgorithm, BodyBuilder, TimestampedBuilder};
use crate::config::ConfigError;
use crate::mac::{PlainKey, Sha1Key, Sha256Key};

impl BodyBuilder<Verifier> {
    /// A further secret that deliveries may be signed with, while one replaces another.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// The largest body, in bytes, that is looked at. Default: 1,048,576.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// The verifier.
    ///
    /// # Errors
    /// When a secret is empty or begins or ends with white space, when there can be no such header or prefix, or
    /// when a secret is to be sent as it is and cannot be the value of a header, or is longer than 4,096 bytes.
    pub fn build(self) -> Result<Verifier, ConfigError> {
        let header = self.check()?;
        let secrets = self.secrets.iter().map(|secret| secret.expose().as_bytes());
        let keys = match self.algorithm {
            BodyAlgorithm::Sha256 => Keys::Sha256(secrets.map(Sha256Key::new).collect()),
            BodyAlgorithm::Sha1 => Keys::Sha1(secrets.map(Sha1Key::new).collect()),
            BodyAlgorithm::Plain => Keys::Plain(secrets.map(PlainKey::new).collect()),
        };
        let method = Method::Body(OfBody { prefix: self.prefix, keys });
        Ok(Verifier::new(header, self.max_body, method))
    }
}

impl TimestampedBuilder<Verifier> {
    /// A further secret that deliveries may be signed with, while one replaces another.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// How far the timestamp may be from now, in either direction, in whole seconds. Default: 300 seconds; one
    /// that is just as far is taken.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The largest body, in bytes, that is looked at. Default: 1,048,576.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// The verifier.
    ///
    /// # Errors
    /// When a secret is empty or begins or ends with white space, or when there can be no such headers.
    pub fn build(self) -> Result<Verifier, ConfigError> {
        let (header, timestamp_header) = self.check()?;
        let secrets = self.secrets.iter().map(|secret| secret.expose().as_bytes());
        let method = Method::Timestamped(Timestamped {
            header: timestamp_header,
            tolerance: self.tolerance.as_secs(),
            clock: self.clock,
            keys: secrets.map(Sha256Key::new).collect(),
        });
        Ok(Verifier::new(header, self.max_body, method))
    }
}
