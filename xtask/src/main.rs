//! The workspace's own tasks, run as `cargo xtask <task>`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod codegen;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The tasks of this workspace")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Generate the types and the client core from the contract
    Codegen {
        /// Write nothing; name each file that is stale and exit with 1
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let Arguments { task } = Arguments::parse();
    let result = match task {
        Task::Codegen { check: false } => codegen::write(),
        Task::Codegen { check: true } => codegen::check(),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
