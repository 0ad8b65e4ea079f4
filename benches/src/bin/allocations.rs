//! What a call allocates beside the same call by others.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin allocations`
//!
//! It is a program of its own, since counting takes instructions.

#[path = "calls/client.rs"]
mod client;
#[path = "calls/server.rs"]
mod server;

use std::process::ExitCode;

use client::{Operation, Subject};
use port_webhooks_benches::{Report, Row, Table};
use tokio::runtime::{Builder, Runtime};

pub(crate) type Failed = Box<dyn std::error::Error>;

const CALLS: usize = 50;

fn main() -> Result<ExitCode, Failed> {
    server::serve_if_wanted()?;
    let server = server::start()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut bytes = Table::new("bytes allocated by a call", "the ratio is to careful reqwest");
    let mut times = Table::new("allocations of a call", "the ratio is to careful reqwest");
    for operation in Operation::ALL {
        let mut baseline = None;
        for name in Subject::NAMES {
            let subject = Subject::new(name, &server.address.to_string())?;
            // Connections, and the token.
            runtime.block_on(subject.call(operation))?;
            let counted = count(&runtime, &subject, operation)?;
            let first = *baseline.get_or_insert(counted);
            let title = format!("{}: {name}", operation.name());
            bytes.rows.push(Row::new(title.clone(), counted.0, "bytes").ratio(counted.0 / first.0));
            times.rows.push(Row::new(title, counted.1, "").ratio(counted.1 / first.1));
        }
    }
    let mut report = Report::new("allocations");
    report.add(bytes);
    report.add(times);
    Ok(report.finish())
}

/// Bytes, and how many times.
fn count(runtime: &Runtime, subject: &Subject, operation: Operation) -> Result<(f64, f64), Failed> {
    let mut result = Ok(());
    let counted = allocation_counter::measure(|| {
        result = runtime.block_on(async {
            for _ in 0..CALLS {
                subject.call(operation).await?;
            }
            Ok(())
        });
    });
    result.map(|()| (counted.bytes_total as f64 / CALLS as f64, counted.count_total as f64 / CALLS as f64))
}
