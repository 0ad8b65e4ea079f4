//! Which Port, and as whom.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use port_webhooks::ClientBuilder;

use super::{EnvironmentArguments, name_and_value, read_secret_file, seconds};
use crate::address;
use crate::announcer::Announcer;
use crate::environment::Environment;
use crate::failure::{Failure, Result};
use crate::port::Port;
use crate::settings::{ACCESS_TOKEN, BASE_URL, CLIENT_ID, CLIENT_SECRET, REGION, Settings};

/// Which Port, and as whom. Without these flags the environment says it, or a file `.env`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArguments {
    /// Client id; overrides PORT_CLIENT_ID
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// File with the client secret; overrides PORT_CLIENT_SECRET
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// File with an access token; overrides PORT_ACCESS_TOKEN
    #[arg(long, value_name = "FILE", conflicts_with_all = ["client_id", "client_secret_file"])]
    access_token_file: Option<PathBuf>,
    /// Region of the organization; overrides PORT_REGION
    #[arg(long, value_enum, conflicts_with = "base_url")]
    region: Option<Region>,
    /// URL of the API; overrides PORT_BASE_URL
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    #[command(flatten)]
    pub(crate) environment: EnvironmentArguments,
    /// Time limit of one call, retries included
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = seconds())]
    deadline: u64,
    /// Extra query parameter of each request; repeatable
    #[arg(long, value_name = "NAME=VALUE")]
    query: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Region {
    Eu,
    Us,
}

impl ConnectionArguments {
    /// The client, which has asked nothing yet.
    pub(crate) fn open(&self) -> Result<Port> {
        let (settings, environment) = self.settings()?;
        self.connect(&settings, environment)
    }

    /// The same, with settings that were read.
    pub(crate) fn connect(&self, settings: &Settings, mut environment: Environment) -> Result<Port> {
        settings.check()?;
        let client = ClientBuilder::from_variables(|name| settings.get(name))
            .map_err(|error| self.advised(error.into(), settings))?
            .user_agent(concat!("port-webhooks-cli/", env!("CARGO_PKG_VERSION")))
            .deadline(Duration::from_secs(self.deadline))
            .observer(Announcer)
            .build()?;
        if settings.is_address_found() {
            environment.keep_its_own();
        }
        let pair = |text: &String| {
            let (name, value) = name_and_value("--query", text)?;
            Ok((name.to_owned(), value.to_owned()))
        };
        let query = self.query.iter().map(pair).collect::<Result<_>>()?;
        Ok(Port::new(client.webhooks(), query, environment))
    }

    /// Who calls and where to. From here on, every error names the address.
    pub(crate) fn settings(&self) -> Result<(Settings, Environment)> {
        let environment = self.environment.read()?;
        let settings = Settings::new(&self.flags()?, &environment)?;
        if let Some(address) = settings.address() {
            address::set(address);
        }
        Ok((settings, environment))
    }

    fn advised(&self, failure: Failure, settings: &Settings) -> Failure {
        match self.environment.env_file() {
            _ if settings.has_credentials() => failure,
            Some(file) => failure.advice(format!(
                "--env-file replaces the environment: set them in {file}, or use --client-id and --client-secret-file"
            )),
            None => failure.advice("use the environment, a file .env, or --client-id and --client-secret-file"),
        }
    }

    /// The flags that were given, by the variables that they override.
    fn flags(&self) -> Result<BTreeMap<&'static str, String>> {
        let secret = self.client_secret_file.as_deref().map(read_secret_file).transpose()?;
        let token = self.access_token_file.as_deref().map(read_secret_file).transpose()?;
        let region = self.region.map(|region| match region {
            Region::Eu => "eu".to_owned(),
            Region::Us => "us".to_owned(),
        });
        let flags = [
            (CLIENT_ID, self.client_id.clone()),
            (CLIENT_SECRET, secret),
            (ACCESS_TOKEN, token),
            (BASE_URL, self.base_url.clone()),
            (REGION, region),
        ];
        Ok(flags.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }
}
