//! `export`: writes the webhooks of Port as a file for `apply`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::arguments::{ConnectionArguments, FileFormat, each_once};
use crate::failure::{Failure, Result};
use crate::names::VariableNames;
use crate::output::Output;
use crate::show::to_text;
use crate::terminal::note;
use crate::webhook_fields::{Exact, remove_server_owned};
use crate::whole_file;

pub(crate) const EXAMPLES: &str = "\
Secrets and header values are written as `{ fromEnv: NAME }`; the names are listed on standard error.

Examples:
  port-webhooks export > webhooks.yaml
  port-webhooks export entity-created -o json
  # A file that only you can read:
  port-webhooks export --show-secrets --out backup.yaml";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Export these webhooks only
    #[arg(value_name = "IDENTIFIER")]
    identifiers: Vec<String>,
    /// File format
    #[arg(short, long, value_enum, default_value_t = FileFormat::Yaml)]
    output: FileFormat,
    /// Write to this file, or replace it, instead of writing to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write secrets and header values. Needs --out; only the owner can read that file
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    connection: ConnectionArguments,
}

/// A file for `apply`.
#[derive(Serialize)]
struct File {
    webhooks: Vec<Exact>,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    if arguments.show_secrets && arguments.out.is_none() {
        return Err(Failure::usage("secrets are not written to standard output")
            .advice("use --out FILE: only its owner can read the file"));
    }
    if let Some(path) = &arguments.out
        && let Some(why) = whole_file::refusal(path)
    {
        return Err(Failure::usage(format!("--out: {} {why}", path.display()))
            .advice("name a new file or a regular one; to write to standard output, leave out --out and --show-secrets"));
    }
    let port = arguments.connection.open()?;
    let webhooks = if arguments.identifiers.is_empty() {
        port.ask(port.hooks.list()).collect().await?
    } else {
        port.get(&each_once(&arguments.identifiers)).await?
    };
    let mut names = VariableNames::default();
    let mut exported = Vec::new();
    for webhook in &webhooks {
        let mut exact = Exact::of(webhook)?;
        remove_server_owned(&mut exact.fields, webhook.is_data_source());
        exact.fields.retain(|_, value| !value.is_null());
        if !arguments.show_secrets {
            names.replace_secrets(&webhook.identifier, &mut exact.fields);
        }
        exported.push(exact);
    }
    write(arguments, &File { webhooks: exported })?;
    let names = names.into_list();
    if !names.is_empty() {
        note("`apply` reads these from the environment:");
        for name in names {
            note(format!("  {name}"));
        }
    }
    Ok(())
}

fn write(arguments: &Arguments, file: &File) -> Result<()> {
    let text = to_text(arguments.output, file)?;
    let Some(path) = &arguments.out else { return Output::new().write(&text) };
    whole_file::write(path, &text, arguments.show_secrets)
}
