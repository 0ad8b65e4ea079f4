//! `run`: reads runs of actions, and reports on them from scripts and CI jobs.

mod action;
mod exec;
mod follow;
mod output;

use std::time::Duration;

use clap::{Args, Subcommand};
use port_webhooks::{
    Reporter,
    types::{Report, Reported},
};
use serde_json::json;

use self::output::Secrets;
use crate::address;
use crate::arguments::{ConnectionArguments, FileFormat, Report as Format};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::session::Session;
use crate::show;
use crate::terminal::{note, one_line};

pub(crate) const EXAMPLES: &str = "\
The id is that of the run of an action, or of a workflow node (wfnr_...). An action sends it to its service, where its \
    body or its headers have `{{ .run.id }}`.

Examples:
  port-webhooks run exec \"$RUN_ID\" -- make deploy
  port-webhooks run log \"$RUN_ID\" 'Scaling to 3 replicas'
  terraform apply 2>&1 | port-webhooks run log \"$RUN_ID\" --follow
  port-webhooks run succeed \"$RUN_ID\" --summary 'Scaled to 3 replicas'";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show a run
    #[command(after_help = action::GET_EXAMPLES)]
    Get(action::Arguments),
    /// Show the log of a run
    #[command(after_help = action::LOGS_EXAMPLES)]
    Logs(action::Arguments),
    /// Add a message, or the lines of standard input, to the log of a run
    #[command(after_help = follow::EXAMPLES)]
    Log(follow::Arguments),
    /// Set label, links, summary and external id of a run
    #[command(after_help = action::UPDATE_EXAMPLES)]
    Update(action::UpdateArguments),
    /// End a run as successful
    #[command(after_help = SUCCEED_EXAMPLES)]
    Succeed(EndArguments),
    /// End a run as failed
    #[command(after_help = FAIL_EXAMPLES)]
    Fail(EndArguments),
    /// Approve a run that waits for approval
    #[command(after_help = action::APPROVE_EXAMPLES)]
    Approve(action::Arguments),
    /// Decline a run that waits for approval
    #[command(after_help = action::DECLINE_EXAMPLES)]
    Decline(action::DeclineArguments),
    /// Run a command, with its output as the log, and end the run by its exit status
    #[command(after_help = exec::EXAMPLES)]
    Exec(exec::Arguments),
}

const SUCCEED_EXAMPLES: &str = "\
Examples:
  port-webhooks run succeed r_1 --summary 'Scaled to 3 replicas'";

const FAIL_EXAMPLES: &str = "\
Examples:
  port-webhooks run fail r_1 --summary 'The quota is used up'
  trap 'port-webhooks run fail \"$RUN_ID\" --summary \"stopped at line $LINENO\"' ERR";

#[derive(Args, Debug)]
#[command(mut_arg("query", |query| query.hide(true)))]
struct EndArguments {
    /// What became of it, in Markdown; everybody who sees the run can read it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    summary: String,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
    #[command(flatten)]
    run: RunArguments,
}

/// The id of a run, and how to reach Port.
#[derive(Args, Debug)]
struct RunArguments {
    /// Id of the run
    #[arg(index = 1, value_name = "ID", value_parser = id)]
    id: String,
    #[command(flatten)]
    connection: ConnectionArguments,
}

fn id(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("the id of the run is empty; is the variable set?");
    }
    Ok(text.to_owned())
}

impl RunArguments {
    /// A session, a reporter on the run, and the texts that its log must not contain.
    fn start(&self, masked: &[String]) -> Result<(Session, Reporter, Secrets)> {
        let (settings, environment) = self.connection.settings()?;
        let secrets = Secrets::find(&settings, &environment, masked)?;
        let session = self.connection.connect(&settings, environment)?;
        let reporter = self.reporter(&session)?;
        Ok((session, reporter, secrets))
    }

    /// A reporter on the run. It tries for `--deadline` to report how the run ended.
    fn reporter(&self, session: &Session) -> Result<Reporter> {
        if !self.connection.query.is_empty() {
            return Err(Failure::usage("--query: reports on runs take no query parameters"));
        }
        let deadline = Duration::from_secs(self.connection.deadline);
        Ok(session.client.runs().reporter(&self.id).deadline(deadline))
    }
}

pub(crate) async fn run(arguments: &Arguments) -> Result<u8> {
    match &arguments.command {
        Command::Get(arguments) => action::get(arguments).await?,
        Command::Logs(arguments) => action::logs(arguments).await?,
        Command::Log(arguments) => follow::run(arguments).await?,
        Command::Update(arguments) => action::update(arguments).await?,
        Command::Succeed(arguments) => end(arguments, true).await?,
        Command::Fail(arguments) => end(arguments, false).await?,
        Command::Approve(arguments) => action::approve(arguments).await?,
        Command::Decline(arguments) => action::decline(arguments).await?,
        Command::Exec(arguments) => return exec::run(arguments).await,
    }
    Ok(Exit::Done as u8)
}

async fn end(arguments: &EndArguments, is_success: bool) -> Result<()> {
    let EndArguments { run, summary, output } = arguments;
    let session = run.connection.open()?;
    let reporter = run.reporter(&session)?;
    let (ending, status) =
        if is_success { (reporter.succeed(summary), "SUCCESS") } else { (reporter.fail(summary), "FAILURE") };
    conclude(*output, &ending.await, Some(status))
}

/// Says what Port knows of the run; an error, unless that is all of it.
fn conclude(output: Format, report: &Report, status: Option<&str>) -> Result<()> {
    if output == Format::Json {
        show::structured(&mut Output::new(), FileFormat::Json, &as_json(report, status))?;
    }
    if !report.is_complete() {
        return Err(report.clone().into());
    }
    if output == Format::Text {
        note(in_words(report, status));
    }
    Ok(())
}

fn in_words(report: &Report, status: Option<&str>) -> String {
    let (run, count) = (one_line(&report.run_id), report.lines_reported);
    let lines = if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
    let end = match status {
        Some(status) if count == 0 => format!("ended as {status}"),
        Some(status) => format!("ended as {status}, with {lines}"),
        None => format!("{lines} logged; the run is still open"),
    };
    format!("run {run}: {end} (Port at {})", address::get().unwrap_or_default())
}

fn as_json(report: &Report, status: Option<&str>) -> serde_json::Value {
    let end = match report.end {
        Reported::Yes => "reported",
        Reported::LeftOpen => "left_open",
        Reported::Unknown => "unknown",
        _ => "not_reported",
    };
    json!({
        "run": report.run_id,
        "address": address::get(),
        "status": status,
        "end": end,
        "lines": {
            "reported": report.lines_reported,
            "unknown": report.lines_unknown,
            "lost": report.lines_lost,
        },
    })
}
