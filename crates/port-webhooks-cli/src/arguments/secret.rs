//! Secrets, from flags, variables and files.

use std::path::{Path, PathBuf};

use clap::Args;
use port_webhooks::types::Secret;

use crate::environment::{Environment, shown};
use crate::failure::{Failure, Result};
use crate::{input, secret_text};

/// The secrets that verify signatures: several while one replaces another.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Secret")]
pub(crate) struct SecretsArguments {
    /// Signing secret; repeatable. Other users of this machine can see it in the list of processes: prefer
    /// --secret-from-env or --secret-file
    #[arg(long, value_name = "SECRET", allow_hyphen_values = true)]
    secret: Vec<String>,
    /// Variable with the signing secret; repeatable
    #[arg(long, value_name = "NAME")]
    secret_from_env: Vec<String>,
    /// File with the signing secret; one line break at its end is ignored; repeatable
    #[arg(long, value_name = "FILE")]
    secret_file: Vec<PathBuf>,
}

/// The secret to sign with.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Secret")]
#[group(id = "one_secret", multiple = false)]
pub(crate) struct SecretArguments {
    /// Signing secret. Other users of this machine can see it in the list of processes: prefer --secret-from-env or
    /// --secret-file
    #[arg(long, value_name = "SECRET", allow_hyphen_values = true)]
    secret: Option<String>,
    /// Variable with the signing secret
    #[arg(long, value_name = "NAME")]
    secret_from_env: Option<String>,
    /// File with the signing secret; one line break at its end is ignored
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

impl SecretsArguments {
    pub(crate) fn read(&self, environment: &Environment) -> Result<Vec<Secret>> {
        read(&self.secret, &self.secret_from_env, &self.secret_file, environment)
    }
}

impl SecretArguments {
    pub(crate) fn read(&self, environment: &Environment) -> Result<Option<Secret>> {
        let (secret, name, file) = (&self.secret, &self.secret_from_env, &self.secret_file);
        Ok(read(secret.as_slice(), name.as_slice(), file.as_slice(), environment)?.pop())
    }
}

fn read(
    secrets: &[String],
    names: &[String],
    files: &[PathBuf],
    environment: &Environment,
) -> Result<Vec<Secret>> {
    let checked = |origin: &str, secret: String| {
        secret_text::check_secret(origin, &secret)?;
        Ok(Secret::from(secret))
    };
    let given = secrets.iter().map(|secret| checked("the secret", secret.clone()));
    let set = names.iter().map(|name| checked(shown(name), environment.needed(name)?));
    let stored = files.iter().map(|file| checked(&input::name(file), read_secret_file(file)?));
    given.chain(set).chain(stored).collect()
}

/// The content of a file without one line end at its end, which editors add.
pub(crate) fn read_secret_file(path: &Path) -> Result<String> {
    let name = input::name(path);
    let mut text =
        String::from_utf8(input::read(path)?).map_err(|_| Failure::usage(format!("{name}: not UTF-8")))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    secret_text::check(&name, &text)?;
    Ok(text)
}
