//! Flags that several commands have.

mod connection;
mod fields;
mod output;
mod scheme;
mod secret;
mod values;

pub(crate) use connection::{ConnectionArguments, EnvironmentArguments, USER_AGENT};
pub(crate) use fields::{CLEARABLE, FieldArguments, clear};
pub(crate) use output::{FileFormat, Format, OutputArguments, Report};
pub(crate) use scheme::{SchemeArguments, SignArguments, VerifyArguments};
pub(crate) use secret::{SecretArguments, SecretsArguments, read_secret_file};
pub(crate) use values::{
    delivery, each_once, event, event_header, header_and_value, name_and_value, seconds, since_1970,
};
