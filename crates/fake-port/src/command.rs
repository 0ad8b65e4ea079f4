//! The flags of programs that serve a fake.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::builder::{Builder, StartError};
use crate::delivery::{Deliveries, SigningScheme, Waits};
use crate::fake_port::FakePort;
use crate::fault::FaultPlan;
use crate::profile::Profile;
use crate::rate_limit::{RequestLimit, Reset};
use crate::recording::Recording;
use crate::seed::parse_seeds;

/// The largest file of webhooks or faults, in bytes: it is read into memory.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// The command-line flags of a program that serves a fake, to flatten into its own. Feature `serve`.
///
/// ```
/// use clap::Parser;
/// use fake_port::ServeArguments;
///
/// #[derive(Parser)]
/// struct Arguments {
///     #[command(flatten)]
///     fake: ServeArguments,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let arguments = Arguments::parse_from(["my-fake", "--profile", "live", "--rate-limit", "100/60"]);
/// let port = arguments.fake.serve().await?;
/// port.announce(&mut std::io::stdout())?; // its address, client id and client secret
/// # Ok(())
/// # }
/// ```
#[derive(Args, Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Independent flags.
pub struct ServeArguments {
    /// The port to listen on; 0 for any that is free
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The address to listen on; 0.0.0.0 for all of this machine
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Accept requests to this host name or address as well, and from web pages of it; can be repeated
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// The contract to follow
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// The client id to accept; by default fake-client-id
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The client secret to accept; by default fake-client-secret
    #[arg(long, value_name = "SECRET")]
    client_secret: Option<String>,
    /// A JSON file of webhooks and runs to start with
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Answer 429 after this number of requests in this number of seconds, such as 100/60
    #[arg(long, value_name = "REQUESTS/SECONDS")]
    rate_limit: Option<RequestLimit>,
    /// The form of `x-ratelimit-reset`
    #[arg(long, value_enum, default_value_t, requires = "rate_limit")]
    rate_limit_reset: Reset,
    /// A JSON file with a plan of faults
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// How many requests, writes, deliveries and events of data sources to keep
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    record: usize,
    /// How deliveries are signed; by default as the profile's are
    #[arg(long, value_enum)]
    scheme: Option<SigningScheme>,
    /// Write the timestamps of deliveries in milliseconds, not in seconds
    #[arg(long)]
    milliseconds: bool,
    /// Deliver an event for each change that a client makes through the API
    #[arg(long)]
    deliver_changes: bool,
    /// Deliver to other machines too, not only to this one
    #[arg(long)]
    deliver_anywhere: bool,
    /// Do not serve the routes below /_fake
    #[arg(long)]
    no_admin: bool,
}

impl ServeArguments {
    /// Starts the fake, under its own server.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or is not valid, or the fake cannot be started.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn serve(&self) -> Result<FakePort, ServeError> {
        self.serve_with(|builder| builder).await
    }

    /// Starts the fake like [`serve`](Self::serve), with changes beyond what the flags say.
    ///
    /// # Errors
    ///
    /// Those of [`serve`](Self::serve).
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn serve_with(&self, change: impl FnOnce(Builder) -> Builder) -> Result<FakePort, ServeError> {
        change(self.builder()?).serve().await.map_err(ServeError::Start)
    }

    fn builder(&self) -> Result<Builder, ServeError> {
        let mut deliveries = Deliveries::new().waits(Waits::Real);
        if let Some(scheme) = self.scheme {
            deliveries = deliveries.scheme(scheme);
        }
        if self.milliseconds {
            deliveries = deliveries.milliseconds();
        }
        if self.deliver_changes {
            deliveries = deliveries.of_changes();
        }
        if self.deliver_anywhere {
            deliveries = deliveries.anywhere();
        }
        let mut builder = FakePort::builder()
            .host(self.host)
            .port(self.port)
            .profile(self.profile)
            .record(Recording::Last(self.record))
            .admin(!self.no_admin)
            .deliveries(deliveries);
        if let Some(id) = &self.client_id {
            builder = builder.client_id(id);
        }
        if let Some(secret) = &self.client_secret {
            builder = builder.client_secret(secret);
        }
        if let Some(file) = &self.seed {
            builder = builder.webhooks(read(file, parse_seeds)?);
        }
        if let Some(limit) = self.rate_limit {
            builder = builder.rate_limit(limit.reset(self.rate_limit_reset));
        }
        for name in &self.allow_host {
            builder = builder.allow_host(name);
        }
        if let Some(file) = &self.faults {
            builder = builder.faults(read(file, str::parse::<FaultPlan>)?);
        }
        Ok(builder)
    }
}

impl FakePort {
    /// Writes three lines for a client in another process: the address, the client id and the client secret. Feature
    /// `serve`.
    ///
    /// # Errors
    ///
    /// When writing fails.
    pub fn announce(&self, mut out: impl Write) -> io::Result<()> {
        writeln!(out, "{}\n{}\n{}", self.uri(), self.client_id(), self.client_secret())?;
        out.flush()
    }
}

/// Reads a file; an error names it.
fn read<T, E: fmt::Display>(file: &Path, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, ServeError> {
    let name = file.display();
    let cannot_read = |problem: String| ServeError::File(format!("cannot read {name}: {problem}"));
    let mut bytes = Vec::new();
    // A byte more is read, to tell a longer file from one that just fits.
    let read = File::open(file).and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes));
    if read.map_err(|error| cannot_read(error.to_string()))? as u64 > LARGEST_FILE {
        return Err(cannot_read("it is larger than 16 MiB, the most that a file may have".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| cannot_read("it is not text in UTF-8".to_owned()))?;
    parse(&text).map_err(|error| ServeError::File(format!("{name}: {error}")))
}

/// Why a fake could not be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A file cannot be read, or is not valid.
    #[error("{0}")]
    File(String),
    /// The fake cannot be started.
    #[error(transparent)]
    Start(StartError),
}
