//! `apply`: makes Port have the webhooks that files declare.

use std::path::PathBuf;

use clap::Args;

use crate::arguments::ConnectionArguments;
use crate::document::{Document, Files, Unset, read_all};
use crate::failure::Result;
use crate::output::Output;
use crate::plan::{by_identifier, carry_out, plan, render};
use crate::terminal::note;

pub(crate) const EXAMPLES: &str = "\
Only fields that are in a file are changed; null clears a field. A value can be `{ fromEnv: NAME }`: \
    it is read from that variable. All files and variables are checked before anything is sent. Applying the \
    same files again changes nothing.

Examples:
  port-webhooks apply -f webhooks/ --dry-run
  port-webhooks apply -f webhooks/ --prune
  port-webhooks export | port-webhooks apply -f - --region us";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// JSON or YAML file, or directory of such files; `-` is standard input; repeatable
    #[arg(short, long = "file", required = true, value_name = "FILE|DIRECTORY")]
    files: Vec<PathBuf>,
    /// Delete webhooks that are in no file
    #[arg(long)]
    prune: bool,
    /// Show the plan and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    connection: ConnectionArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let port = arguments.connection.open()?;
    let mut unset = Unset::default();
    let mut documents = Vec::new();
    let Files { webhooks, mistakes } = read_all(&arguments.files);
    mistakes.into_iter().next().map_or(Ok(()), Err)?;
    for raw in webhooks {
        documents.push(Document::of(raw, &port.environment, &mut unset)?);
    }
    unset.check()?;
    documents.iter().try_for_each(Document::check)?;
    documents.iter().for_each(Document::tell_left_out);
    let declared = by_identifier(documents)?;

    let there = port.ask(port.hooks.list()).collect().await?;
    let plan = plan(&declared, &there, arguments.prune)?;
    let mut output = Output::new();
    output.write(&render(&plan))?;
    if arguments.dry_run {
        note("dry run: nothing was changed");
        return Ok(());
    }
    carry_out(&port, &plan, &mut output).await
}
