//! Variables: those of the environment, and those of a file `.env` in the working directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::{env, fs};

use clap::Args;

use crate::failure::{Failure, Result};

/// Looked at when no other file is named.
const FILE: &str = ".env";

/// Where variables are read beside the environment.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct EnvironmentArguments {
    /// Read variables from this file instead of `.env`; those of the environment go first
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
}

impl EnvironmentArguments {
    pub(crate) fn read(&self) -> Result<Environment> {
        match &self.env_file {
            Some(path) => Environment::with_file(path, true),
            None if Path::new(FILE).exists() => Environment::with_file(Path::new(FILE), false),
            None => Ok(Environment::default()),
        }
    }
}

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
    fn with_file(path: &Path, is_named: bool) -> Result<Self> {
        let name = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("cannot read {name}: {error}")))?;
        let lines = dotenvy::from_read_iter(Cursor::new(literally(&text)));
        let file = lines.collect::<Result<_, _>>().map_err(|error| {
            let what = format!("{name}: a line of it cannot be read");
            Failure::usage(what)
                .advice("each line is NAME=VALUE; a value with spaces or `#` stands in single quotes")
                .caused_by(WithoutLine(error))
        })?;
        Ok(Self { file, is_named, keeps_its_own: false })
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
        Err(Failure::usage(format!("{what}, and .env says where it would go")).advice(
            "give the address by --base-url or in the environment, or name the file: --env-file .env",
        ))
    }

    /// A variable, unless it is not set or empty, as CI leaves one whose secret is not there.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>> {
        if Self::has_outside(name) {
            self.check_own(format_args!("{name} is from the environment"))?;
        }
        match self.variable(name).map(OsString::into_string) {
            Some(Ok(text)) if !text.is_empty() => Ok(Some(text)),
            Some(Err(_)) => Err(Failure::usage(format!("{name}: is not UTF-8"))),
            Some(Ok(_)) | None => Ok(None),
        }
    }

    /// A variable that has to be there.
    pub(crate) fn needed(&self, name: &str) -> Result<String> {
        let missing = || {
            Failure::usage(format!("{name} is not set"))
                .advice("set it in the environment, or in the file .env of this directory")
        };
        self.text(name)?.ok_or_else(missing)
    }
}

/// A file `.env` whose values are what they say: what begins with `$` outside of single quotes would be replaced by a
/// variable, and a secret would lose a part without a word.
fn literally(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    let (mut single, mut double, mut escaped, mut comment) = (false, false, false, false);
    let mut before = '\n';
    for c in text.chars() {
        let quoted = single || double;
        comment = (comment && c != '\n') || (c == '#' && !quoted && before.is_whitespace());
        match c {
            _ if comment => {}
            '$' if !single && !escaped => literal.push('\\'),
            '\'' if !double && !escaped => single = !single,
            '"' if !single && !escaped => double = !double,
            _ => {}
        }
        escaped = c == '\\' && !escaped && !single;
        literal.push(c);
        before = c;
    }
    literal
}

/// Why a file cannot be read, without what is in it: the error of dotenvy repeats the line, which may hold a secret.
#[derive(Debug)]
struct WithoutLine(dotenvy::Error);

impl std::fmt::Display for WithoutLine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            dotenvy::Error::Io(error) => error.fmt(formatter),
            dotenvy::Error::LineParse(_, at) => write!(formatter, "it is wrong at its character {}", at + 1),
            _ => formatter.write_str("it is wrong"),
        }
    }
}

impl std::error::Error for WithoutLine {}
