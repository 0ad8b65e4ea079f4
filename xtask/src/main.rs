//! The workspace's own tasks, run as `cargo xtask <task>`.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod api;
mod bench;
mod codegen;
mod document;
mod drift;
mod generated;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The tasks of this workspace")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write the public API of each published library to its api.txt
    Api {
        /// Write nothing; show what differs and exit with 1
        #[arg(long)]
        check: bool,
    },
    /// Measure, side by side with others; docs/performance.md holds the figures
    Bench(bench::Arguments),
    /// Generate the types and the client core from the contract
    Codegen {
        /// Write nothing; name each file that is stale and exit with 1
        #[arg(long)]
        check: bool,
    },
    /// Compare the contract with an OpenAPI document of Port
    Drift(drift::Options),
}

fn main() -> ExitCode {
    execute(Arguments::parse(), &mut io::stdout(), &mut io::stderr())
}

/// Runs a task. A failure goes to `errors`; `output` gets what `drift` reports.
fn execute(arguments: Arguments, output: &mut dyn Write, errors: &mut dyn Write) -> ExitCode {
    // What a failure exits with: a difference of `drift` is 1, so what it cannot compare is not.
    let (result, failure) = match arguments.task {
        Task::Api { check } => (api::run(check), ExitCode::FAILURE),
        Task::Bench(arguments) => (bench::run(&arguments), ExitCode::FAILURE),
        Task::Codegen { check } => (codegen::run(check), ExitCode::FAILURE),
        Task::Drift(options) => (drift::run(&options, output), ExitCode::from(drift::CANNOT_COMPARE)),
    };
    result.unwrap_or_else(|error| {
        // The exit status is right even when stderr is closed.
        let _ = writeln!(errors, "error: {error:#}");
        failure
    })
}

/// The root of the workspace.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
