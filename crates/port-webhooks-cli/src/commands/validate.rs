//! `validate`: checks files for `apply`, without asking Port.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::arguments::Report;
use crate::document::{Sort, declared};
use crate::environment::Environment;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::show;

pub(crate) const EXAMPLES: &str = "\
Checks what can be known without Port: form, unknown fields and events, required fields, limits, and secrets. Variables \
    need not be set. The exit status is 2 if something is wrong.

Examples:
  port-webhooks validate webhooks/
  port-webhooks validate webhooks/ -o json
  # Files that name only the fields to change:
  port-webhooks validate --partial changes.yaml";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// JSON or YAML file, or directory of such files; `-` is standard input
    #[arg(required = true, value_name = "FILE|DIRECTORY")]
    files: Vec<PathBuf>,
    /// Do not require the fields that a new webhook needs
    #[arg(long)]
    partial: bool,
    /// Accept fields and events that this command does not know
    #[arg(long)]
    allow_unknown: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Report::Text)]
    output: Report,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let (documents, mut failures) = declared(&arguments.files, true, &Environment::default());
    for document in &documents {
        let mistakes = document.mistakes(None, !arguments.partial)?.into_iter();
        let mistakes = mistakes.filter(|mistake| !(arguments.allow_unknown && mistake.sort == Sort::Unknown));
        failures.extend(mistakes.map(|mistake| document.failure(mistake)));
    }
    Failure::check(failures, "the files were only checked")?;
    let count = documents.len();
    let value = json!({ "valid": true, "webhooks": count });
    let text = || format!("valid: {count} webhook{}\n", if count == 1 { "" } else { "s" });
    show::result(&mut Output::new(), arguments.output.of_a_file(), &value, text)
}
