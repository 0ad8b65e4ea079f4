//! `man`: the manual pages.

use clap::{Args, Command};
use clap_mangen::Man;

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;

pub(crate) const EXAMPLES: &str = "\
Examples:
  port-webhooks man > ~/.local/share/man/man1/port-webhooks.1
  port-webhooks man apply > ~/.local/share/man/man1/port-webhooks-apply.1
  port-webhooks man apply | man -l -";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Print the page of this command, such as `map` or `map test`
    command: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, whole: Command) -> Result<()> {
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
    Man::new(command.clone())
        .title(title)
        .render(&mut page)
        .map_err(|error| Failure::new(Exit::Failed, "cannot make the manual page").because(&error))?;
    Output::new().write(&String::from_utf8_lossy(&page))
}
