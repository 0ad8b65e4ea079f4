//! Errors in the command line, in two lines.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Error};

use crate::cli::Cli;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::terminal::one_line;

/// Shows help or the version, where these were asked for. Otherwise the error is the failure.
pub(crate) fn show(error: &Error) -> Result<Exit> {
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if error.use_stderr() && !is_help {
        return Err(failure(error));
    }
    // A closed standard output is no error.
    let _ = error.print();
    Ok(if is_help { Exit::Usage } else { Exit::Done })
}

fn failure(error: &Error) -> Failure {
    // The unexpected word is not shown: it may be part of a secret that needs quotes.
    if error.kind() == ErrorKind::UnknownArgument && !is_flag(error) {
        return Failure::usage("unexpected argument").advice(match command().as_str() {
            command @ "port-webhooks apply" => {
                format!("name each file with -f: `{command} -f FILE`")
            }
            _ => "put a value that has spaces in quotes".to_owned(),
        });
    }
    let text = error.to_string();
    let what = in_one_line(text.split("\n\n").next().unwrap_or_default());
    let tip = text.split("\n\n").skip(1).find(|paragraph| paragraph.trim_start().starts_with("tip: "));
    let advice = tip.map_or_else(|| format!("see `{} --help`", command()), in_one_line);
    Failure::usage(what.strip_prefix("error: ").unwrap_or(&what)).advice(advice)
}

fn is_flag(error: &Error) -> bool {
    matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(argument)) if argument.starts_with('-'))
}

fn in_one_line(paragraph: &str) -> String {
    let lines: Vec<_> = paragraph.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    one_line(&lines.join(" "))
}

/// The names of the command and its subcommands: the words that are the name of one.
fn command() -> String {
    let (mut known, mut names) = (Cli::command(), "port-webhooks".to_owned());
    for word in std::env::args_os().skip(1) {
        if let Some(named) = known.find_subcommand(word).cloned() {
            names = format!("{names} {}", named.get_name());
            known = named;
        }
    }
    names
}
