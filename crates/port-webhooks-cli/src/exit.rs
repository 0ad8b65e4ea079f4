//! What the exit status says.

use std::process::ExitCode;

use port_webhooks::ErrorKind;

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
    Interrupted = 130,
}

/// For `--help`.
pub(crate) const HELP: &str = "\
Exit status:
    0  done
    1  a check failed (`verify`, `trigger`), or something on this machine
    2  a flag, a file or a setting is wrong; nothing was sent
    3  Port does not take the credentials
    4  the credentials may not do this
    5  there is no such webhook
    6  the identifier is taken, or a webhook is not what it should be
    7  Port refuses what was sent
    8  too many requests
    9  Port failed, or answered what cannot be understood
   10  Port cannot be reached, or takes too long
  130  stopped by Ctrl-C before everything was done";

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Authentication => Self::Authentication,
            ErrorKind::Permission => Self::Permission,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Conflict => Self::Conflict,
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
