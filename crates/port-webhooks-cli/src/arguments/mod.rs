//! Flags that several commands have.

mod connection;
mod environment;
mod fields;
mod output;
mod scheme;
mod secret;

pub(crate) use connection::ConnectionArguments;
pub(crate) use environment::EnvironmentArguments;
pub(crate) use fields::{Clearable, FieldArguments, clear};
pub(crate) use output::{Format, OutputArguments};
pub(crate) use scheme::{Limits, SchemeArguments};
pub(crate) use secret::{SecretArguments, SecretsArguments, read_secret_file};

use crate::failure::{Failure, Result};

/// `NAME=VALUE`. An error does not repeat it: the value may be a secret.
pub(crate) fn name_and_value<'a>(flag: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim(), value)),
        _ => Err(Failure::usage(format!("{flag}: is not of the form NAME=VALUE"))),
    }
}
