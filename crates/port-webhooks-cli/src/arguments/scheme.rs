//! How a delivery is signed.

use std::time::Duration;

use clap::{Args, ValueEnum};
use port_webhooks::Secret;
use port_webhooks_receiver::{BodyBuilder, ConfigError, Signer, TimestampedBuilder, Verifier, WallClock};

use crate::clock;
use crate::failure::{Failure, Result};

/// Where the signature is when nobody says otherwise.
const HEADER: &str = "x-port-signature";
/// Where the timestamped scheme has the time when nobody says otherwise.
const TIMESTAMP_HEADER: &str = "x-port-timestamp";

/// How a delivery is signed.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Signature")]
pub(crate) struct SchemeArguments {
    /// Signature scheme
    #[arg(long, value_enum, default_value_t = Scheme::Body)]
    pub(crate) scheme: Scheme,
    /// Header of the signature
    #[arg(long, value_name = "NAME", default_value = HEADER)]
    signature_header: String,
    /// Header of the timestamp, in the timestamped scheme
    #[arg(long, value_name = "NAME", default_value = TIMESTAMP_HEADER)]
    timestamp_header: String,
    /// Text before the signature; by default `sha256=` in the scheme `body`, none in `sha1` and `plain`
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    prefix: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scheme {
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

/// A clock that shows one time, or runs.
#[derive(Debug)]
struct At(Option<Duration>);

impl WallClock for At {
    fn now(&self) -> Duration {
        self.0.unwrap_or_else(clock::now)
    }
}

impl SchemeArguments {
    /// Signs with a secret; in milliseconds instead of seconds where a flag says so.
    pub(crate) fn signer(&self, secret: &Secret, milliseconds: bool) -> Result<Signer> {
        self.needs_timestamps("--milliseconds", milliseconds)?;
        let header = self.signature_header.as_str();
        match self.scheme {
            Scheme::Timestamped => {
                self.without_prefix()?;
                let signer = Signer::timestamped(secret).header(header);
                let signer = signer.timestamp_header(self.timestamp_header.as_str());
                if milliseconds { signer.milliseconds().build() } else { signer.build() }
            }
            Scheme::Body => Signer::body(secret).header(header).prefix(self.prefix_or("sha256=")).build(),
            Scheme::Sha1 => Signer::data_source_sha1(secret, header).prefix(self.prefix_or("")).build(),
            Scheme::Plain => Signer::data_source_plain(secret, header).prefix(self.prefix_or("")).build(),
        }
        .map_err(|error| wrong(&error))
    }

    /// Verifies by any of some secrets; nothing without a secret.
    pub(crate) fn verifier(&self, secrets: &[Secret], limits: Limits) -> Result<Option<Verifier>> {
        self.needs_timestamps("--agent", limits.agent)?;
        let Some((first, further)) = secrets.split_first() else { return Ok(None) };
        let header = self.signature_header.as_str();
        let builder = match self.scheme {
            Scheme::Timestamped => {
                self.without_prefix()?;
                let builder = Verifier::timestamped(first)
                    .header(header)
                    .timestamp_header(self.timestamp_header.as_str())
                    .tolerance(limits.tolerance)
                    .clock(At(limits.at))
                    .agent(limits.agent)
                    .max_body(limits.max_body);
                return further
                    .iter()
                    .fold(builder, TimestampedBuilder::secret)
                    .build()
                    .map(Some)
                    .map_err(|error| wrong(&error));
            }
            Scheme::Body => Verifier::body(first).header(header).prefix(self.prefix_or("sha256=")),
            Scheme::Sha1 => Verifier::data_source_sha1(first, header).prefix(self.prefix_or("")),
            Scheme::Plain => Verifier::data_source_plain(first, header).prefix(self.prefix_or("")),
        };
        further
            .iter()
            .fold(builder.max_body(limits.max_body), BodyBuilder::secret)
            .build()
            .map(Some)
            .map_err(|error| wrong(&error))
    }

    /// The header that holds the signature.
    pub(crate) fn signature_header(&self) -> &str {
        &self.signature_header
    }

    /// The header that holds the time.
    pub(crate) fn timestamp_header(&self) -> &str {
        &self.timestamp_header
    }

    fn prefix_or<'a>(&'a self, default: &'a str) -> &'a str {
        self.prefix.as_deref().unwrap_or(default)
    }

    /// That a flag which only the timestamped scheme knows is not set in another.
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

/// What a verifier takes beside the signature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) tolerance: Duration,
    /// The time to go by; none for the clock's.
    pub(crate) at: Option<Duration>,
    /// Whether what the Port agent sends is accepted.
    pub(crate) agent: bool,
    pub(crate) max_body: usize,
}

fn wrong(error: &ConfigError) -> Failure {
    Failure::usage(error.to_string())
}
