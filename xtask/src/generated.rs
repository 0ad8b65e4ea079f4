//! Files that a task writes, or compares with what is committed.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use similar::TextDiff;

use crate::root;

/// How much of a difference is shown of each file.
const DIFF_LINES: usize = 50;

pub(crate) struct GeneratedFile {
    /// Relative to the root of the workspace.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Writes the files that changed, or with `check` shows where they differ from what is committed. `command` writes them.
pub(crate) fn update(files: &[GeneratedFile], check: bool, command: &str) -> Result<ExitCode> {
    let mut is_stale = false;
    for file in files {
        match difference(root(), file) {
            None => println!("unchanged {}", file.path),
            Some(difference) if check => {
                is_stale = true;
                print!("{difference}");
            }
            Some(_) => {
                let path = root().join(&file.path);
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder)
                        .with_context(|| format!("cannot make {}", folder.display()))?;
                }
                fs::write(&path, &file.text).with_context(|| format!("cannot write {}", file.path))?;
                println!("wrote     {}", file.path);
            }
        }
    }
    if is_stale {
        println!("run `{command}` and commit what it writes, if the change is meant");
    }
    Ok(if is_stale { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What is stale about a file, if it is.
pub(crate) fn difference(root: &Path, file: &GeneratedFile) -> Option<String> {
    let committed = fs::read_to_string(root.join(&file.path)).unwrap_or_default();
    if committed == file.text {
        return None;
    }
    let diff = TextDiff::from_lines(&committed, &file.text);
    let text = diff.unified_diff().context_radius(1).header("committed", "generated").to_string();
    let mut lines: Vec<&str> = text.lines().take(DIFF_LINES).collect();
    let rest = format!("… {} more lines", text.lines().count() - lines.len());
    if lines.len() == DIFF_LINES {
        lines.push(&rest);
    }
    Some(format!("stale: {}\n{}\n", file.path, lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_file_is_named_with_a_short_difference() {
        let folder = tempfile::tempdir().unwrap();
        let text = "line\n".repeat(100);
        fs::write(folder.path().join("types.rs"), &text).unwrap();
        let file = GeneratedFile { path: "types.rs".to_owned(), text: text + "one more\n" };
        let difference = difference(folder.path(), &file).unwrap();
        assert!(
            difference.starts_with("stale: types.rs\n") && difference.contains("+one more"),
            "{difference}"
        );

        let file = GeneratedFile { text: "other\n".repeat(100), ..file };
        let difference = super::difference(folder.path(), &file).unwrap();
        assert!(difference.lines().count() <= DIFF_LINES + 2, "{difference}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "checking wrote something");
    }

    #[test]
    fn a_file_that_is_missing_is_stale() {
        let folder = tempfile::tempdir().unwrap();
        let file = GeneratedFile { path: "types.rs".to_owned(), text: "line\n".to_owned() };
        assert!(difference(folder.path(), &file).is_some());
    }
}
