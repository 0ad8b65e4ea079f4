//! `run exec`: runs a command, and reports on a run by what it writes and how it ends.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use clap::Args;
use port_webhooks::types::{Report, RunLogger};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use super::output::{Secrets, copy};
use super::{RunArguments, as_json, in_words};
use crate::arguments::Report as Format;
use crate::failure::{Failure, Result};
use crate::signals::{CTRL_C, Signals};
use crate::terminal::note;
use crate::tree::to_json_line;

pub(super) const EXAMPLES: &str = "\
The output of the command is passed through unchanged, and logged line by line, without secrets. The run ends as \
    SUCCESS if the exit status is 0, otherwise as FAILURE with the status or the signal. Ctrl-C, SIGTERM and SIGHUP are \
    passed on to the command, which finds the id of the run in PORT_RUN_ID.

The exit status is that of the command: 128 and the number of the signal if a signal ended it, 127 if there is no such \
    program, and 126 if it cannot be started. That holds when Port cannot be reached, too: a warning on standard error \
    says what is not reported, and the run may still be open. A wrong flag or setting is an error with status 2, before \
    the command runs.

--deadline is how long it tries to report once the command has ended; Ctrl-C ends that. If this process is killed, nobody \
    ends the run.

Examples:
  port-webhooks run exec r_1 -- make deploy
  port-webhooks run exec \"$RUN_ID\" --mask DB_URL -- sh -c 'migrate && deploy'";

/// How long to read on after the command has ended, while nothing arrives: its own processes may keep its output open.
const IDLE: Duration = Duration::from_secs(2);

#[derive(Args, Debug)]
#[command(mut_arg("query", |query| query.hide(true)))]
pub(super) struct Arguments {
    /// Mask the value of this variable in the log; repeatable. Variables whose names sound secret, such as API_TOKEN, are
    /// masked if they have 8 bytes or more. The output that is passed through is not masked
    #[arg(long, value_name = "NAME")]
    mask: Vec<String>,
    /// Format of the report on standard error
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
    /// The command and its arguments, after `--`
    #[arg(index = 2, last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    #[command(flatten)]
    run: RunArguments,
}

/// The exit status of a command, and why it failed.
struct Ended {
    code: u8,
    why: String,
}

pub(super) async fn run(arguments: &Arguments) -> Result<u8> {
    let (session, reporter, secrets) = arguments.run.start(&arguments.mask)?;
    let mut signals = Signals::listen()?;
    let ended = carry_out(arguments, &secrets, &reporter.logger(), &mut signals).await;
    let why = secrets.mask(&ended.why);
    let (ending, status) = match ended.code {
        0 => (reporter.succeed(""), "SUCCESS"),
        _ => (reporter.fail(&why), "FAILURE"),
    };
    if ended.code >= 126 && !why.is_empty() {
        note(&why);
    }
    let report = async { ending.await };
    let report = tokio::select! {
        report = report => report,
        () = async { while signals.next().await != CTRL_C {} } => {
            let drained = session.client.runs().drain(Duration::ZERO).await;
            match drained.incomplete.into_iter().next() {
                Some(report) => report,
                None => return Ok(ended.code),
            }
        }
    };
    tell(arguments.output, &report, status);
    Ok(ended.code)
}

/// Reports on standard error: standard output belongs to the command.
fn tell(output: Format, report: &Report, status: &str) {
    if output == Format::Json {
        let mut json = as_json(report, Some(status));
        if let Some(error) = &report.error {
            json["error"] = error.to_string().into();
        }
        note(to_json_line(&json).unwrap_or_default().trim_end());
    } else if report.is_complete() {
        note(in_words(report, Some(status)));
    } else {
        note(format!("warning: {}", Failure::from(report.clone()).text(false)));
    }
}

/// Runs the command to its end, with its output passed through and logged.
async fn carry_out(
    arguments: &Arguments,
    secrets: &Secrets,
    log: &RunLogger,
    signals: &mut Signals,
) -> Ended {
    let Some((program, words)) = arguments.command.split_first() else {
        return Ended { code: 127, why: "no command".to_owned() };
    };
    let name = program.to_string_lossy();
    let mut command = Command::new(program);
    command.args(words).env("PORT_RUN_ID", &arguments.run.id).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let code = if error.kind() == ErrorKind::NotFound { 127 } else { 126 };
            return Ended { code, why: format!("{name} cannot be started: {error}") };
        }
    };
    let (has_ended, ended) = watch::channel(false);
    let stop = || {
        let mut ended = ended.clone();
        async move {
            // The sender lives until the command has ended.
            let _ = ended.wait_for(|ended| *ended).await;
            let _ = timeout(IDLE, std::future::pending::<()>()).await;
        }
    };
    let copying_out = copy(child.stdout.take(), Some(tokio::io::stdout()), secrets, log, stop);
    let copying_err = copy(child.stderr.take(), Some(tokio::io::stderr()), secrets, log, stop);
    let waiting = async {
        let status = loop {
            tokio::select! {
                status = child.wait() => break status,
                signal = signals.next() => forward(&child, signal),
            }
        };
        has_ended.send_replace(true);
        status
    };
    // The end of the command matters, not how its output ended.
    let (status, _, _) = tokio::join!(waiting, copying_out, copying_err);
    match status {
        Ok(status) => describe(&name, status),
        Err(error) => Ended { code: 126, why: format!("cannot wait for {name}: {error}") },
    }
}

fn describe(name: &str, status: ExitStatus) -> Ended {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let code = u8::try_from(128 + signal).unwrap_or(u8::MAX);
        return Ended { code, why: format!("{name} was terminated by signal {signal}") };
    }
    let code = status.code().unwrap_or(1);
    let why = if code == 0 { String::new() } else { format!("{name} exited with status {code}") };
    // Windows has more statuses.
    Ended { code: u8::try_from(code).unwrap_or(1), why }
}

/// Passes a signal on. A terminal sends Ctrl-C and SIGHUP to the command as well.
#[cfg(unix)]
fn forward(child: &Child, signal: &str) {
    use std::io::IsTerminal as _;

    use rustix::process::{Pid, Signal, kill_process};

    let signal = match signal {
        "SIGTERM" => Signal::TERM,
        _ if std::io::stdin().is_terminal() => return,
        CTRL_C => Signal::INT,
        _ => Signal::HUP,
    };
    let id = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    if let Some(id) = id {
        // The command may have ended already.
        let _ = kill_process(id, signal);
    }
}

/// The console sends Ctrl-C to the command as well.
#[cfg(not(unix))]
fn forward(_child: &Child, _signal: &str) {}
