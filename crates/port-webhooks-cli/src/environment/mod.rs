//! Variables: those of the environment, and those of a file `.env` in the working directory.

mod dotenv;

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::Path;

use crate::failure::{Failure, Result};

/// The name of a variable, for a person. What cannot be one may be the value that was meant, and is not shown.
pub(crate) fn shown(name: &str) -> &str {
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name { name } else { "a variable with an invalid name" }
}

/// What would be sent to where a file says that was found, and that may be somebody else's.
pub(crate) fn from_a_found_file(what: impl std::fmt::Display) -> Failure {
    const WHY: &str = "a file that you did not name must not decide where secrets go";
    Failure::usage(format!("{what}, but PORT_BASE_URL comes from .env: {WHY}"))
        .advice("set the URL by --base-url or in the environment, or name the file: --env-file .env")
}

/// The file that is looked for when none is named.
const FOUND: &str = ".env";

/// Variables by their names. The environment goes before the file, also where it sets a variable to nothing.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    file: BTreeMap<String, String>,
    /// Whether the user named the file. Otherwise it is whatever happens to be in the working directory.
    is_named: bool,
    /// Whether values of the environment itself must not be read: a file that was found says where they would go.
    keeps_its_own: bool,
}

impl Environment {
    /// Of the environment, and of the file that the user named; without one, of `.env`, if it is there.
    pub(crate) fn read(named: Option<&Path>) -> Result<Self> {
        match named {
            Some(path) => Ok(Self { file: dotenv::read(path)?, is_named: true, keeps_its_own: false }),
            // A directory of this name, such as one of Python, is another thing.
            None if Path::new(FOUND).is_file() => {
                Ok(Self { file: dotenv::read(Path::new(FOUND))?, ..Self::default() })
            }
            None => Ok(Self::default()),
        }
    }

    /// A variable as the system has it.
    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        env::var_os(name).or_else(|| self.file.get(name).map(OsString::from))
    }

    /// Whether a variable is set by nobody but a file that was found, and that the user did not name.
    pub(crate) fn is_found(&self, name: &str) -> bool {
        !self.is_named && env::var_os(name).is_none() && self.file.contains_key(name)
    }

    /// Whether the environment itself says something.
    pub(crate) fn has_outside(name: &str) -> bool {
        env::var_os(name).is_some_and(|value| !value.is_empty())
    }

    /// From here on, values of the environment itself are not read.
    pub(crate) fn keep_its_own(&mut self) {
        self.keeps_its_own = true;
    }

    /// Refuses what is not from the file, where the file says to which Port it would go.
    pub(crate) fn check_own(&self, what: impl std::fmt::Display) -> Result<()> {
        if !self.keeps_its_own {
            return Ok(());
        }
        Err(from_a_found_file(what))
    }

    /// A variable, unless it is not set or empty, as CI leaves one whose secret is not there.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>> {
        if Self::has_outside(name) {
            self.check_own(format_args!("{name} comes from the environment"))?;
        }
        match self.variable(name).map(OsString::into_string) {
            Some(Ok(text)) if !text.is_empty() => Ok(Some(text)),
            Some(Err(_)) => Err(Failure::usage(format!("{name}: not UTF-8"))),
            Some(Ok(_)) | None => Ok(None),
        }
    }

    /// A variable that has to be there.
    pub(crate) fn needed(&self, name: &str) -> Result<String> {
        let missing = || {
            let failure = Failure::usage(format!("{} is not set, or is empty", shown(name)));
            failure.advice("set it in the environment or in the file .env of this directory")
        };
        self.text(name)?.ok_or_else(missing)
    }
}
