//! A file that is written as a whole, or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// Who may read a file, where the system knows such rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner alone: 0600 on Unix.
    Owner,
    /// Whoever may read what is newly made here.
    Usual,
}

/// Why nothing is written to a path: only a file is replaced, no link is followed, and no device or pipe is written to.
pub(crate) fn refusal(path: &Path) -> Option<&'static str> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => Some("is a symbolic link"),
        Ok(there) if !there.is_file() => Some("is not a regular file"),
        _ => None,
    }
}

/// Writes a file, which has its rights before anything is in it, and then takes the place of the file of that name.
pub(crate) fn write(path: &Path, text: &str, readers: Readers) -> io::Result<()> {
    if let Some(kind) = refusal(path) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, kind));
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = begin(directory, readers)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    // A link that has come in the meantime is replaced, and not followed.
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
fn begin(directory: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = match readers {
        Readers::Owner => 0o600,
        // The system takes from these what new files do not get.
        Readers::Usual => 0o666,
    };
    Builder::new().permissions(std::fs::Permissions::from_mode(mode)).tempfile_in(directory)
}

#[cfg(not(unix))]
fn begin(directory: &Path, _: Readers) -> io::Result<NamedTempFile> {
    Builder::new().tempfile_in(directory)
}
