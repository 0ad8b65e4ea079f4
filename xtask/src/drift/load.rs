//! Reads an OpenAPI document as plain JSON, since 3.1 has forms that types for 3.0 refuse.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Port's whole document is a few MiB.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V3_0,
    V3_1,
}

#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) version: Version,
    pub(super) root: Value,
}

pub(super) fn read(path: &Path) -> Result<Document> {
    let mut bytes = Vec::new();
    let file = File::open(path).context("cannot be read")?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).context("cannot be read")?;
    if bytes.len() as u64 > MAX_BYTES {
        bail!("is larger than 64 MiB");
    }
    let text = String::from_utf8(bytes).context("is not UTF-8")?;
    document(parse(&text)?)
}

/// What begins like JSON is read as such first: YAML is stricter in some things, such as tabs.
pub(super) fn parse(text: &str) -> Result<Value> {
    let text = text.trim_start_matches('\u{feff}');
    if !text.trim_start().starts_with('{') {
        return yaml(text);
    }
    match serde_json::from_str(text) {
        Ok(json) => Ok(json),
        // A mapping of YAML may begin like this as well.
        Err(error) => yaml(text).map_err(|_| error).context("is not JSON"),
    }
}

fn yaml(text: &str) -> Result<Value> {
    // By way of YAML's own values, which refuse a key that stands twice.
    let yaml: serde_norway::Value = serde_norway::from_str(text).context("is neither JSON nor YAML")?;
    serde_json::to_value(yaml).context("is YAML that JSON cannot say")
}

pub(super) fn document(root: Value) -> Result<Document> {
    if !root.is_object() {
        bail!("is not an OpenAPI document: it is no object");
    }
    if let Some(swagger) = root.get("swagger") {
        bail!("is Swagger {}; this reads OpenAPI 3.0 and 3.1", plain(swagger));
    }
    let Some(openapi) = root.get("openapi") else {
        bail!("is not an OpenAPI document: it has no `openapi`");
    };
    let text = plain(openapi);
    // In YAML without quotes `3.1` is a number.
    let version = match text.split('.').take(2).collect::<Vec<_>>()[..] {
        ["3", "0"] => Version::V3_0,
        ["3", "1"] => Version::V3_1,
        _ => bail!("is OpenAPI {text}; this reads OpenAPI 3.0 and 3.1"),
    };
    // 3.1 does not require paths, and nothing can be compared without.
    if !root.get("paths").is_some_and(Value::is_object) {
        bail!("has no `paths`, so there is nothing to compare");
    }
    Ok(Document { version, root })
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
