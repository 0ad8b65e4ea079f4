//! Which Port, and as whom.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use port_webhooks::ClientBuilder;

use super::{EnvironmentArguments, name_and_value, read_secret_file};
use crate::environment::{Environment, from_a_found_file};
use crate::failure::{Failure, Result};
use crate::mask;
use crate::port::Port;

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
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
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
        let mut environment = self.environment.read()?;
        let secret = self.client_secret_file.as_deref().map(read_secret_file).transpose()?;
        let token = self.access_token_file.as_deref().map(read_secret_file).transpose()?;
        let has_login = self.client_id.is_some() || secret.is_some();
        let flag = |name: &str| match name {
            "PORT_CLIENT_ID" => self.client_id.clone(),
            "PORT_CLIENT_SECRET" => secret.clone(),
            "PORT_ACCESS_TOKEN" => token.clone(),
            "PORT_BASE_URL" => self.base_url.clone(),
            "PORT_REGION" => self.region.map(|region| match region {
                Region::Eu => "eu".to_owned(),
                Region::Us => "us".to_owned(),
            }),
            _ => None,
        };
        // Who calls, and where to, is said by one source each: a file that was found does not fill in what the
        // environment says in another way.
        let outside = |name: &str| flag(name).is_some() || Environment::has_outside(name);
        let login_outside = outside("PORT_CLIENT_ID") || outside("PORT_CLIENT_SECRET");
        let address_outside = outside("PORT_BASE_URL") || outside("PORT_REGION");
        let variable = |name: &str| -> Option<OsString> {
            match name {
                // A flag that says otherwise goes before these.
                "PORT_ACCESS_TOKEN" if has_login => None,
                "PORT_BASE_URL" if self.region.is_some() => None,
                "PORT_ACCESS_TOKEN" if login_outside && !outside(name) => None,
                "PORT_BASE_URL" | "PORT_REGION" if address_outside && !outside(name) => None,
                _ => flag(name).map(OsString::from).or_else(|| environment.variable(name)),
            }
        };
        let is_found = |name: &str| flag(name).is_none() && environment.is_found(name);
        let has_token = variable("PORT_ACCESS_TOKEN").is_some_and(|token| !token.is_empty());
        let credential = if has_token { "PORT_ACCESS_TOKEN" } else { "PORT_CLIENT_SECRET" };
        let has_url = variable("PORT_BASE_URL").is_some_and(|url| !url.is_empty());
        if has_url && is_found("PORT_BASE_URL") && !is_found(credential) {
            return Err(from_a_found_file("the credentials come from elsewhere"));
        }
        for name in ["PORT_CLIENT_SECRET", "PORT_ACCESS_TOKEN"] {
            let value = variable(name).and_then(|value| value.into_string().ok());
            value.map_or(Ok(()), |value| mask::refuse_text(name, &value))?;
        }
        let client = ClientBuilder::from_variables(variable)
            .map_err(|error| {
                let failure = Failure::from(error);
                let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
                if has_token || (is_set("PORT_CLIENT_ID") && is_set("PORT_CLIENT_SECRET")) {
                    return failure;
                }
                failure.advice("use the environment, a file .env, or --client-id and --client-secret-file")
            })?
            .user_agent(concat!("port-webhooks-cli/", env!("CARGO_PKG_VERSION")))
            .deadline(Duration::from_secs(self.timeout))
            .build()?;
        let is_foreign = has_url && is_found("PORT_BASE_URL");
        let query = self
            .query
            .iter()
            .map(|text| {
                name_and_value("--query", text).map(|(name, value)| (name.to_owned(), value.to_owned()))
            })
            .collect::<Result<_>>()?;
        if is_foreign {
            environment.keep_its_own();
        }
        Ok(Port::new(client.webhooks(), query, environment))
    }
}
