//! `cargo xtask api`: the public API of each published library, as a text next to its manifest, and the types of other
//! crates in it, each of which has to be on a list with its reason. A change of the API is then a change of a file, which
//! a review sees. The crate `public-api` makes the text of the JSON that rustdoc writes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use similar::TextDiff;

use crate::root;

/// The types of other crates that may be in the public API.
const ALLOWED: &str = "xtask/foreign.txt";
/// The format that the crate `public-api`, as Cargo.toml has it, reads. rustdoc changes it every few months.
const FORMAT: u32 = 57;
/// Crates whose types are not foreign: the standard library and our own.
const OURS: [&str; 8] = [
    "alloc",
    "core",
    "fake_port",
    "port_webhooks",
    "port_webhooks_api",
    "port_webhooks_mapping",
    "port_webhooks_receiver",
    "std",
];

/// Writes the texts that changed, or with `check` shows where they differ from what is committed.
pub(crate) fn run(check: bool) -> Result<ExitCode> {
    let list = fs::read_to_string(root().join(ALLOWED)).with_context(|| format!("cannot read {ALLOWED}"))?;
    let allowed = allowed(&list).with_context(|| format!("in {ALLOWED}"))?;
    let mut foreign = BTreeSet::new();
    let mut is_right = true;
    for library in published()? {
        let api = public_api(&library)?;
        is_right &= snapshot(&library.snapshot, &api, check)?;
        foreign.extend(foreign_paths(&api).map(|path| (library.name.clone(), path.to_owned())));
    }
    let wrong = wrong(&foreign, &allowed);
    if !wrong.is_empty() {
        println!("{}", wrong.join("\n"));
        println!("a type of another crate binds us to its version: {ALLOWED} lists those that are wanted");
    }
    Ok(if is_right && wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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

/// Whether the text is right, or was made so.
fn snapshot(path: &str, api: &str, check: bool) -> Result<bool> {
    let old = fs::read_to_string(root().join(path)).unwrap_or_default();
    if old == api {
        println!("unchanged {path}");
    } else if check {
        print!(
            "{}",
            TextDiff::from_lines(&*old, api).unified_diff().context_radius(0).header(path, "as it is")
        );
        println!("run `cargo xtask api` and commit what it writes, if the change is meant");
    } else {
        fs::write(root().join(path), api).with_context(|| format!("cannot write {path}"))?;
        println!("wrote     {path}");
    }
    Ok(old == api || !check)
}

/// The list: on each line a library, a path, or what paths begin with when it ends with `::`, ` # ` and a reason.
fn allowed(list: &str) -> Result<Vec<(&str, &str)>> {
    list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(entry).collect()
}

fn entry(line: &str) -> Result<(&str, &str)> {
    let (what, reason) = line.split_once(" # ").unwrap_or((line, ""));
    match what.split_once(' ') {
        Some((library, path)) if !reason.trim().is_empty() => Ok((library, path.trim())),
        _ => bail!("`{line}` is not a library, a path, ` # ` and a reason"),
    }
}

/// The paths of other crates' items in an API, such as `http::header::map::HeaderMap`. `Self::Item` and `T::Error` begin
/// with a capital letter, crates do not.
fn foreign_paths(api: &str) -> impl Iterator<Item = &str> {
    let words = api.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    let paths = words.map(|word| word.trim_matches(':'));
    paths.filter(|path| {
        path.split_once("::").is_some_and(|(first, _)| {
            first.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && !OURS.contains(&first)
        })
    })
}

/// The foreign paths of libraries that are not on the list, and the lines of the list that no library needs.
fn wrong(foreign: &BTreeSet<(String, String)>, allowed: &[(&str, &str)]) -> Vec<String> {
    let is_allowed = |(library, path): &(String, String), (of, prefix): &(&str, &str)| {
        library == of && (path == prefix || prefix.ends_with("::") && path.starts_with(prefix))
    };
    let missing = foreign.iter().filter(|one| !allowed.iter().any(|entry| is_allowed(one, entry)));
    let missing = missing.map(|(library, path)| format!("{library} shows {path}, which is not on the list"));
    let unused = allowed.iter().filter(|entry| !foreign.iter().any(|one| is_allowed(one, entry)));
    let unused =
        unused.map(|(library, path)| format!("{library} does not show {path}: take it off the list"));
    missing.chain(unused).collect()
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
    fn foreign_types_and_unused_lines_are_reported() {
        let api = "\
pub fn port_webhooks::Client::new(reqwest::Client) -> core::result::Result<Self, http::Error>
impl<T> core::iter::Iterator for port_webhooks::Pages<T> where T: core::marker::Send + bytes::Buf
pub type port_webhooks::Pages<T>::Item = <T as serde_core::Serialize>::Ok
";
        let foreign = foreign_paths(api).map(|path| ("port-webhooks".to_owned(), path.to_owned())).collect();
        let list = "# Wanted.\n\nport-webhooks http:: # a\nport-webhooks bytes::Buf # b\n\
                    port-webhooks reqwest::Cli # c\nfake-port http:: # d\n";
        assert_eq!(
            wrong(&foreign, &allowed(list).unwrap()),
            [
                "port-webhooks shows reqwest::Client, which is not on the list",
                "port-webhooks shows serde_core::Serialize, which is not on the list",
                "port-webhooks does not show reqwest::Cli: take it off the list",
                "fake-port does not show http::: take it off the list",
            ]
        );
        for line in ["port-webhooks http::", "port-webhooks http:: # ", "http:: # a type"] {
            assert!(allowed(line).is_err(), "{line}");
        }
    }

    #[test]
    fn another_format_is_reported_with_a_remedy() {
        check_format(r#"{"root":0,"format_version":57}"#).unwrap();
        let error = check_format(r#"{"format_version":60}"#).unwrap_err().to_string();
        assert!(error.contains("format 60") && error.contains("cargo +1.95 xtask api"), "{error}");
    }
}
