//! Has rustdoc write what a library exports, and makes lines of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::Library;
use crate::root;

/// The format that the crate `public-api`, as Cargo.toml has it, reads. rustdoc changes it every few months.
const FORMAT: u32 = 57;

#[derive(Deserialize)]
struct Head {
    format_version: u32,
}

/// One line for each public item.
pub(super) fn public_api(library: &Library, target: &Path) -> Result<String> {
    let status = Command::new(env!("CARGO"))
        .args(["rustdoc", "--quiet", "--locked", "--lib", "--package", &library.name])
        .args(&library.features)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .env("RUSTDOC", root().join("xtask/rustdoc-unstable"))
        .env_remove("RUSTDOCFLAGS")
        .current_dir(root())
        .status()
        .context("cannot run cargo rustdoc")?;
    if !status.success() {
        bail!("cargo rustdoc does not document {}", library.name);
    }
    let path = target.join("doc").join(library.name.replace('-', "_")).with_extension("json");
    let json = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    check_format(&json)?;
    let api = public_api::Builder::from_rustdoc_json(&path)
        // What others implement for every type is not ours.
        .omit_blanket_impls(true)
        .build()
        .with_context(|| format!("in {}", path.display()))?;
    Ok(api.to_string().split_inclusive('\n').filter(|line| !is_internal(line)).collect())
}

/// Traits of the compiler's own, which no user can name.
fn is_internal(line: &str) -> bool {
    ["Freeze", "StructuralPartialEq", "UnsafeUnpin"]
        .iter()
        .any(|name| line.starts_with("impl") && line.contains(&format!("core::marker::{name} for ")))
}

fn check_format(json: &str) -> Result<()> {
    let Head { format_version } = serde_json::from_str(json).context("this is not what rustdoc writes")?;
    if format_version != FORMAT {
        bail!(
            "this rustdoc writes format {format_version} and this task reads {FORMAT}, which Rust 1.95 writes: run it \
             as `cargo +1.95 xtask api`, or move to the version of the crate public-api that reads {format_version}, \
             and write the snapshots again"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_format_is_told_with_what_to_do() {
        check_format(r#"{"root":0,"format_version":57}"#).unwrap();
        let error = check_format(r#"{"format_version":60}"#).unwrap_err().to_string();
        assert!(error.contains("format 60") && error.contains("cargo +1.95 xtask api"), "{error}");
    }
}
