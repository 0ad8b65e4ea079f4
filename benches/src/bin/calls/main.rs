//! What a call costs beside the same call written by hand with reqwest, and beside hyper alone, on one server.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin calls`
//!
//! The server plays bytes that are made beforehand, in a process of its own. The client has one thread, whose time
//! on the processor is what is counted. Where valgrind is there, instructions are counted too: these are the same
//! from run to run, and `instructions.json` holds those of the last change.

mod client;
mod instructions;
mod server;
mod turns;

use std::process::ExitCode;

use port_webhooks_benches::Report;

pub(crate) type Failed = Box<dyn std::error::Error>;

fn main() -> Result<ExitCode, Failed> {
    server::serve_if_wanted()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Under valgrind.
    if arguments.first().is_some_and(|first| first == "client") {
        return instructions::client(&arguments[1..]).map(|()| ExitCode::SUCCESS);
    }
    let server = server::start()?;
    let address = server.address.to_string();
    let mut report = Report::new("calls");
    if let Some(table) = instructions::table(&address, arguments.iter().any(|a| a == "--accept"))? {
        report.add(table);
    } else {
        eprintln!("valgrind is not there: instructions are not counted");
    }
    if !arguments.iter().any(|a| a == "--instructions") {
        for table in turns::tables(&address)? {
            report.add(table);
        }
    }
    Ok(report.finish())
}
