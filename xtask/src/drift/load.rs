//! Reads an OpenAPI document as plain JSON, since 3.1 has forms that types for 3.0 reject.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

pub(super) fn read(path: &Path) -> Result<Value> {
    document(&std::fs::read_to_string(path).context("cannot be read")?)
}

pub(super) fn document(text: &str) -> Result<Value> {
    let text = text.trim_start_matches('\u{feff}');
    let yaml = || {
        // YAML's own values reject a repeated key.
        let yaml: serde_norway::Value = serde_norway::from_str(text).context("is neither JSON nor YAML")?;
        serde_json::to_value(yaml).context("is YAML that JSON cannot express")
    };
    let root: Value = match serde_json::from_str(text) {
        Ok(json) => json,
        Err(error) => yaml().with_context(|| format!("is not JSON: {error}; and"))?,
    };
    // In YAML without quotes `3.1` is a number.
    let Some(version) = root.get("openapi").map(ToString::to_string) else {
        bail!("is not an OpenAPI document: it has no `openapi`");
    };
    let version = version.trim_matches('"');
    if !matches!(version.split('.').take(2).collect::<Vec<_>>()[..], ["3", "0" | "1"]) {
        bail!("is OpenAPI {version}; this reads OpenAPI 3.0 and 3.1");
    }
    // 3.1 does not require paths, but without them there is nothing to compare.
    if !root.get("paths").is_some_and(Value::is_object) {
        bail!("has no `paths`, so there is nothing to compare");
    }
    Ok(root)
}
