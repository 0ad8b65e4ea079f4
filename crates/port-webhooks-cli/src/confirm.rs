//! Asks before something is deleted.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use crate::exit::Exit;
use crate::failure::{Failure, Result};

pub(crate) fn confirmed(question: &str) -> Result<bool> {
    let failed = |error: io::Error| Failure::new(Exit::Failed, "cannot ask for confirmation").because(&error);
    write!(anstream::stderr(), "{question} [y/N] ").map_err(failed)?;
    let mut answer = String::new();
    io::stdin().lock().take(1024).read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

pub(crate) fn check_can_ask() -> Result<()> {
    if io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure::usage("no terminal to ask for confirmation; nothing was deleted")
        .advice("--yes deletes without confirmation"))
}
