//! `completions`: what a shell needs to complete the command's words.

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

/// Writes the completions of this command line.
pub(crate) fn run(arguments: &Arguments, mut command: Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "port-webhooks", &mut script);
    // Of a name with a hyphen, the script for bash has two spellings, and by one it finds no subcommand.
    let script = String::from_utf8_lossy(&script).replace("port__subcmd__webhooks", "port__webhooks");
    Output::new().write(&script)
}
