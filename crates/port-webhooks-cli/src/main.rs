//! The command `port-webhooks`: manages Port's webhooks, receives and sends deliveries, and serves a fake Port.

#![forbid(unsafe_code)]
// `--help` prints the comments on flags, without rendering Markdown.
#![allow(clippy::doc_markdown)]

mod address;
mod agent;
mod arguments;
mod body;
mod catalogue;
mod cli;
mod clock;
mod commands;
mod document;
mod environment;
mod exit;
mod failure;
mod input;
mod inspect;
mod listen;
mod log;
mod mask;
mod output;
mod plan;
mod post;
mod secret_text;
mod session;
mod settings;
mod show;
mod signals;
mod suggest;
mod summary;
mod terminal;
mod tree;
mod usage;
mod web_url;
mod webhook_fields;
mod whole_file;

use std::ffi::OsString;
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::{CommandFactory as _, Parser as _};

use crate::cli::Cli;
use crate::commands::Command;
use crate::failure::Failure;
use crate::terminal::{RED, held_notes, hold_notes, note, styled};

fn main() -> ExitCode {
    let json = asks_for_json(std::env::args_os().skip(1));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let failed = |failure| report(&failure, json, false, &[]);
            return usage::show(&error).map_or_else(failed, ExitCode::from);
        }
    };
    match cli.global.color {
        clap::ColorChoice::Auto => {}
        clap::ColorChoice::Always => ColorChoice::Always.write_global(),
        clap::ColorChoice::Never => ColorChoice::Never.write_global(),
    }
    if let Some(level) = cli.global.log {
        log::start(level);
    }
    // The notes of `listen` are for somebody who waits for them.
    if json && !matches!(cli.command, Command::Listen(_)) {
        hold_notes();
    }
    let ended = cli.command.run(Cli::command);
    let notes = held_notes();
    match ended {
        Ok(exit) => {
            notes.iter().for_each(note);
            exit
        }
        Err(failure) => report(&failure, json, cli.global.verbose, &notes),
    }
}

fn report(failure: &Failure, json: bool, verbose: bool, notes: &[String]) -> ExitCode {
    note(if json {
        failure.json(notes)
    } else {
        format!("{} {}", styled(RED, "error:"), failure.text(verbose))
    });
    failure.exit().into()
}

/// Whether a command line asks for JSON. Does not use clap, because an error in the command line itself is JSON, too.
fn asks_for_json(words: impl Iterator<Item = OsString>) -> bool {
    let mut before = OsString::new();
    for word in words.take_while(|word| word != "--") {
        let is_value = (before == "-o" || before == "--output") && word == "json";
        if is_value || word == "-ojson" || word == "-o=json" || word == "--output=json" {
            return true;
        }
        before = word;
    }
    false
}
