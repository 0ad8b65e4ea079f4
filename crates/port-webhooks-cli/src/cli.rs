//! The command line as a whole.

use clap::builder::styling::Styles;
use clap::{Parser, Subcommand, ValueEnum};

use crate::commands::{
    apply, completions, create, delete, events, export, fake, get, list, listen, man, replace, schema, sign,
    trigger, update, validate, verify, whoami,
};
use crate::exit;
use crate::terminal::{BOLD, GREEN};

const STYLES: Styles = Styles::styled().header(BOLD).usage(BOLD).literal(GREEN);

const EXAMPLES: &str = "\
Examples:
  port-webhooks list
  port-webhooks create audit --url https://audit.example.com/port \\
      --event run.completed --secret-from-env AUDIT_SECRET
  port-webhooks export > webhooks.yaml
  port-webhooks apply -f webhooks.yaml --dry-run
  port-webhooks listen --secret-from-env AUDIT_SECRET \\
      --forward-to http://localhost:3000/port
  port-webhooks trigger entity.created --to http://localhost:3000/port \\
      --secret-from-env AUDIT_SECRET
  port-webhooks fake --port 4010

Credentials come from PORT_CLIENT_ID and PORT_CLIENT_SECRET, or from PORT_ACCESS_TOKEN; the address \
    of the API from PORT_REGION (eu, us) or PORT_BASE_URL. A file that --env-file names \
    replaces the environment for these; flags override both. Without one, they come from the environment or from \
    the file .env of the working directory.";

/// Manage Port's webhooks, receive and send deliveries, and run a fake Port for tests
#[derive(Debug, Parser)]
#[command(
    name = "port-webhooks",
    version,
    styles = STYLES,
    max_term_width = 110,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{}", exit::help()),
    subcommand_required = true,
    arg_required_else_help = true,
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Global")]
pub(crate) struct Global {
    /// Show the causes of an error
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Log to standard error, from this level up
    #[arg(long, global = true, value_enum, value_name = "LEVEL")]
    pub(crate) log: Option<Level>,
    /// When to use color; NO_COLOR and CLICOLOR are respected
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List webhooks
    #[command(after_help = list::EXAMPLES)]
    List(list::Arguments),
    /// Show one webhook, or several
    #[command(after_help = get::EXAMPLES)]
    Get(get::Arguments),
    /// Create a webhook
    #[command(after_help = create::EXAMPLES)]
    Create(Box<create::Arguments>),
    /// Change some fields of a webhook
    #[command(after_help = update::EXAMPLES)]
    Update(Box<update::Arguments>),
    /// Replace a webhook; fields that are not given are removed
    #[command(after_help = replace::EXAMPLES)]
    Replace(Box<replace::Arguments>),
    /// Delete webhooks
    #[command(after_help = delete::EXAMPLES)]
    Delete(delete::Arguments),
    /// Create and change webhooks so that they match files
    #[command(after_help = apply::EXAMPLES)]
    Apply(Box<apply::Arguments>),
    /// Check files for `apply`, without asking Port
    #[command(after_help = validate::EXAMPLES)]
    Validate(validate::Arguments),
    /// Print the JSON Schema of the files for `apply`, for editors
    #[command(after_help = schema::EXAMPLES)]
    Schema(schema::Arguments),
    /// Write webhooks as a file that `apply` reads
    #[command(after_help = export::EXAMPLES)]
    Export(export::Arguments),
    /// Show which Port is used, by which credentials, and whether it accepts them
    #[command(after_help = whoami::EXAMPLES)]
    Whoami(whoami::Arguments),
    /// Receive deliveries on this machine; verify, show and forward them
    #[command(after_help = listen::EXAMPLES)]
    Listen(Box<listen::Arguments>),
    /// Send a signed test delivery to a receiver; needs no Port account
    #[command(after_help = trigger::EXAMPLES)]
    Trigger(Box<trigger::Arguments>),
    /// Print the signature headers of a body
    #[command(after_help = sign::EXAMPLES)]
    Sign(sign::Arguments),
    /// Check the signature of a body
    #[command(after_help = verify::EXAMPLES)]
    Verify(Box<verify::Arguments>),
    /// List the events, or show the example payload of one
    #[command(after_help = events::EXAMPLES)]
    Events(events::Arguments),
    /// Run a fake Port on this machine
    #[command(after_help = fake::EXAMPLES)]
    Fake(fake::Arguments),
    /// Print the completion script of a shell
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::Arguments),
    /// Print a manual page
    #[command(after_help = man::EXAMPLES)]
    Man(man::Arguments),
}
