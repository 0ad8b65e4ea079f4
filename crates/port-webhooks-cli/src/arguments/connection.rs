//! Address and credentials of Port, and the file with variables.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use port_webhooks::ClientBuilder;

use super::{name_and_value, read_secret_file, seconds};
use crate::address;
use crate::environment::Environment;
use crate::failure::{Failure, Result};
use crate::input;
use crate::session::{Announcer, Session};
use crate::settings::{
    ACCESS_TOKEN, ADDRESS, ALL, ALLOW_PLAIN_HTTP, BASE_URL, CLIENT_ID, CLIENT_SECRET, REGION, Settings,
};

pub(crate) const USER_AGENT: &str = concat!("port-webhooks-cli/", env!("CARGO_PKG_VERSION"));

/// The file with variables.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct EnvironmentArguments {
    /// File with lines NAME=value. It replaces the environment for the settings of Port, and overrides it for other
    /// variables
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
}

impl EnvironmentArguments {
    pub(crate) fn env_file(&self) -> Option<String> {
        self.env_file.as_deref().map(input::name)
    }

    pub(crate) fn read(&self) -> Result<Environment> {
        Environment::read(self.env_file.as_deref())
    }
}

/// Address and credentials of Port; without these flags from the environment or a file `.env`.
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
    #[arg(long, value_parser = ["eu", "us"], conflicts_with = "base_url")]
    region: Option<String>,
    /// URL of the API; overrides PORT_BASE_URL
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    #[command(flatten)]
    pub(crate) environment: EnvironmentArguments,
    /// Time limit of one call, retries included
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = seconds())]
    pub(crate) deadline: u64,
    /// Extra query parameter of each request; repeatable
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) query: Vec<String>,
}

impl ConnectionArguments {
    pub(crate) fn open(&self) -> Result<Session> {
        let (settings, environment) = self.settings()?;
        self.connect(&settings, environment)
    }

    /// A session with these settings. Nothing is sent yet.
    pub(crate) fn connect(&self, settings: &Settings, mut environment: Environment) -> Result<Session> {
        settings.check()?;
        let builder = ClientBuilder::from_variables(|name| settings.get(name))
            .map_err(|error| self.advised(error.into(), settings))?;
        let client = self.configured(builder).build()?;
        if settings.is_address_found() {
            environment.use_file_only();
        }
        let query = self.query()?.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Session { hooks: client.webhooks(), client, environment, query: query.collect() })
    }

    /// The names and values of `--query`.
    pub(crate) fn query(&self) -> Result<Vec<(&str, &str)>> {
        self.query.iter().map(|text| name_and_value("--query", text)).collect()
    }

    /// A builder for what needs no credentials.
    pub(crate) fn without_credentials(&self, environment: &Environment) -> Result<ClientBuilder> {
        let settings = Settings::new(&[ALLOW_PLAIN_HTTP], &BTreeMap::new(), environment)?;
        // A builder wants some credentials.
        let unused = |name: &str| (name == ACCESS_TOKEN).then(|| "unused".into());
        let builder = ClientBuilder::from_variables(|name| settings.get(name).or_else(|| unused(name)))?;
        Ok(self.configured(builder))
    }

    fn configured(&self, builder: ClientBuilder) -> ClientBuilder {
        builder.user_agent(USER_AGENT).deadline(Duration::from_secs(self.deadline)).observer(Announcer)
    }

    /// The settings. From now on, every error names the address.
    pub(crate) fn settings(&self) -> Result<(Settings, Environment)> {
        let environment = self.environment.read()?;
        let mut flags = BTreeMap::new();
        flags.extend(self.base_url.clone().map(|url| (BASE_URL, url)));
        flags.extend(self.region.clone().map(|region| (REGION, region)));
        // The address first, so that an error about a secret names it, too.
        if let Some(address) = Settings::new(&ADDRESS, &flags, &environment)?.address() {
            address::set(address);
        }
        flags.extend(self.client_id.clone().map(|id| (CLIENT_ID, id)));
        for (name, file) in
            [(CLIENT_SECRET, &self.client_secret_file), (ACCESS_TOKEN, &self.access_token_file)]
        {
            if let Some(file) = file {
                flags.insert(name, read_secret_file(file)?);
            }
        }
        Ok((Settings::new(&ALL, &flags, &environment)?, environment))
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
}
