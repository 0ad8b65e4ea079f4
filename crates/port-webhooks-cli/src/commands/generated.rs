//! `schema`, `completions` and `man`: what editors, shells and `man` read.

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::document::SCHEMA;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;

pub(crate) const SCHEMA_EXAMPLES: &str = "\
Editors check files by it as they are written. For the YAML language server, which most editors use, the first line of a \
    file is:
  # yaml-language-server: $schema=webhooks.schema.json

Examples:
  port-webhooks schema > webhooks.schema.json";

#[derive(Args, Debug)]
pub(crate) struct SchemaArguments {}

pub(crate) fn schema(_: &SchemaArguments) -> Result<()> {
    Output::new().write(SCHEMA)
}

pub(crate) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  port-webhooks completions bash > ~/.local/share/bash-completion/completions/port-webhooks
  port-webhooks completions zsh > ~/.zfunc/_port-webhooks
  port-webhooks completions fish > ~/.config/fish/completions/port-webhooks.fish";

#[derive(Args, Debug)]
pub(crate) struct CompletionsArguments {
    /// Shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn completions(arguments: &CompletionsArguments, mut command: Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "port-webhooks", &mut script);
    // The script for bash spells a name with a hyphen in two ways, and finds no subcommand by one of them.
    let script = String::from_utf8_lossy(&script).replace("port__subcmd__webhooks", "port__webhooks");
    Output::new().write(&script)
}

pub(crate) const MAN_EXAMPLES: &str = "\
Examples:
  port-webhooks man > ~/.local/share/man/man1/port-webhooks.1
  port-webhooks man apply > ~/.local/share/man/man1/port-webhooks-apply.1
  port-webhooks man apply | man -l -";

#[derive(Args, Debug)]
pub(crate) struct ManArguments {
    /// Print the page of this command, such as `map` or `map test`
    command: Vec<String>,
}

pub(crate) fn man(arguments: &ManArguments, whole: Command) -> Result<()> {
    let mut whole = whole.disable_help_subcommand(true);
    whole.build();
    let mut command = &whole;
    for name in &arguments.command {
        command = command.find_subcommand(name).ok_or_else(|| {
            Failure::usage(format!("there is no command {:?}", arguments.command.join(" ")))
                .advice("`port-webhooks --help` lists them")
        })?;
    }
    let title = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let mut page = Vec::new();
    Man::new(command.clone().version(env!("CARGO_PKG_VERSION")))
        .title(title)
        .source(concat!("port-webhooks ", env!("CARGO_PKG_VERSION")))
        .render(&mut page)
        .map_err(|error| Failure::new(Exit::Failed, "cannot make the manual page").because(&error))?;
    Output::new().write(&String::from_utf8_lossy(&page))
}
