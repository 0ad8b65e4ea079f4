//! A file that only its owner can read.

use std::io::{self, Write as _};
use std::path::Path;

/// Writes a file as a whole, or not at all. It is made for its owner alone (0600 on Unix) before anything is in it,
/// and then takes the place of whatever was there.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() && !path.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is there and is not a file"));
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
