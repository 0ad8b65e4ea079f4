//! Credentials and address, from flags, a file and the environment, and which of these sources counts.

use std::collections::BTreeMap;
use std::ffi::OsString;

use port_webhooks::types::Region;

use crate::environment::{Environment, Source};
use crate::failure::{Failure, Result};
use crate::mask::mask_url;
use crate::secret_text;
use crate::web_url;

pub(crate) const CLIENT_ID: &str = "PORT_CLIENT_ID";
pub(crate) const CLIENT_SECRET: &str = "PORT_CLIENT_SECRET";
pub(crate) const ACCESS_TOKEN: &str = "PORT_ACCESS_TOKEN";
pub(crate) const BASE_URL: &str = "PORT_BASE_URL";
pub(crate) const REGION: &str = "PORT_REGION";
pub(crate) const ALLOW_PLAIN_HTTP: &str = "PORT_ALLOW_PLAIN_HTTP";

const REGIONS: [(&str, Region); 2] = [("eu", Region::Eu), ("us", Region::Us)];

/// The settings that the address follows from.
pub(crate) const ADDRESS: [&str; 2] = [BASE_URL, REGION];
pub(crate) const ALL: [&str; 6] =
    [CLIENT_ID, CLIENT_SECRET, ACCESS_TOKEN, BASE_URL, REGION, ALLOW_PLAIN_HTTP];

/// The settings of the client, by the names of their variables, each with its source. Blank values are left out.
#[derive(Debug)]
pub(crate) struct Settings(BTreeMap<&'static str, (OsString, Source)>);

impl Settings {
    /// The settings with these names: from flags, by the variables that they override, and from an environment.
    pub(crate) fn new(
        names: &[&'static str],
        flags: &BTreeMap<&'static str, String>,
        environment: &Environment,
    ) -> Result<Self> {
        let mut found = BTreeMap::new();
        for &name in names {
            let flag = flags.get(name).map(|value| (value.into(), Source::Flag));
            let value = flag.map_or_else(|| environment.setting(name), |flag| Ok(Some(flag)))?;
            // The client ignores blank values as well.
            found.extend(value.filter(|(value, _)| !is_blank(value)).map(|value| (name, value)));
        }
        let mut settings = Self(found);
        // Of two settings with the same purpose, the one from the stronger source counts.
        settings.hide(&[ACCESS_TOKEN], &[CLIENT_ID, CLIENT_SECRET]);
        settings.hide(&[CLIENT_ID, CLIENT_SECRET], &[ACCESS_TOKEN]);
        settings.hide(&[BASE_URL], &[REGION]);
        settings.hide(&[REGION], &[BASE_URL]);
        Ok(settings)
    }

    fn hide(&mut self, hidden: &[&str], others: &[&str]) {
        let strongest = others.iter().filter_map(|name| self.source(name)).min().cloned();
        self.0.retain(|name, (_, source)| {
            !hidden.contains(name) || strongest.as_ref().is_none_or(|other| other >= source)
        });
    }

    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        self.0.get(name).map(|(value, _)| value.clone())
    }

    fn source(&self, name: &str) -> Option<&Source> {
        self.0.get(name).map(|(_, source)| source)
    }

    /// The variables of the credentials that are used.
    fn credentials(&self) -> &'static [&'static str] {
        if self.0.contains_key(ACCESS_TOKEN) { &[ACCESS_TOKEN] } else { &[CLIENT_ID, CLIENT_SECRET] }
    }

    pub(crate) fn has_credentials(&self) -> bool {
        self.credentials().iter().all(|name| self.0.contains_key(name))
    }

    /// The credentials, for a person, such as `access token from .env`.
    pub(crate) fn credentials_shown(&self) -> String {
        let sources: Vec<_> = self.credentials().iter().filter_map(|name| self.source(name)).collect();
        match sources.as_slice() {
            [] => "none".to_owned(),
            [token] => format!("access token from {token}"),
            [id, secret, ..] if id == secret => format!("client id and secret from {id}"),
            [id, secret, ..] => format!("client id from {id}, client secret from {secret}"),
        }
    }

    /// The URL of the API, for a person, unless the setting is wrong.
    pub(crate) fn address(&self) -> Option<String> {
        let text = |name| self.get(name).map(|value| value.to_string_lossy().into_owned());
        match (text(BASE_URL), text(REGION)) {
            (Some(url), _) => {
                let url = web_url::parse(BASE_URL, &url).ok()?;
                Some(mask_url(url.as_str()).trim_end_matches('/').trim_end_matches("/v1").to_owned())
            }
            (None, Some(region)) => {
                let (_, region) = REGIONS.iter().find(|(name, _)| region.eq_ignore_ascii_case(name))?;
                Some(region.base_url().to_owned())
            }
            (None, None) => Some(Region::default().base_url().to_owned()),
        }
    }

    pub(crate) fn region(&self) -> Option<&'static str> {
        let address = self.address()?;
        REGIONS.iter().find(|(_, region)| region.base_url() == address).map(|(name, _)| *name)
    }

    /// Whether the URL comes from a file that the user did not name.
    pub(crate) fn is_address_found(&self) -> bool {
        self.source(BASE_URL) == Some(&Source::FoundFile)
    }

    /// Rejects credentials and an address that come partly from the environment and partly from a found file, and values
    /// that cannot be right.
    pub(crate) fn check(&self) -> Result<()> {
        let used = || self.credentials().iter().chain(&[BASE_URL, REGION, ALLOW_PLAIN_HTTP]);
        let from = |wanted: &Source| {
            let names = used().copied().filter(|name| self.source(name) == Some(wanted));
            names.collect::<Vec<_>>()
        };
        let (outside, inside) = (from(&Source::Environment), from(&Source::FoundFile));
        if !outside.is_empty() && !inside.is_empty() {
            let what = format!(
                "{} from the environment, but {} from the file .env of this directory: credentials and address must \
                 come from the same place",
                come(&outside),
                come(&inside)
            );
            return Err(Failure::usage(what).advice(
                "set them in one place, use flags (--base-url, --region, --client-id), or name the file: --env-file .env",
            ));
        }
        for (name, (value, _)) in &self.0 {
            let Some(text) = value.to_str() else { continue };
            secret_text::check(name, text)?;
        }
        Ok(())
    }
}

fn is_blank(value: &OsString) -> bool {
    value.to_str().is_some_and(|text| text.trim().is_empty())
}

fn come(names: &[&str]) -> String {
    format!("{} {}", names.join(" and "), if names.len() == 1 { "comes" } else { "come" })
}
