//! Settings become a verifier.

use std::time::Duration;

use port_webhooks_api::Secret;

use super::Verifier;
use super::methods::{Keys, Method, OfBody, Timestamped};
use crate::builder::{BodyAlgorithm, BodyBuilder, TimestampedBuilder};
use crate::config::ConfigError;
use crate::mac::{PlainKey, Sha1Key, Sha256Key};

impl BodyBuilder<Verifier> {
    /// Accepts another secret too, while one replaces another.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// The largest body that is accepted, in bytes. Default: 1,048,576 (1 MiB).
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    /// When a secret is empty or begins or ends with white space, or the name of the header or the prefix is not
    /// valid in HTTP. With [`data_source_plain`](Verifier::data_source_plain) also when a secret cannot be the value
    /// of a header or is longer than 4,096 bytes.
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
    /// Accepts another secret too, while one replaces another.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// How far the timestamp may be from now, in either direction, inclusive. Part of a second is ignored. Default:
    /// 300 seconds.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The largest body that is accepted, in bytes. Default: 1,048,576 (1 MiB).
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    /// When a secret is empty or begins or ends with white space, the name of a header is not valid, or both headers
    /// have the same name.
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
