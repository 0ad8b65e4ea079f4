//! The instructions that a call takes beside the same call written by hand with reqwest, and beside hyper alone, on one
//! server. callgrind counts them. They repeat where seconds do not, so `instructions.json` has those that were accepted
//! last, and `--check` fails when a call takes 2 % more; `--accept` accepts the new ones.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin calls`

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use port_webhooks_benches::calls::{Operation, Subject};
use port_webhooks_benches::{Failed, server};
use tokio::runtime::Builder;

/// Two runs that differ in this many calls: their start and their end cancel out.
const FEW: u64 = 100;
const MANY: u64 = 600;
/// More than this many times the accepted instructions are too many.
const LEEWAY: f64 = 1.02;
/// The accepted instructions of each call by ours.
const ACCEPTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.json");

fn main() -> Result<ExitCode, Failed> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    // Under valgrind.
    if let [first, rest @ ..] = &arguments[..]
        && first == "client"
    {
        return client(rest).map(|()| ExitCode::SUCCESS);
    }
    let is_given = |argument: &str| arguments.iter().any(|given| given == argument);
    let address = server::webhooks()?.to_string();
    let mut figures = BTreeMap::new();
    let mut ours = BTreeMap::new();
    for operation in Operation::ALL {
        let mut counts = BTreeMap::new();
        for name in Subject::NAMES {
            let (many, few) =
                (count(&address, name, operation, MANY)?, count(&address, name, operation, FEW)?);
            counts.insert(name, (many - few) / (MANY - FEW));
        }
        ours.insert(operation.name().to_owned(), counts["port-webhooks"]);
        figures.insert(format!("instructions of {}", operation.name()), counts);
    }
    println!("{}", serde_json::to_string(&figures)?);
    if is_given("--accept") {
        fs::write(ACCEPTED, serde_json::to_string_pretty(&ours)? + "\n")?;
    }
    let accepted: BTreeMap<String, u64> = serde_json::from_slice(&fs::read(ACCEPTED)?)?;
    let mut is_exceeded = false;
    for (call, count) in ours {
        let ratio = accepted.get(&call).map_or(f64::INFINITY, |accepted| count as f64 / *accepted as f64);
        let is_too_much = ratio > LEEWAY;
        is_exceeded |= is_too_much;
        let judgement = if is_too_much { "too many" } else { "accepted" };
        eprintln!("{call}: {count} instructions, {ratio:.3} times the accepted ones: {judgement}");
    }
    Ok(if is_given("--check") && is_exceeded { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Makes calls, to be counted: an address, a client, an operation, and how many.
fn client(arguments: &[String]) -> Result<(), Failed> {
    let [address, name, operation, calls] = arguments else { return Err("four arguments".into()) };
    let calls: u64 = calls.parse()?;
    let operation =
        Operation::ALL.into_iter().find(|known| known.name() == operation).ok_or("which call?")?;
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let subject = Subject::new(name, address)?;
        for _ in 0..calls {
            subject.call(operation).await?;
        }
        Ok(())
    })
}

fn count(address: &str, name: &str, operation: Operation, calls: u64) -> Result<u64, Failed> {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/callgrind.out");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", &format!("--callgrind-out-file={}", out.display())])
        .arg(env::current_exe()?)
        .args(["client", address, name, operation.name(), &calls.to_string()])
        .output()
        .map_err(|error| format!("valgrind cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("valgrind failed: {said}").into());
    }
    let counted =
        said.lines().find_map(|line| line.split_once("Collected : ")).ok_or("callgrind counted nothing")?;
    Ok(counted.1.trim().parse()?)
}
