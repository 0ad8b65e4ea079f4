//! `cargo verify`: see `docs/verified.md`.

use std::future::pending;
use std::process::ExitCode;
use std::time::SystemTime;
use std::{env, fs, process};

use port_webhooks_verify::{Settings, Wait, ledger, run};
use tokio::signal::ctrl_c;

const LEDGER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/verified.md");

/// The variable that has to say `yes`.
const OPT_IN: &str = "PORT_WEBHOOKS_VERIFY";

const HELP: &str = "\
Asks a real Port what is not verified about its API, and writes the answers to docs/verified.md.

Usage:
  cargo verify          ask Port; needs the variables below
  cargo verify --help   print this help

Environment:
  PORT_WEBHOOKS_VERIFY=yes    required: without it nothing is sent
  PORT_CLIENT_ID, PORT_CLIENT_SECRET
                              required, or PORT_ACCESS_TOKEN, with which facts about tokens stay open
  PORT_REGION (eu, us) or PORT_BASE_URL
                              optional; the default is https://api.port.io

A run creates about 20 webhooks whose names begin with pw-verify-. All are disabled, except one to which
nothing can be delivered. At the end, and after Ctrl-C, it deletes them and any that an earlier run left
behind. It changes no other webhook, and sends at most 300 requests. Use an organization for tests.

Exit status:
    0  done
    1  an error, or a webhook that could not be deleted
    2  an unknown argument, or PORT_WEBHOOKS_VERIFY is neither yes nor no
  130  stopped by a second Ctrl-C
";

/// As shells tell that a program was interrupted.
const INTERRUPTED: i32 = 130;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let opt_in = env::var_os(OPT_IN).unwrap_or_default();
    let (problem, code) = match (&arguments[..], opt_in.to_str()) {
        ([help], _) if ["-h", "--help", "help"].contains(&help.as_str()) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        ([_, ..], _) => {
            let unknown = arguments.join(" ");
            (format!("unknown arguments: {unknown}\n  `cargo verify --help` shows the usage"), 2)
        }
        ([], Some("yes")) => match ask().await {
            Ok(code) => return code,
            Err(problem) => (problem, 1),
        },
        ([], Some("" | "no")) => {
            print!("{HELP}\nNothing was sent. To ask Port: {OPT_IN}=yes cargo verify\n");
            return ExitCode::SUCCESS;
        }
        ([], _) => (format!("{OPT_IN} is neither \"yes\" nor \"no\"; nothing was sent"), 2),
    };
    eprintln!("error: {problem}");
    ExitCode::from(code)
}

async fn ask() -> Result<ExitCode, String> {
    let settings = Settings::from_variables(|name| env::var_os(name)).map_err(|error| error.to_string())?;
    let place = |error: std::io::Error| format!("{LEDGER}: {error}");
    let old = fs::read_to_string(LEDGER).map_err(place)?;
    let base_url = &settings.base_url;
    println!("Asking {base_url}");
    #[allow(clippy::disallowed_methods)] // The real server's limits are waited for in real time.
    let wait: Wait = Box::new(|time| Box::pin(tokio::time::sleep(time)));
    let report = run(settings.clone(), wait, stop(), ledger::read(&old)?).await?;
    for finding in &report.findings {
        match &finding.outcome {
            Ok(settled) => println!("{}: {} ({})", finding.fact, settled.value, settled.evidence),
            Err(reason) => println!("{}: not settled: {reason}", finding.fact),
        }
    }
    println!("{} requests; {} webhooks deleted", report.requests, report.removed.len());
    for left in &report.left {
        println!("NOT DELETED: {left}");
    }
    if settings.is_port() {
        let new = ledger::write(&old, &report, &today());
        fs::write(LEDGER, &new).map_err(place)?;
        for disagreement in ledger::disagreements(&ledger::read(&new)?) {
            println!("{disagreement}");
        }
        println!("docs/verified.md was written. The tests of this crate fail until the fake agrees with it.");
    } else {
        println!("docs/verified.md was not changed: {base_url} is not Port.");
    }
    Ok(if report.left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Ends at the first Ctrl-C, which is followed by the clean-up. A second one ends the program.
async fn stop() {
    if ctrl_c().await.is_err() {
        pending::<()>().await;
    }
    tokio::spawn(async {
        if ctrl_c().await.is_ok() {
            eprintln!("error: stopped before everything was deleted\n  the next run deletes what is left");
            process::exit(INTERRUPTED);
        }
    });
}

#[allow(clippy::disallowed_methods)] // The one place where this program reads the clock.
fn today() -> String {
    chrono::DateTime::<chrono::Utc>::from(SystemTime::now()).format("%Y-%m-%d").to_string()
}
