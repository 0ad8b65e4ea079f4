//! Who calls, and where to: what flags, the environment and a file say of it, and which of them counts.

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::environment::{Environment, from_a_found_file};
use crate::failure::Result;
use crate::mask;

pub(crate) const CLIENT_ID: &str = "PORT_CLIENT_ID";
pub(crate) const CLIENT_SECRET: &str = "PORT_CLIENT_SECRET";
pub(crate) const ACCESS_TOKEN: &str = "PORT_ACCESS_TOKEN";
pub(crate) const BASE_URL: &str = "PORT_BASE_URL";
pub(crate) const REGION: &str = "PORT_REGION";

/// The settings of the client, by the names of their variables.
pub(crate) struct Settings<'a> {
    flags: BTreeMap<&'static str, String>,
    environment: &'a Environment,
}

impl<'a> Settings<'a> {
    /// With the flags that were given, by the variables that they override.
    pub(crate) fn new(flags: BTreeMap<&'static str, String>, environment: &'a Environment) -> Self {
        Self { flags, environment }
    }

    /// A setting. A flag hides variables that say the same in another way, and so does the environment with those of the
    /// file: it does not fill in.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        let flag = |name: &str| self.flags.contains_key(name);
        let outside = |name: &str| flag(name) || Environment::has_outside(name);
        let is_hidden = match name {
            ACCESS_TOKEN => {
                let login = [CLIENT_ID, CLIENT_SECRET];
                login.into_iter().any(flag) || (!outside(name) && login.into_iter().any(outside))
            }
            BASE_URL => flag(REGION) || (!outside(name) && outside(REGION)),
            REGION => !outside(name) && outside(BASE_URL),
            _ => false,
        };
        if is_hidden {
            return None;
        }
        self.flags.get(name).map(OsString::from).or_else(|| self.environment.variable(name))
    }

    /// Whether there are credentials of either kind.
    pub(crate) fn has_credentials(&self) -> bool {
        self.has(ACCESS_TOKEN) || (self.has(CLIENT_ID) && self.has(CLIENT_SECRET))
    }

    /// Whether the address is one of a file that the user did not name.
    pub(crate) fn is_address_found(&self) -> bool {
        self.has(BASE_URL) && self.is_found(BASE_URL)
    }

    /// Refuses to send credentials to where a file says that was found, and the mask in their place.
    pub(crate) fn check(&self) -> Result<()> {
        let credential = if self.has(ACCESS_TOKEN) { ACCESS_TOKEN } else { CLIENT_SECRET };
        if self.is_address_found() && !self.is_found(credential) {
            return Err(from_a_found_file("the credentials come from elsewhere"));
        }
        for name in [CLIENT_SECRET, ACCESS_TOKEN] {
            let value = self.get(name).and_then(|value| value.into_string().ok());
            value.map_or(Ok(()), |value| mask::refuse_text(name, &value))?;
        }
        Ok(())
    }

    /// The client takes white space for nothing.
    fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.to_str().is_none_or(|text| !text.trim().is_empty()))
    }

    fn is_found(&self, name: &str) -> bool {
        !self.flags.contains_key(name) && self.environment.is_found(name)
    }
}
