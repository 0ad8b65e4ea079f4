//! How webhooks are written to standard output.

use clap::{Args, ValueEnum};

/// How webhooks are written.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// How the answer is written
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    /// Show secrets and the values of headers, which are masked otherwise
    #[arg(long)]
    pub(crate) show_secrets: bool,
}

/// For whom it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs
    Json,
    /// For programs and people
    Yaml,
}
