//! A file that is written as a whole, or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// Why nothing is written to a path: only a file is replaced, no link is followed, and no device or pipe is written to.
pub(crate) fn refusal(path: &Path) -> Option<&'static str> {
    match fs::symlink_metadata(path) {
        Ok(existing) if existing.is_symlink() => Some("is a symbolic link"),
        Ok(existing) if !existing.is_file() => Some("is not a regular file"),
        _ => None,
    }
}

/// Writes a file, which then takes the place of the file of that name. If it is secret, only its owner can read it (0600
/// on Unix); otherwise it has the permissions of any new file.
pub(crate) fn write(path: &Path, text: &str, is_secret: bool) -> Result<()> {
    replace(path, text, is_secret).map_err(|error| {
        Failure::new(Exit::Failed, format!("cannot write {}", path.display())).because(&error)
    })
}

fn replace(path: &Path, text: &str, is_secret: bool) -> io::Result<()> {
    if let Some(kind) = refusal(path) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, kind));
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = new_file(directory, is_secret)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    // A link that was made in the meantime is replaced, and not followed.
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
fn new_file(directory: &Path, is_secret: bool) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;

    // The system removes the permissions that new files do not get.
    let mode = if is_secret { 0o600 } else { 0o666 };
    Builder::new().permissions(fs::Permissions::from_mode(mode)).tempfile_in(directory)
}

#[cfg(not(unix))]
fn new_file(directory: &Path, _: bool) -> io::Result<NamedTempFile> {
    Builder::new().tempfile_in(directory)
}
