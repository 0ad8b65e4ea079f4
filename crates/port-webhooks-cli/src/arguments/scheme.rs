//! How a delivery is signed.

use std::time::Duration;

use clap::{Args, ValueEnum};
use port_webhooks::types::Secret;
use port_webhooks_receiver::{BodyBuilder, ConfigError, Signer, TimestampedBuilder, Verifier, WallClock};

use super::values::printable;
use super::{EnvironmentArguments, SecretArguments};
use crate::clock;
use crate::failure::{Failure, Result};

const HEADER: &str = "x-port-signature";
const TIMESTAMP_HEADER: &str = "x-port-timestamp";

/// How a delivery is signed.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Signature")]
pub(crate) struct SchemeArguments {
    /// Signature scheme
    #[arg(long, value_enum, default_value_t = Scheme::Body)]
    scheme: Scheme,
    /// Header of the signature
    #[arg(long, value_name = "NAME", default_value = HEADER)]
    signature_header: String,
    /// Header of the timestamp, in the timestamped scheme
    #[arg(long, value_name = "NAME", default_value = TIMESTAMP_HEADER)]
    timestamp_header: String,
    /// Text before the signature; by default `sha256=` in the scheme `body`, none in `sha1` and `plain`
    #[arg(long, value_parser = printable, value_name = "TEXT", allow_hyphen_values = true)]
    prefix: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scheme {
    /// HMAC-SHA256 of the body, in hex after `sha256=`: the documented scheme; `sha256` is the same
    #[value(alias = "sha256")]
    Body,
    /// HMAC-SHA256 of timestamp, dot and body, in base64 after `v1,`: used by actions and automations
    Timestamped,
    /// HMAC-SHA1 of the body, in hex: `sha1` of a data source
    Sha1,
    /// The secret itself: `plain` of a data source
    Plain,
}

/// How a delivery is signed, and with which secret.
#[derive(Args, Clone, Debug)]
pub(crate) struct SignArguments {
    /// Write the timestamp in milliseconds instead of seconds, in the timestamped scheme
    #[arg(long, help_heading = "Signature")]
    milliseconds: bool,
    #[command(flatten)]
    secret: SecretArguments,
    #[command(flatten)]
    pub(crate) scheme: SchemeArguments,
    #[command(flatten)]
    environment: EnvironmentArguments,
}

/// How a delivery is verified.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Signature")]
pub(crate) struct VerifyArguments {
    /// How far a timestamp may be from the current time, before or after, in the timestamped scheme
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    tolerance: u64,
    /// Accept what the Port agent sends: signed without its white space outside of strings
    #[arg(long)]
    pub(crate) agent: bool,
    /// Largest accepted body, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1024 * 1024)]
    pub(crate) max_body: usize,
    #[command(flatten)]
    pub(crate) scheme: SchemeArguments,
}

/// A clock that stands at a time, or the system's.
#[derive(Debug)]
struct At(Option<Duration>);

impl WallClock for At {
    fn now(&self) -> Duration {
        self.0.unwrap_or_else(clock::now)
    }
}

impl SchemeArguments {
    /// A signer that writes the time in seconds, or in milliseconds.
    pub(crate) fn signer(&self, secret: &Secret, milliseconds: bool) -> Result<Signer> {
        self.needs_timestamps("--milliseconds", milliseconds)?;
        let header = &self.signature_header;
        let builder = match self.scheme {
            Scheme::Timestamped => {
                self.without_prefix()?;
                let signer =
                    Signer::timestamped(secret).header(header).timestamp_header(&self.timestamp_header);
                let signer = if milliseconds { signer.milliseconds() } else { signer };
                return signer.build().map_err(|error| wrong(&error));
            }
            Scheme::Body => Signer::body(secret).header(header),
            Scheme::Sha1 => Signer::data_source_sha1(secret, header),
            Scheme::Plain => Signer::data_source_plain(secret, header),
        };
        self.with_prefix(builder).build().map_err(|error| wrong(&error))
    }

    pub(crate) fn is_timestamped(&self) -> bool {
        self.scheme == Scheme::Timestamped
    }

    /// Whether the header of the signature holds the secret itself.
    pub(crate) fn is_plain(&self) -> bool {
        self.scheme == Scheme::Plain
    }

    pub(crate) fn signature_header(&self) -> &str {
        &self.signature_header
    }

    pub(crate) fn timestamp_header(&self) -> &str {
        &self.timestamp_header
    }

    fn with_prefix<T>(&self, builder: BodyBuilder<T>) -> BodyBuilder<T> {
        match &self.prefix {
            Some(prefix) => builder.prefix(prefix),
            None => builder,
        }
    }

    /// Fails if a flag of the timestamped scheme is set in another scheme.
    pub(crate) fn needs_timestamps(&self, flag: &str, is_set: bool) -> Result<()> {
        if is_set && self.scheme != Scheme::Timestamped {
            return Err(Failure::usage(format!("{flag} needs --scheme timestamped")));
        }
        Ok(())
    }

    fn without_prefix(&self) -> Result<()> {
        match self.prefix {
            None => Ok(()),
            Some(_) => Err(Failure::usage("--prefix: the timestamped scheme always has `v1,`")),
        }
    }
}

impl SignArguments {
    /// `None` without a secret.
    pub(crate) fn signer(&self) -> Result<Option<Signer>> {
        let secret = self.secret.read(&self.environment.read()?)?;
        secret.map(|secret| self.scheme.signer(&secret, self.milliseconds)).transpose()
    }
}

impl VerifyArguments {
    /// A verifier that accepts any of the secrets, and takes `at` for the current time; `None` without a secret.
    pub(crate) fn verifier(&self, secrets: &[Secret], at: Option<Duration>) -> Result<Option<Verifier>> {
        let scheme = &self.scheme;
        scheme.needs_timestamps("--agent", self.agent)?;
        let Some((first, further)) = secrets.split_first() else { return Ok(None) };
        let header = &scheme.signature_header;
        let builder = match scheme.scheme {
            Scheme::Timestamped => {
                scheme.without_prefix()?;
                let builder = Verifier::timestamped(first)
                    .header(header)
                    .timestamp_header(&scheme.timestamp_header)
                    .tolerance(Duration::from_secs(self.tolerance))
                    .clock(At(at))
                    .agent(self.agent)
                    .max_body(self.max_body);
                let verifier = further.iter().fold(builder, TimestampedBuilder::secret).build();
                return verifier.map(Some).map_err(|error| wrong(&error));
            }
            Scheme::Body => Verifier::body(first).header(header),
            Scheme::Sha1 => Verifier::data_source_sha1(first, header),
            Scheme::Plain => Verifier::data_source_plain(first, header),
        };
        let builder = scheme.with_prefix(builder).max_body(self.max_body);
        let verifier = further.iter().fold(builder, BodyBuilder::secret).build();
        verifier.map(Some).map_err(|error| wrong(&error))
    }
}

fn wrong(error: &ConfigError) -> Failure {
    Failure::usage(error.to_string())
}
