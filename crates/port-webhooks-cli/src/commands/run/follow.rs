//! `run log`: adds a message, or the lines of standard input, to the log of a run.

use clap::{ArgGroup, Args};

use super::output::copy;
use super::{RunArguments, conclude};
use crate::arguments::Report as Format;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::signals::Interrupt;
use crate::terminal::note;

pub(super) const EXAMPLES: &str = "\
A message is sent at most once: if it is not known whether Port has it, the command says so, and fails.

With --follow, lines are sent as they come, joined to at most one message a second. At the end of the input the run \
    stays open, unless --succeed or --fail is given. The end of the input says nothing about the command that wrote \
    it, which may have failed: `run exec` knows its exit status. After Ctrl-C, a run that was to end ends as failed.

--deadline is how long it tries to report once the input has ended.

Examples:
  port-webhooks run log r_1 'Scaling to 3 replicas'
  port-webhooks run log r_1 'The quota is used up' --fail
  make deploy 2>&1 | port-webhooks run log r_1 --follow";

#[derive(Args, Debug)]
#[command(mut_arg("query", |query| query.hide(true)))]
#[command(override_usage = "port-webhooks run log [OPTIONS] <ID> <MESSAGE|--follow>")]
#[command(group(ArgGroup::new("what").args(["message", "follow"]).required(true)))]
#[command(group(ArgGroup::new("end").args(["succeed", "fail"])))]
pub(super) struct Arguments {
    /// The message; it may have several lines
    #[arg(index = 2, value_name = "MESSAGE")]
    message: Option<String>,
    /// Log the lines of standard input
    #[arg(short, long)]
    follow: bool,
    /// Then end the run as successful
    #[arg(long)]
    succeed: bool,
    /// Then end the run as failed
    #[arg(long)]
    fail: bool,
    /// What became of it, in Markdown, with --succeed or --fail; everybody who sees the run can read it
    #[arg(long, value_name = "TEXT", requires = "end", default_value = "", hide_default_value = true)]
    summary: String,
    /// Mask the value of this variable in the log; repeatable. Variables whose names sound secret, such as API_TOKEN, are
    /// masked if they have 8 bytes or more
    #[arg(long, value_name = "NAME", requires = "follow")]
    mask: Vec<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
    #[command(flatten)]
    run: RunArguments,
}

pub(super) async fn run(arguments: &Arguments) -> Result<()> {
    let (_session, reporter, secrets) = arguments.run.start(&arguments.mask)?;
    let interrupt = Interrupt::listen()?;
    let mut failed = None;
    if let Some(message) = &arguments.message {
        reporter.log(message);
    } else {
        let none = None::<tokio::io::Stdout>;
        let copied =
            copy(Some(tokio::io::stdin()), none, &secrets, &reporter.logger(), || interrupt.wait()).await;
        if interrupt.is_set() {
            failed = Some(Failure::new(Exit::Interrupted, "stopped before the end of standard input"));
        } else if let Err(error) = copied {
            failed = Some(Failure::new(Exit::Failed, "cannot read standard input").because(&error));
        }
    }
    let is_success = arguments.succeed && failed.is_none();
    let summary = failed.as_ref().map_or(&*arguments.summary, Failure::what);
    let (ending, status) = match (arguments.succeed || arguments.fail, is_success) {
        (false, _) => (reporter.leave_open(), None),
        (true, true) => (reporter.succeed(summary), Some("SUCCESS")),
        (true, false) => (reporter.fail(summary), Some("FAILURE")),
    };
    let report = async { ending.await };
    let report = if failed.is_none() { interrupt.finish("report", report).await? } else { report.await };
    let concluded = conclude(arguments.output, &report, status);
    match (failed, concluded) {
        (Some(failed), Err(unreported)) => {
            note(unreported.what());
            Err(failed)
        }
        (Some(failed), Ok(())) => Err(failed),
        (None, concluded) => concluded,
    }
}
