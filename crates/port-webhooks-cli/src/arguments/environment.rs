//! Where variables are read.

use std::path::PathBuf;

use clap::Args;

use crate::environment::Environment;
use crate::failure::Result;

/// Where variables are read beside the environment.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct EnvironmentArguments {
    /// Read variables from this file instead of `.env`; the environment overrides it
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
}

impl EnvironmentArguments {
    pub(crate) fn read(&self) -> Result<Environment> {
        Environment::read(self.env_file.as_deref())
    }
}
