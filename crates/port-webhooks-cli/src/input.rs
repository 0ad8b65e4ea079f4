//! Files that are read, and standard input, for which `-` stands.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Failure, Result};

const STANDARD_INPUT: &str = "-";

/// Whether standard input was read: a second reader would find nothing, and take it for what was meant.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// All bytes.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    read_at_most(path, u64::MAX)
}

/// All bytes, and no more than so many.
pub(crate) fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let failed = |error: io::Error| Failure::usage(format!("cannot read {}", name(path))).because(&error);
    let mut bytes = Vec::new();
    if is_standard(path) {
        if TAKEN.swap(true, Ordering::Relaxed) {
            return Err(Failure::usage("standard input (`-`) is named twice, and can be read once"));
        }
        io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed)?;
    }
    Ok(bytes)
}

/// How a person calls it.
pub(crate) fn name(path: &Path) -> String {
    if is_standard(path) { "standard input".to_owned() } else { path.display().to_string() }
}

fn is_standard(path: &Path) -> bool {
    path == Path::new(STANDARD_INPUT)
}
