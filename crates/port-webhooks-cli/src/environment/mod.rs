//! Variables of the environment, and of a file: the one that `--env-file` names, or `.env` in the working directory.

mod dotenv;

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use crate::failure::{Failure, Result};
use dotenv::Dotenv;

/// The name of a variable, for an error. An invalid name may be a secret value by mistake, so it is not shown.
pub(crate) fn shown(name: &str) -> &str {
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name { name } else { "a variable with an invalid name" }
}

/// The file that is read without `--env-file`.
const FOUND: &str = ".env";

/// Where a value comes from; the first has precedence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Flag,
    NamedFile(String),
    Environment,
    /// The file `.env` of the working directory, which somebody else may have written.
    FoundFile,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Flag => "a flag",
            Self::Environment => "the environment",
            Self::NamedFile(name) => name,
            Self::FoundFile => FOUND,
        })
    }
}

/// Variables by their names. A named file overrides the environment, even with an empty value. The environment overrides a
/// file that was found, except with a blank variable, which CI leaves for a missing value.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    file: Option<Dotenv>,
    is_named: bool,
    /// Whether values of the environment are refused, because a file that was found decides where they would be sent.
    file_only: bool,
}

impl Environment {
    /// Reads the named file, or else `.env`, if it exists.
    pub(crate) fn read(named: Option<&Path>) -> Result<Self> {
        let found = Path::new(FOUND);
        // Not a directory of this name, such as a virtual environment of Python.
        let path = named.or_else(|| found.is_file().then_some(found));
        let file = path.map(Dotenv::read).transpose()?;
        Ok(Self { file, is_named: named.is_some(), file_only: false })
    }

    /// A setting for Port: credentials or address. A named file replaces the environment for all settings.
    pub(crate) fn setting(&self, name: &str) -> Result<Option<(OsString, Source)>> {
        match self.variable(name)? {
            Some((_, Source::Environment)) if self.is_named => Ok(None),
            found => Ok(found),
        }
    }

    fn variable(&self, name: &str) -> Result<Option<(OsString, Source)>> {
        let file = self.file.as_ref().filter(|file| file.has(name));
        let outside = || env::var_os(name).map(|value| (value, Source::Environment));
        let inside = |file: &Dotenv, source| Ok(file.get(name)?.map(|value| (value.into(), source)));
        match file {
            Some(file) if self.is_named => inside(file, Source::NamedFile(file.name.clone())),
            Some(file) => outside()
                .filter(|(value, _)| value.to_str().is_none_or(|text| !text.trim().is_empty()))
                .map_or_else(|| inside(file, Source::FoundFile), |value| Ok(Some(value))),
            None => Ok(outside()),
        }
    }

    /// Refuses values of the environment from now on.
    pub(crate) fn use_file_only(&mut self) {
        self.file_only = true;
    }

    /// A variable, if it is set and not empty: CI leaves an empty one for a missing secret.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>> {
        let Some((value, source)) = self.variable(name)?.filter(|(value, _)| !value.is_empty()) else {
            return Ok(None);
        };
        if self.file_only && source == Source::Environment {
            return Err(Failure::usage(format!(
                "{} comes from the environment, but PORT_BASE_URL comes from {FOUND}: a file that you did not name must \
                 not decide where secrets go",
                shown(name)
            ))
            .advice("set the URL by --base-url or in the environment, or name the file: --env-file .env"));
        }
        value.into_string().map(Some).map_err(|_| Failure::usage(format!("{}: not UTF-8", shown(name))))
    }

    pub(crate) fn needed(&self, name: &str) -> Result<String> {
        let missing = || {
            let failure = Failure::usage(format!("{} is not set, or is empty", shown(name)));
            let file = self.file.as_ref().filter(|_| self.is_named);
            failure.advice(match file {
                Some(file) => format!("set it in {} or in the environment", file.name),
                None => "set it in the environment or in the file .env of this directory".to_owned(),
            })
        };
        self.text(name)?.ok_or_else(missing)
    }
}
