//! Types of other crates in a public API: each has to be on a list, with the reason.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

/// Not foreign: the standard library and our own.
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

/// A line of the list: a library, a path, ` # ` and a reason.
struct Allowed {
    library: String,
    /// A path, or what it begins with when it ends with `::`.
    path: String,
    used: bool,
}

pub(super) struct Foreign {
    allowed: Vec<Allowed>,
    wrong: Vec<String>,
}

impl Foreign {
    /// # Errors
    ///
    /// A line that names no library, no path or no reason.
    pub(super) fn new(list: &str) -> Result<Self> {
        let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Ok(Self { allowed: lines.map(allowed).collect::<Result<_>>()?, wrong: Vec::new() })
    }

    /// Notes what is foreign in the API of a library, and not on the list.
    pub(super) fn look(&mut self, library: &str, api: &str) {
        let foreign: BTreeSet<&str> = api.lines().flat_map(paths).filter(|path| is_foreign(path)).collect();
        for path in foreign {
            let mut known = false;
            for allowed in self.allowed.iter_mut().filter(|allowed| allowed.is(library, path)) {
                allowed.used = true;
                known = true;
            }
            if !known {
                self.wrong.push(format!("{library} shows {path}, which is not on the list"));
            }
        }
    }

    /// What is not on the list, and lines of the list that no API needs any more.
    pub(super) fn wrong(&self) -> Vec<String> {
        let unused = self.allowed.iter().filter(|allowed| !allowed.used);
        let unused =
            unused.map(|it| format!("{} does not show {}: take it off the list", it.library, it.path));
        self.wrong.iter().cloned().chain(unused).collect()
    }
}

impl Allowed {
    fn is(&self, library: &str, path: &str) -> bool {
        let fits = if self.path.ends_with("::") { path.starts_with(&self.path) } else { path == self.path };
        fits && self.library == library
    }
}

fn allowed(line: &str) -> Result<Allowed> {
    let (what, reason) = line.split_once(" # ").unwrap_or((line, ""));
    match what.split_once(' ') {
        Some((library, path)) if !reason.trim().is_empty() => {
            Ok(Allowed { library: library.to_owned(), path: path.trim().to_owned(), used: false })
        }
        _ => bail!("`{line}` is not a library, a path, ` # ` and a reason"),
    }
}

/// The paths in a line, such as `http::header::map::HeaderMap`.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
        .map(|word| word.trim_matches(':'))
        .filter(|word| word.contains("::"))
}

/// `Self::Item` and `T::Error` begin with a capital letter, crates do not.
fn is_foreign(path: &str) -> bool {
    let first = path.split("::").next().unwrap_or_default();
    first.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && !OURS.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "\
pub fn port_webhooks::Client::new(reqwest::Client) -> core::result::Result<Self, http::Error>
impl<T> core::iter::Iterator for port_webhooks::Pages<T> where T: core::marker::Send + bytes::Buf
pub type port_webhooks::Pages<T>::Item = <T as serde_core::Serialize>::Ok
pub fn port_webhooks::Pages<T>::next(&mut self) -> core::option::Option<Self::Item>
";

    fn wrong(list: &str) -> Vec<String> {
        let mut foreign = Foreign::new(list).unwrap();
        foreign.look("port-webhooks", API);
        foreign.wrong()
    }

    #[test]
    fn what_is_not_on_the_list_is_told_wherever_it_stands() {
        let wrong = wrong("# Wanted.\n\nport-webhooks http:: # ours too\n");
        assert_eq!(
            wrong,
            [
                "port-webhooks shows bytes::Buf, which is not on the list",
                "port-webhooks shows reqwest::Client, which is not on the list",
                "port-webhooks shows serde_core::Serialize, which is not on the list",
            ]
        );
    }

    #[test]
    fn unused_line_of_foreign_types_is_reported() {
        let wrong = wrong(
            "port-webhooks bytes:: # a\nport-webhooks http::Error # b\nport-webhooks reqwest::Client # c\n\
             port-webhooks serde_core::Serialize # d\nport-webhooks reqwest::Cli # e\nfake-port http:: # f\n",
        );
        assert_eq!(
            wrong,
            [
                "port-webhooks does not show reqwest::Cli: take it off the list",
                "fake-port does not show http::: take it off the list",
            ]
        );
    }

    #[test]
    fn a_line_without_a_reason_is_refused() {
        assert!(Foreign::new("port-webhooks http::").is_err());
        assert!(Foreign::new("port-webhooks http:: # ").is_err());
        assert!(Foreign::new("http:: # a type").is_err());
    }
}
