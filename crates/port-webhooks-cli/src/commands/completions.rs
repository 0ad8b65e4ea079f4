//! `completions`: the completion script of a shell.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::failure::Result;
use crate::output::Output;

pub(crate) const EXAMPLES: &str = "\
Examples:
  port-webhooks completions bash > ~/.local/share/bash-completion/completions/port-webhooks
  port-webhooks completions zsh > ~/.zfunc/_port-webhooks
  port-webhooks completions fish > ~/.config/fish/completions/port-webhooks.fish";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, mut command: Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "port-webhooks", &mut script);
    // The script for bash spells a name with a hyphen in two ways, and finds no subcommand by one of them.
    let script = String::from_utf8_lossy(&script).replace("port__subcmd__webhooks", "port__webhooks");
    Output::new().write(&script)
}
