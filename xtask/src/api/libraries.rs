//! The libraries that are published, as Cargo knows them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::root;

pub(super) struct Library {
    pub(super) name: String,
    /// The flags for the features that docs.rs documents.
    pub(super) features: Vec<String>,
    /// Relative to the root of the workspace.
    pub(super) snapshot: String,
}

/// The libraries, and where Cargo builds.
pub(super) fn published() -> Result<(Vec<Library>, PathBuf)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--locked"])
        .current_dir(root())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("in what cargo metadata says")?;
    let target = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok((packages.iter().filter_map(library).collect(), target.into()))
}

/// `None` for what is no library, or is not published.
fn library(package: &Value) -> Option<Library> {
    let published = package["publish"].as_array().is_none_or(|registries| !registries.is_empty());
    let mut kinds =
        package["targets"].as_array()?.iter().filter_map(|target| target["kind"].as_array()).flatten();
    if !published || !kinds.any(|kind| kind == "lib") {
        return None;
    }
    let folder = Path::new(package["manifest_path"].as_str()?).parent()?.strip_prefix(root()).ok()?;
    Some(Library {
        name: package["name"].as_str()?.to_owned(),
        features: features(&package["metadata"]["docs"]["rs"]),
        snapshot: folder.join("api.txt").to_str()?.to_owned(),
    })
}

fn features(docs_rs: &Value) -> Vec<String> {
    if docs_rs["all-features"] == true {
        return vec!["--all-features".to_owned()];
    }
    let named = docs_rs["features"].as_array().map(Vec::as_slice).unwrap_or_default();
    named.iter().filter_map(Value::as_str).map(|feature| format!("--features={feature}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_those_that_are_published() {
        let (libraries, _) = published().unwrap();
        let names: Vec<&str> = libraries.iter().map(|library| &*library.name).collect();
        assert_eq!(
            names,
            [
                "fake-port",
                "port-webhooks",
                "port-webhooks-api",
                "port-webhooks-receiver",
                "port-webhooks-mapping"
            ]
        );
        for library in libraries {
            assert!(root().join(&library.snapshot).is_file(), "{} is not there", library.snapshot);
            assert!(!library.features.is_empty(), "docs.rs would document {} without features", library.name);
        }
    }
}
