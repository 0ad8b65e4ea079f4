//! Secrets, from where they may be read.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use port_webhooks::Secret;

use crate::environment::Environment;
use crate::failure::{Failure, Result};
use crate::mask;

/// The secrets that signatures may be made with, while one replaces another.
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

/// The one secret that something is signed with.
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
    /// All of them.
    pub(crate) fn read(&self, environment: &Environment) -> Result<Vec<Secret>> {
        if !self.secret.is_empty() || !self.secret_file.is_empty() {
            environment.check_own(FROM_FLAG)?;
        }
        let mut secrets: Vec<String> = self.secret.clone();
        for name in &self.secret_from_env {
            secrets.push(environment.needed(name)?);
        }
        for file in &self.secret_file {
            secrets.push(read_secret_file(file)?);
        }
        secrets.into_iter().map(checked).collect()
    }
}

impl SecretArguments {
    /// The secret, if there is one.
    pub(crate) fn read(&self, environment: &Environment) -> Result<Option<Secret>> {
        if self.secret.is_some() || self.secret_file.is_some() {
            environment.check_own(FROM_FLAG)?;
        }
        let secret = match (&self.secret, &self.secret_from_env, &self.secret_file) {
            (Some(secret), ..) => Some(secret.clone()),
            (_, Some(name), _) => Some(environment.needed(name)?),
            (.., Some(file)) => Some(read_secret_file(file)?),
            (None, None, None) => None,
        };
        secret.map(checked).transpose()
    }
}

const FROM_FLAG: &str = "the secret comes from a flag";

fn checked(secret: String) -> Result<Secret> {
    if secret.is_empty() {
        return Err(Failure::usage("the secret is empty"));
    }
    mask::refuse_text("the secret", &secret)?;
    Ok(Secret::from(secret))
}

/// What is in a file, without one line end after it, which editors add.
pub(crate) fn read_secret_file(path: &Path) -> Result<String> {
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read {name}")).because(&error))?;
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() {
        return Err(Failure::usage(format!("{name} is empty")));
    }
    Ok(secret.to_owned())
}
