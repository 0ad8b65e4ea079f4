//! The routes of a document, in a form in which two documents can be laid side by side.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::load::Document;
use super::resolve;

const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

/// A path without what documents are free to choose, and a method.
pub(super) type Key = (String, String);

#[derive(Clone, Copy, Debug)]
pub(super) struct Route<'a> {
    /// The path item, whose parameters hold for each of its operations.
    pub(super) item: &'a Value,
    pub(super) operation: &'a Value,
    /// The path as the document writes it, without the path of its server.
    written: &'a str,
}

#[derive(Debug, Default)]
pub(super) struct Routes<'a> {
    pub(super) all: BTreeMap<Key, Route<'a>>,
    /// What could not be read: where, and why.
    pub(super) unread: Vec<(String, String)>,
    /// The whole path of each key, with the names that this document gives to its parameters.
    names: BTreeMap<String, String>,
}

impl<'a> Routes<'a> {
    pub(super) fn read(document: &'a Document) -> Self {
        let mut routes = Self::default();
        for (written, item) in document.root["paths"].as_object().into_iter().flatten() {
            if !written.starts_with('/') {
                // An extension, `x-…`, may stand among the paths.
                continue;
            }
            match resolve::resolve(document, item) {
                Ok(item) if item.is_object() => routes.path(document, written, item),
                Ok(_) => routes.unread.push((written.clone(), "it is not a path item".to_owned())),
                Err(reason) => routes.unread.push((written.clone(), reason)),
            }
        }
        routes
    }

    fn path(&mut self, document: &'a Document, written: &'a str, item: &'a Value) {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let servers =
                [operation, item, &document.root].into_iter().find_map(|level| level.get("servers"));
            let (prefix, is_sure) = prefix(servers);
            let path = match format!("{prefix}{}", written.trim_end_matches('/')) {
                root if root.is_empty() => "/".to_owned(),
                path => path,
            };
            let key = (without_names(&path), method.to_uppercase());
            let place = format!("{} {path}", key.1);
            if !is_sure {
                let reason = format!("its servers have several paths; {prefix:?} is taken");
                self.unread.push((place.clone(), reason));
            }
            if !operation.is_object() {
                self.unread.push((place, "it is not an operation".to_owned()));
                continue;
            }
            if self.all.contains_key(&key) {
                self.unread.push((place, "another path of the document is the same".to_owned()));
                continue;
            }
            self.names.entry(key.0.clone()).or_insert(path);
            self.all.insert(key, Route { item, operation, written });
        }
    }

    /// A route as this document calls it.
    pub(super) fn name(&self, (path, method): &Key) -> Option<String> {
        Some(format!("{method} {}", self.names.get(path)?))
    }

    /// What each path begins with, up to its first parameter and without its version.
    pub(super) fn prefixes(&self) -> BTreeSet<String> {
        let paths = self.all.keys().map(|(path, _)| path);
        paths.map(|path| unversioned(path.split("/{}").next().unwrap_or(path)).to_owned()).collect()
    }
}

impl Route<'_> {
    /// The names of the parameters in the path, in their order.
    pub(super) fn parameters(&self) -> Vec<&str> {
        self.written.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
    }
}

/// Whether a path is one of the prefixes or lies under one. A new version of a route is near the old.
pub(super) fn is_near(path: &str, prefixes: &BTreeSet<String>) -> bool {
    prefixes.iter().any(|prefix| {
        let rest = unversioned(path).strip_prefix(prefix.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The path without its first segment, when that is a version such as `/v1`.
fn unversioned(path: &str) -> &str {
    let Some(rest) = path.strip_prefix("/v") else { return path };
    let end = rest.find('/').unwrap_or(rest.len());
    let is_version = end > 0 && rest[..end].bytes().all(|byte| byte.is_ascii_digit());
    if is_version { &rest[end..] } else { path }
}

/// `/a/{b}` as `/a/{}`.
fn without_names(path: &str) -> String {
    let mut parts = path.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((_, rest)) => text.extend(["{}", rest]),
            None => text.extend(["{", part]),
        }
    }
    text
}

/// The path that all servers have, and whether they agree on one.
fn prefix(servers: Option<&Value>) -> (String, bool) {
    let urls = urls(servers);
    let paths: Vec<&str> = urls.iter().map(|url| path_of(url)).collect();
    let first = paths.first().copied().unwrap_or_default();
    (first.to_owned(), paths.iter().all(|path| *path == first))
}

/// The addresses of servers, with the defaults of their variables.
pub(super) fn urls(servers: Option<&Value>) -> Vec<String> {
    let servers = servers.and_then(Value::as_array).into_iter().flatten();
    servers
        .filter_map(|server| {
            let mut url = server.get("url")?.as_str()?.to_owned();
            for (name, variable) in server.get("variables").and_then(Value::as_object).into_iter().flatten() {
                let default = variable.get("default").and_then(Value::as_str).unwrap_or_default();
                url = url.replace(&format!("{{{name}}}"), default);
            }
            Some(url.trim_end_matches('/').to_owned())
        })
        .collect()
}

fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |at| &rest[at..])
}
