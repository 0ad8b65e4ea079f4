//! `cargo xtask api`: the public API of each published library, as a text next to its manifest. A change of the API is
//! then a change of a file, which a review sees. The crate `public-api` makes the text of the JSON that rustdoc writes.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::generated::{GeneratedFile, update};
use crate::root;

/// The format that the crate `public-api`, as Cargo.toml has it, reads. rustdoc changes it every few months.
const FORMAT: u32 = 57;

/// Writes the texts that changed, or with `check` shows where they differ from what is committed.
pub(crate) fn run(check: bool) -> Result<ExitCode> {
    let file = |library: Library| -> Result<GeneratedFile> {
        Ok(GeneratedFile { text: public_api(&library)?, path: library.snapshot })
    };
    let files = published()?.into_iter().map(file).collect::<Result<Vec<_>>>()?;
    update(&files, check, "cargo xtask api")
}

struct Library {
    name: String,
    /// The flags for the features that docs.rs documents.
    features: Vec<String>,
    /// Where its API is written, relative to the root of the workspace.
    snapshot: String,
    /// Where rustdoc writes.
    json: String,
}

/// The libraries that are published, as Cargo knows them.
fn published() -> Result<Vec<Library>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--locked"])
        .current_dir(root())
        .output()
        .context("cannot run cargo")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    let metadata: Value = serde_json::from_slice(&output.stdout).context("in what cargo metadata says")?;
    let target = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    Ok(packages.filter_map(|package| library(package, target)).collect())
}

/// `None` for a package that is no library, or is not published.
fn library(package: &Value, target: &str) -> Option<Library> {
    let is_published = package["publish"].as_array().is_none_or(|registries| !registries.is_empty());
    let mut kinds = package["targets"].as_array()?.iter().filter_map(|target| target["kind"].as_array());
    if !is_published || !kinds.any(|kinds| kinds.iter().any(|kind| kind == "lib")) {
        return None;
    }
    let folder = Path::new(package["manifest_path"].as_str()?).parent()?.strip_prefix(root()).ok()?;
    let name = package["name"].as_str()?.to_owned();
    let docs_rs = &package["metadata"]["docs"]["rs"];
    let named = docs_rs["features"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let features = if docs_rs["all-features"] == true {
        vec!["--all-features".to_owned()]
    } else {
        named.map(|feature| format!("--features={feature}")).collect()
    };
    let json = format!("{target}/doc/{}.json", name.replace('-', "_"));
    Some(Library { name, features, snapshot: folder.join("api.txt").to_str()?.to_owned(), json })
}

/// One line for each public item.
fn public_api(library: &Library) -> Result<String> {
    let status = Command::new(env!("CARGO"))
        .args(["rustdoc", "--quiet", "--locked", "--lib", "--package", &library.name])
        .args(&library.features)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .env("RUSTDOC", root().join("xtask/rustdoc-unstable"))
        .env_remove("RUSTDOCFLAGS")
        .current_dir(root())
        .status()
        .context("cannot run cargo rustdoc")?;
    ensure!(status.success(), "cargo rustdoc does not document {}", library.name);
    let json = fs::read_to_string(&library.json).with_context(|| format!("cannot read {}", library.json))?;
    check_format(&json)?;
    // Implementations for every type are other crates' API.
    let api = public_api::Builder::from_rustdoc_json(&library.json).omit_blanket_impls(true).build();
    let api = api.with_context(|| format!("in {}", library.json))?.to_string();
    Ok(api.split_inclusive('\n').filter(|line| !is_internal(line)).collect())
}

fn check_format(json: &str) -> Result<()> {
    let json: Value = serde_json::from_str(json).context("this is not what rustdoc writes")?;
    let found = &json["format_version"];
    ensure!(
        *found == FORMAT,
        "this rustdoc writes format {found} and this task reads {FORMAT}, which Rust 1.95 writes: run it as \
         `cargo +1.95 xtask api`, or move to the version of the crate public-api that reads {found}, and write the \
         texts again"
    );
    Ok(())
}

/// Traits of the compiler's own, which no user can name.
fn is_internal(line: &str) -> bool {
    ["Freeze", "StructuralPartialEq", "UnsafeUnpin"]
        .iter()
        .any(|name| line.starts_with("impl") && line.contains(&format!("core::marker::{name} for ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_those_that_are_published() {
        let libraries = published().unwrap();
        let mut names: Vec<&str> = libraries.iter().map(|library| &*library.name).collect();
        names.sort_unstable();
        let of_all = ["fake-port", "port-webhooks", "port-webhooks-api", "port-webhooks-mapping"];
        assert_eq!(names, [&of_all[..], &["port-webhooks-receiver"]].concat());
        for library in &libraries {
            assert!(root().join(&library.snapshot).is_file(), "{} is missing", library.snapshot);
            assert!(!library.features.is_empty(), "docs.rs would document {} without features", library.name);
        }
    }

    #[test]
    fn another_format_is_reported_with_a_remedy() {
        check_format(r#"{"root":0,"format_version":57}"#).unwrap();
        let error = check_format(r#"{"format_version":60}"#).unwrap_err().to_string();
        assert!(error.contains("format 60") && error.contains("cargo +1.95 xtask api"), "{error}");
    }
}
