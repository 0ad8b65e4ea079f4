//! How webhooks are written to standard output.

use clap::{Args, ValueEnum};

/// How webhooks are written.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    /// Show secrets and header values instead of masking them
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

impl Format {
    /// The format of a file; `None` for the table.
    pub(crate) fn of_a_file(self) -> Option<FileFormat> {
        match self {
            Self::Table => None,
            Self::Json => Some(FileFormat::Json),
            Self::Yaml => Some(FileFormat::Yaml),
        }
    }
}

/// A format that programs read.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FileFormat {
    Yaml,
    Json,
}

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Report {
    /// For people
    #[value(alias = "pretty")]
    Text,
    /// For programs
    Json,
}

impl Report {
    pub(crate) fn of_a_file(self) -> Option<FileFormat> {
        match self {
            Self::Text => None,
            Self::Json => Some(FileFormat::Json),
        }
    }
}
