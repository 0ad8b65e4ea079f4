//! The command `port-webhooks`: manages Port's webhooks, receives and sends deliveries, and serves a fake Port.

#![forbid(unsafe_code)]
// The comments on flags are what `--help` says, to people who do not read Markdown.
#![allow(clippy::doc_markdown)]

mod address;
mod agent;
mod announcer;
mod arguments;
mod body;
mod catalogue;
mod cli;
mod clock;
mod commands;
mod confirm;
mod document;
mod environment;
mod exit;
mod failure;
mod input;
mod listen;
mod log;
mod mask;
mod names;
mod output;
mod plan;
mod port;
mod post;
mod secret_text;
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
use tokio::runtime::Builder;

use crate::cli::{Cli, Color, Command};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::terminal::{RED, held_notes, hold_notes, note, styled};

fn main() -> ExitCode {
    let json = asks_for_json(std::env::args_os().skip(1));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::tell(&error, json).into(),
    };
    match cli.global.color {
        // As it is by itself.
        Color::Auto => {}
        Color::Always => ColorChoice::Always.write_global(),
        Color::Never => ColorChoice::Never.write_global(),
    }
    if let Some(level) = cli.global.log {
        log::start(level);
    }
    // What `listen` notes is for somebody who waits for it.
    if json && !matches!(cli.command, Command::Listen(_)) {
        hold_notes();
    }
    let ended = run(&cli.command);
    let notes = held_notes();
    match ended {
        Ok(exit) => {
            notes.iter().for_each(note);
            exit.into()
        }
        Err(failure) => {
            note(if json {
                failure.json(&notes)
            } else {
                format!("{} {}", styled(RED, "error:"), failure.text(cli.global.verbose))
            });
            failure.exit().into()
        }
    }
}

/// Whether a command line asks for JSON. Read by hand, because it holds for an error in the command line itself, too.
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

fn run(command: &Command) -> Result<Exit> {
    use crate::commands::{
        apply, completions, create, delete, events, export, fake, get, list, listen, man, replace, schema,
        sign, trigger, update, validate, verify, whoami,
    };

    match command {
        Command::List(arguments) => block_on(list::run(arguments)),
        Command::Get(arguments) => block_on(get::run(arguments)),
        Command::Create(arguments) => block_on(create::run(arguments)),
        Command::Update(arguments) => block_on(update::run(arguments)),
        Command::Replace(arguments) => block_on(replace::run(arguments)),
        Command::Delete(arguments) => block_on(delete::run(arguments)),
        Command::Apply(arguments) => return block_on(apply::run(arguments)),
        Command::Validate(arguments) => validate::run(arguments),
        Command::Schema(arguments) => schema::run(arguments),
        Command::Export(arguments) => block_on(export::run(arguments)),
        Command::Whoami(arguments) => block_on(whoami::run(arguments)),
        Command::Listen(arguments) => block_on(listen::run(arguments)),
        Command::Trigger(arguments) => block_on(trigger::run(arguments)),
        Command::Sign(arguments) => sign::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Events(arguments) => events::run(arguments),
        Command::Fake(arguments) => block_on(fake::run(arguments)),
        Command::Completions(arguments) => completions::run(arguments, Cli::command()),
        Command::Man(arguments) => man::run(arguments, Cli::command()),
    }?;
    Ok(Exit::Done)
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Failed, "cannot start the asynchronous runtime").because(&error)
    };
    let runtime = Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let done = runtime.block_on(work);
    // What still waits for somebody, such as a reader of standard output, is not waited for.
    runtime.shutdown_background();
    done
}
