//! Exit statuses.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use port_webhooks::{Error, ErrorKind};
use serde::Serialize;

/// Why the command ends as it does, as a number for scripts. The comments are the table of `--help` and of the README.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[repr(u8)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Exit {
    /// done; or `listen` or `fake` was stopped
    Done = 0,
    /// a check failed (`verify`, `trigger`, `map test`), `delete` was declined, or a local failure
    Failed = 1,
    /// a flag, a file or a setting is wrong
    Usage = 2,
    /// Port rejects the credentials
    Authentication = 3,
    /// the credentials lack permission
    Permission = 4,
    /// there is no such webhook or run
    NotFound = 5,
    /// the identifier is taken; the run has ended, or does not wait for approval
    Conflict = 6,
    /// Port rejects the content of the request
    Validation = 7,
    /// too many requests
    RateLimited = 8,
    /// Port failed, or answered something unexpected
    Port = 9,
    /// Port, or the receiver of `trigger`, cannot be reached or takes too long
    Unreachable = 10,
    /// `apply --dry-run --exit-code` found something to do
    Pending = 11,
    /// stopped by Ctrl-C or a signal before everything was done
    Interrupted = 130,
}

pub(crate) fn help() -> String {
    let mut help = "Exit status:".to_owned();
    for exit in Exit::value_variants() {
        let value = exit.to_possible_value();
        let meaning = value.as_ref().and_then(PossibleValue::get_help).map(ToString::to_string);
        let _ = write!(help, "\n  {:>3}  {}", *exit as u8, meaning.unwrap_or_default());
    }
    help
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Authentication => Self::Authentication,
            ErrorKind::Permission => Self::Permission,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Conflict | ErrorKind::RunEnded => Self::Conflict,
            // The client found it before sending anything.
            ErrorKind::Validation | ErrorKind::PayloadTooLarge if error.status().is_none() => Self::Usage,
            ErrorKind::Validation | ErrorKind::PayloadTooLarge => Self::Validation,
            ErrorKind::RateLimited => Self::RateLimited,
            ErrorKind::Timeout | ErrorKind::Connect | ErrorKind::Transport => Self::Unreachable,
            ErrorKind::Configuration => Self::Usage,
            // A kind that a later version of the client adds.
            _ => Self::Port,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
