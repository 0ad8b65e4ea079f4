//! The command line as a whole.

use clap::builder::styling::Styles;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ColorChoice, Parser};
use tracing_subscriber::filter::LevelFilter;

use crate::commands::Command;
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

/// Flags of every command.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Global")]
pub(crate) struct Global {
    /// Show the causes of an error
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Log to standard error, from this level up
    #[arg(long, global = true, value_parser = level(), value_name = "LEVEL")]
    pub(crate) log: Option<LevelFilter>,
    /// When to use color; NO_COLOR and CLICOLOR are respected
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
}

fn level() -> impl TypedValueParser<Value = LevelFilter> {
    let levels = PossibleValuesParser::new(["error", "warn", "info", "debug", "trace"]);
    levels.try_map(|level| level.parse())
}
