//! Where variables are read.

use std::path::PathBuf;

use clap::Args;

use crate::environment::Environment;
use crate::failure::Result;
use crate::input;

/// Where variables are read beside the environment.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct EnvironmentArguments {
    /// File with lines NAME=value. It replaces the environment for the settings of Port, and overrides it for other
    /// variables
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
}

impl EnvironmentArguments {
    /// The file that was named, for a person.
    pub(crate) fn env_file(&self) -> Option<String> {
        self.env_file.as_deref().map(input::name)
    }

    pub(crate) fn read(&self) -> Result<Environment> {
        Environment::read(self.env_file.as_deref())
    }
}
