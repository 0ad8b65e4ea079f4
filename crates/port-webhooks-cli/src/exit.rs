//! What the exit status says.

use std::fmt::Write as _;
use std::process::ExitCode;

use port_webhooks::{Error, ErrorKind};

/// Why the command ends as it does, as a number for scripts. The table of the README and of `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    Authentication = 3,
    Permission = 4,
    NotFound = 5,
    Conflict = 6,
    Validation = 7,
    RateLimited = 8,
    Port = 9,
    Unreachable = 10,
    Pending = 11,
    Interrupted = 130,
}

impl Exit {
    const ALL: [Self; 13] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Authentication,
        Self::Permission,
        Self::NotFound,
        Self::Conflict,
        Self::Validation,
        Self::RateLimited,
        Self::Port,
        Self::Unreachable,
        Self::Pending,
        Self::Interrupted,
    ];

    /// The name of the status in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Validation => "validation",
            Self::RateLimited => "rate_limited",
            Self::Port => "port",
            Self::Unreachable => "unreachable",
            Self::Pending => "pending",
            Self::Interrupted => "interrupted",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; or `listen` or `fake` was stopped",
            Self::Failed => "a check failed (`verify`, `trigger`), `delete` was declined, or a local failure",
            Self::Usage => "a flag, a file or a setting is wrong",
            Self::Authentication => "Port rejects the credentials",
            Self::Permission => "the credentials lack permission",
            Self::NotFound => "there is no such webhook",
            Self::Conflict => "the identifier is taken",
            Self::Validation => "Port rejects the content of the request",
            Self::RateLimited => "too many requests",
            Self::Port => "Port failed, or answered something unexpected",
            Self::Unreachable => "Port, or the receiver of `trigger`, cannot be reached or takes too long",
            Self::Pending => "`apply --dry-run --exit-code` found something to do",
            Self::Interrupted => "stopped by Ctrl-C or a signal before everything was done",
        }
    }
}

/// The table, for `--help`.
pub(crate) fn help() -> String {
    let mut help = "Exit status:".to_owned();
    for exit in Exit::ALL {
        let _ = write!(help, "\n  {:>3}  {}", exit as u8, exit.meaning());
    }
    help
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Authentication => Self::Authentication,
            ErrorKind::Permission => Self::Permission,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Conflict => Self::Conflict,
            // Without an answer it was found here.
            ErrorKind::Validation | ErrorKind::PayloadTooLarge if error.status().is_none() => Self::Usage,
            ErrorKind::Validation | ErrorKind::PayloadTooLarge => Self::Validation,
            ErrorKind::RateLimited => Self::RateLimited,
            ErrorKind::Timeout | ErrorKind::Connect | ErrorKind::Transport => Self::Unreachable,
            ErrorKind::Configuration => Self::Usage,
            // A kind of the future is one of Port's.
            _ => Self::Port,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
