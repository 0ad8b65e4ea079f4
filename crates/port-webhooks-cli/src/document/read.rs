//! Files of webhooks: JSON or YAML, one webhook, several, or several files.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::input;
use crate::tree::{Mistake, Node, from_json, from_yaml};

/// The ends of the names of the two files of a case of `map test`.
pub(crate) const EVENT: &str = ".event.json";
pub(crate) const EXPECTED: &str = ".expected.json";

/// More than any organization's webhooks hold; also what aliases may make of a file.
const MAX_SIZE: usize = 64 * 1024 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct Source {
    file: String,
    tree: Node,
}

impl Source {
    /// File and line of the webhook, such as `hooks.yaml:12`.
    pub(crate) fn start(&self) -> String {
        format!("{}:{}", self.file, self.tree.line())
    }

    /// File and line of the value at a path in the webhook, such as `headers.X-Key` or `events[1]`. For a path without a
    /// value, those of the innermost value around it.
    pub(crate) fn place_of(&self, path: &str) -> String {
        format!("{}:{}", self.file, self.tree.line_of(path))
    }

    /// The value, with null in place of unreadable values, and a failure for each of these, by its path.
    pub(crate) fn value(&self) -> (Value, Vec<(String, Failure)>) {
        let mut mistakes = Vec::new();
        let value = self.tree.to_value(&mut mistakes);
        let failures =
            mistakes.into_iter().map(|mistake| (mistake.path.clone(), unreadable(&self.file, mistake)));
        (value, failures.collect())
    }
}

fn unreadable(file: &str, mistake: Mistake) -> Failure {
    Failure::usage(mistake.what).at(format!("{file}:{}", mistake.line))
}

/// The webhooks of files. Mistakes in one file do not hide those in others.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) webhooks: Vec<Source>,
    /// Files that cannot be read, and unreadable values outside of webhooks.
    pub(crate) mistakes: Vec<Failure>,
}

pub(crate) fn read_one(path: &Path) -> Result<Source> {
    let mut files = Files::default();
    files.read(path, true)?;
    let Files { mut webhooks, mistakes } = files;
    Failure::check(mistakes, "nothing was sent")?;
    match (webhooks.pop(), webhooks.len()) {
        (Some(webhook), 0) => Ok(webhook),
        (last, others) => {
            let count = others + usize::from(last.is_some());
            let what = format!("{}: expected one webhook, found {count}", input::name(path));
            Err(Failure::usage(what).advice("`port-webhooks apply -f` accepts several"))
        }
    }
}

/// Every webhook in files, and in the files of directories.
pub(crate) fn read_all(paths: &[PathBuf], may_be_comments: bool) -> Files {
    let mut files = Files::default();
    for path in paths {
        let inside = if path.is_dir() { files_in(path) } else { Ok(vec![path.clone()]) };
        match inside {
            Ok(inside) => {
                for file in inside {
                    let read = files.read(&file, may_be_comments);
                    files.mistakes.extend(read.err());
                }
            }
            Err(failure) => files.mistakes.push(failure),
        }
    }
    files
}

/// The files of a directory that can hold webhooks, by name, without the cases of `map test`. A directory without any is an
/// error, and not an empty set of webhooks.
fn files_in(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in input::entries(directory)? {
        let path = entry.path();
        let name = path.file_name().map(OsStr::as_encoded_bytes).unwrap_or_default();
        let is_case = name.ends_with(EVENT.as_bytes()) || name.ends_with(EXPECTED.as_bytes());
        let known = path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json");
        if known && !is_case && !name.starts_with(b".") && path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        let what = format!("{}: no .yaml, .yml or .json file", directory.display());
        return Err(Failure::usage(what));
    }
    files.sort();
    Ok(files)
}

impl Files {
    fn read(&mut self, path: &Path, may_be_comments: bool) -> Result<()> {
        let file = input::name(path);
        let text = input::read_text(path)?;
        let documents = parse(&text, path).map_err(|mistake| unreadable(&file, mistake))?;
        if documents.is_empty() {
            // A command that failed writes nothing into a pipe. That is no empty set of webhooks.
            let what = if !text.contains('#') {
                "is empty"
            } else if !may_be_comments {
                "has only comments"
            } else {
                return Ok(());
            };
            return Err(Failure::usage(format!("{file} {what}")).advice("write `[]` for no webhooks"));
        }
        for document in &documents {
            let webhooks = match listed(document) {
                Some(webhooks) => {
                    let mut mistakes = Vec::new();
                    document.to_value(&mut mistakes);
                    mistakes.retain(|mistake| !mistake.path.starts_with("webhooks["));
                    self.mistakes.extend(mistakes.into_iter().map(|mistake| unreadable(&file, mistake)));
                    webhooks
                }
                None => document.items().unwrap_or(std::slice::from_ref(document)),
            };
            let sources = webhooks.iter().map(|tree| Source { file: file.clone(), tree: tree.clone() });
            self.webhooks.extend(sources);
        }
        Ok(())
    }
}

/// The documents of a text. A text that begins like JSON is read as JSON first, since YAML is stricter with tabs.
fn parse(text: &str, path: &Path) -> Result<Vec<Node>, Mistake> {
    let ends = |names: &[&str]| path.extension().is_some_and(|end| names.iter().any(|name| end == *name));
    let yaml = || {
        let mut documents = from_yaml(text, MAX_SIZE)?;
        // Empty documents, such as after a last `---`.
        documents.retain(|document| !document.is_null());
        Ok(documents)
    };
    let is_json = ends(&["json"]);
    if !is_json && !text.trim_start().starts_with(['{', '[']) {
        return yaml();
    }
    match from_json(text, MAX_SIZE) {
        Ok(json) => Ok(vec![json]),
        // Valid JSON may still be too large.
        Err(mistake) if is_json || serde_json::from_str::<IgnoredAny>(text).is_ok() => Err(mistake),
        // YAML lists and mappings may begin with the same characters.
        Err(mistake) => yaml().map_err(|other| if ends(&["yaml", "yml"]) { other } else { mistake }),
    }
}

/// The items of `webhooks:`, in a document that is not a webhook itself.
fn listed(document: &Node) -> Option<&[Node]> {
    match document.member("identifier") {
        None => document.member("webhooks").and_then(Node::items),
        Some(_) => None,
    }
}
