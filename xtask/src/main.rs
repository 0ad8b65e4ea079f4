//! The workspace's own tasks, run as `cargo xtask <task>`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod codegen;
mod drift;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The tasks of this workspace")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
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
    let Arguments { task } = Arguments::parse();
    // What a failure exits with: a difference of `drift` is 1, so what it cannot compare is not.
    let (result, failure) = match task {
        Task::Bench(arguments) => (bench::run(&arguments), ExitCode::FAILURE),
        Task::Codegen { check: false } => (codegen::write(), ExitCode::FAILURE),
        Task::Codegen { check: true } => (codegen::check(), ExitCode::FAILURE),
        Task::Drift(options) => (drift::run(&options), ExitCode::from(drift::CANNOT_COMPARE)),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            failure
        }
    }
}
