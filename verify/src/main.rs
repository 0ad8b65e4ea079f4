//! `cargo verify`: see `docs/verified.md`.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};
use std::{env, fs};

use port_webhooks_verify::{OPT_IN, Report, Settings, Wait, facts, ledger, opted_in, run};

const LEDGER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/verified.md");

const HELP: &str = "\
Asks a real Port what nobody has verified about it, and writes what it says into docs/verified.md.

  PORT_WEBHOOKS_VERIFY=yes cargo verify    with PORT_CLIENT_ID and PORT_CLIENT_SECRET, and
                                           PORT_REGION or PORT_BASE_URL, as for the client
  cargo verify table                       write the table anew, without asking anybody

It creates some 20 webhooks that are disabled, called pw-verify-…, and removes them, and those that an
earlier run left; it touches no others. It sends at most 300 requests. Use an organisation for tests.
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["table"] => rewrite(None).map(|()| ExitCode::SUCCESS),
        [] if opted_in(|name| env::var_os(name)) => ask().await,
        [] => {
            print!("{HELP}\nNothing was done: {OPT_IN} is not \"yes\".\n");
            return ExitCode::SUCCESS;
        }
        _ => {
            print!("{HELP}");
            return ExitCode::from(2);
        }
    };
    result.unwrap_or_else(|problem| {
        eprintln!("error: {problem}");
        ExitCode::FAILURE
    })
}

async fn ask() -> Result<ExitCode, String> {
    let settings = Settings::from_variables(|name| env::var_os(name)).map_err(|error| error.to_string())?;
    let (base_url, is_port) = (settings.base_url().to_owned(), settings.is_port());
    println!("Asking {base_url}");
    let stop = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let report = run(settings, wait(), stop).await?;
    show(&report);
    if is_port {
        rewrite(Some(&report))?;
        println!("docs/verified.md is written. The tests of this crate fail until the fake agrees with it.");
    } else {
        println!("docs/verified.md is as it was: {base_url} is not Port.");
    }
    Ok(if report.left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(report: &Report) {
    for finding in &report.findings {
        match &finding.outcome {
            Ok(settled) => println!("{}: {} ({})", finding.fact, settled.value, settled.evidence),
            Err(reason) => println!("{}: not settled: {reason}", finding.fact),
        }
    }
    println!("{} requests; {} webhooks removed", report.requests, report.removed.len());
    for left in &report.left {
        println!("NOT REMOVED: {left}");
    }
}

/// Writes the table, with what a run has found.
fn rewrite(report: Option<&Report>) -> Result<(), String> {
    let place = |error: std::io::Error| format!("{LEDGER}: {error}");
    let old = fs::read_to_string(LEDGER).map_err(place)?;
    let mut entries = ledger::entries(&old)?;
    if let Some(report) = report {
        ledger::note(&mut entries, report, &today());
    }
    let facts = facts();
    fs::write(LEDGER, ledger::write(&old, &facts, &entries)?).map_err(place)?;
    for disagreement in ledger::disagreements(&facts, &entries) {
        println!("{disagreement}");
    }
    Ok(())
}

#[allow(clippy::disallowed_methods)] // The real server's limits are waited for in real time.
fn wait() -> Wait {
    Box::new(|time: Duration| Box::pin(tokio::time::sleep(time)))
}

#[allow(clippy::disallowed_methods)] // The one place where this program reads the clock.
fn today() -> String {
    chrono::DateTime::<chrono::Utc>::from(SystemTime::now()).format("%Y-%m-%d").to_string()
}
