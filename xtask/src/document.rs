//! Reads a document that is written in YAML or JSON.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

pub(crate) fn read(path: &Path) -> Result<Value> {
    parse(&fs::read_to_string(path).context("cannot be read")?)
}

/// Tries JSON first, although most JSON is YAML: its parser is faster, and its errors fit JSON.
pub(crate) fn parse(text: &str) -> Result<Value> {
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(text).or_else(|error| {
        let yaml = || {
            // YAML's own values reject a repeated key.
            let document: serde_norway::Value = serde_norway::from_str(text).context("not YAML")?;
            serde_json::to_value(document).context("YAML that JSON cannot express")
        };
        yaml().with_context(|| format!("not JSON: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_that_is_not_yaml_names_the_line() {
        let message = format!("{:#}", parse("openapi: 3.0.3\ninfo: [").unwrap_err());
        assert!(message.contains("not YAML") && message.contains("line"), "{message}");
    }

    #[test]
    fn repeated_key_is_refused() {
        let message = format!("{:#}", parse("openapi: 3.0.3\npaths: {}\npaths: {}").unwrap_err());
        assert!(message.contains("duplicate"), "{message}");
    }
}
