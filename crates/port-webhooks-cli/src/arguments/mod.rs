//! Flags that several commands have.

mod connection;
mod environment;
mod event;
mod fields;
mod identifiers;
mod output;
mod pair;
mod scheme;
mod seconds;
mod secret;

pub(crate) use connection::ConnectionArguments;
pub(crate) use environment::EnvironmentArguments;
pub(crate) use event::{delivery, event};
pub(crate) use fields::{Clearable, FieldArguments, clear};
pub(crate) use identifiers::each_once;
pub(crate) use output::{FileFormat, Format, OutputArguments, Report};
pub(crate) use pair::{header_and_value, name_and_value};
pub(crate) use scheme::{SchemeArguments, VerifyArguments};
pub(crate) use seconds::{seconds, since_1970};
pub(crate) use secret::{SecretArguments, SecretsArguments, read_secret_file};
