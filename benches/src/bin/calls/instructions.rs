//! Instructions of a call, counted by callgrind. They repeat where seconds do not, so they are what is held.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use port_webhooks_benches::{Aim, Row, Table};
use tokio::runtime::Builder;

use crate::Failed;
use crate::client::{Operation, Subject};

/// Two runs that differ in this many calls: their start and their end cancel out.
const FEW: u64 = 100;
const MANY: u64 = 600;
/// How many hundredths more than the figure that is held are too many.
const LEEWAY: f64 = 2.0;
/// Instructions of each call by ours, as they were when they were accepted.
const HELD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.json");

/// Makes calls, to be counted: an address, a client, an operation, and how many.
pub(crate) fn client(arguments: &[String]) -> Result<(), Failed> {
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

/// Nothing where there is no valgrind.
pub(crate) fn table(address: &str, accept: bool) -> Result<Option<Table>, Failed> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(None);
    }
    let held: BTreeMap<String, u64> = match fs::read(HELD) {
        Ok(text) => serde_json::from_slice(&text)?,
        Err(_) => BTreeMap::new(),
    };
    let mut counted_now = BTreeMap::new();
    let mut table = Table::new("instructions of a call", "callgrind; the ratio is to careful reqwest");
    let mut beyond = Table::new("", "");
    for operation in Operation::ALL {
        let mut baseline = None;
        for name in Subject::NAMES {
            let counted = (count(address, name, operation, MANY)? - count(address, name, operation, FEW)?)
                as f64
                / (MANY - FEW) as f64;
            let ratio = counted / *baseline.get_or_insert(counted);
            let ours = name == "port-webhooks";
            let row = Row::new(format!("{}: {name}", operation.name()), counted, "").ratio(ratio);
            table.rows.push(row.aim(ours.then(|| Aim::RatioAtMost(aim(operation)))));
            if ours {
                counted_now.insert(operation.name().to_owned(), counted as u64);
                if let Some(held) = held.get(operation.name()).map(|held| *held as f64) {
                    let row = Row::new(format!("{}: to those that are held", operation.name()), held, "");
                    let row = row.ratio(counted / held);
                    beyond.rows.push(row.aim(Aim::RatioAtMost(1.0 + LEEWAY / 100.0)));
                }
            }
        }
    }
    table.rows.append(&mut beyond.rows);
    if accept {
        fs::write(HELD, serde_json::to_string_pretty(&counted_now)? + "\n")?;
    }
    Ok(Some(table))
}

/// How many times careful reqwest a call may take.
fn aim(operation: Operation) -> f64 {
    match operation {
        Operation::List => 1.1,
        Operation::Get | Operation::Create => 1.2,
    }
}

fn count(address: &str, name: &str, operation: Operation, calls: u64) -> Result<u64, Failed> {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/callgrind.out");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", &format!("--callgrind-out-file={}", out.display())])
        .arg(env::current_exe()?)
        .args(["client", address, name, operation.name(), &calls.to_string()])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("valgrind failed: {said}").into());
    }
    let counted =
        said.lines().find_map(|line| line.split_once("Collected : ")).ok_or("callgrind counted nothing")?;
    Ok(counted.1.trim().parse()?)
}
