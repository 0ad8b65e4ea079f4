//! Reads files and standard input (`-`), up to a limit, and asks for confirmation.

use std::fs::{self, DirEntry, File};
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::de::DeserializeOwned;

use crate::exit::Exit;
use crate::failure::{Failure, Result};

const STANDARD_INPUT: &str = "-";

/// The most bytes of a file, more than any webhooks, body, headers or secret need.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Whether standard input was read. A second reader would get an empty text.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The content, of at most 16 MiB.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error: io::Error| Failure::usage(format!("cannot read {}", name(path))).because(&error);
    let mut bytes = Vec::new();
    if is_standard(path) {
        if TAKEN.swap(true, Ordering::Relaxed) {
            return Err(Failure::usage("standard input (`-`) is named twice, and can be read once"));
        }
        io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(failed)?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::usage(format!("{}: larger than 16 MiB", name(path))));
    }
    Ok(bytes)
}

/// The text, without the byte order mark that some editors put before it.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    let mut text =
        String::from_utf8(read(path)?).map_err(|_| Failure::usage(format!("{}: not UTF-8", name(path))))?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

/// The JSON of a file, which may begin with a byte order mark.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_str(&read_text(path)?)
        .map_err(|error| Failure::usage(format!("{}: {error}", name(path))))
}

pub(crate) fn entries(directory: &Path) -> Result<Vec<DirEntry>> {
    fs::read_dir(directory)
        .and_then(Iterator::collect)
        .map_err(|error| Failure::usage(format!("cannot read {}", directory.display())).because(&error))
}

pub(crate) fn name(path: &Path) -> String {
    if is_standard(path) { "standard input".to_owned() } else { path.display().to_string() }
}

fn is_standard(path: &Path) -> bool {
    path == Path::new(STANDARD_INPUT)
}

/// Asks before something is deleted.
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
