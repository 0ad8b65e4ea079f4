//! Every link on a page of this workspace leads somewhere.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Tag, TagEnd};
use url::Url;

use crate::support::markdown;

/// A link, and the line it stands on.
struct Link {
    to: String,
    line: usize,
}

fn links(page: &str) -> Vec<Link> {
    let line = |offset| page[..offset].lines().count().max(1);
    let mut links = Vec::new();
    for (event, range) in markdown::parse(page).into_offset_iter() {
        if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event {
            links.push(Link { to: dest_url.into_string(), line: line(range.start + 1) });
        }
    }
    links
}

/// The names by which the headings of a page are linked to, as GitHub makes them.
fn anchors(page: &str) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut anchors = Vec::new();
    let mut heading: Option<String> = None;
    for event in markdown::parse(page) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let name = anchor(&heading.take().unwrap_or_default());
                let before = seen.entry(name.clone()).or_default();
                anchors.push(if *before == 0 { name } else { format!("{name}-{before}") });
                *before += 1;
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// What is wrong with a link, if anything.
fn wrong(from: &Path, to: &str, pages: &[PathBuf]) -> Option<&'static str> {
    // rustdoc, which shows the READMEs of crates, finds items by itself, and tells when it does not.
    if is_shown_by_rustdoc(from) && to.split("::").all(is_name) {
        return None;
    }
    if let Ok(url) = Url::parse(to) {
        return wrong_url(&url, pages);
    }
    let (path, fragment) = to.split_once('#').map_or((to, None), |(path, fragment)| (path, Some(fragment)));
    if path.starts_with('/') {
        return Some("is not relative");
    }
    let target = match (path, from.parent()) {
        ("", _) => Some(from.to_owned()),
        (_, directory) => normal(&directory.unwrap_or(from).join(path)),
    };
    let target = target.filter(|target| markdown::root().join(target).exists());
    match (target, fragment) {
        (None, _) => Some("leads nowhere"),
        (Some(_), None) => None,
        (Some(page), Some(fragment)) => {
            let is_page = page.extension().is_some_and(|extension| extension == "md");
            let is_there = is_page && anchors(&markdown::read(page)).iter().any(|anchor| anchor == fragment);
            (!is_there).then_some("leads to no heading of its page")
        }
    }
}

fn wrong_url(url: &Url, pages: &[PathBuf]) -> Option<&'static str> {
    if !matches!(url.scheme(), "https" | "http") {
        return Some("is neither relative nor a URL of the web");
    }
    let of_ours = |page: &&PathBuf| page.components().count() > 1;
    let leads_to = |page: &PathBuf| url.path().ends_with(&page.display().to_string());
    pages.iter().filter(of_ours).any(leads_to).then_some("leads to a page of ours, and is not relative")
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_shown_by_rustdoc(page: &Path) -> bool {
    page.starts_with("crates") && page.ends_with("README.md")
}

/// The path without `.` and `..`, if it stays in the workspace.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop().then_some(())?;
            }
            other => normal.push(other),
        }
    }
    Some(normal)
}

#[test]
fn every_link_leads_somewhere() {
    let pages = markdown::pages();
    let mut found = 0;
    let mut complaints = String::new();
    for from in &pages {
        for link in links(&markdown::read(from)) {
            found += 1;
            if let Some(why) = wrong(from, &link.to, &pages) {
                writeln!(complaints, "{}:{}: {} {why}", from.display(), link.line, link.to).unwrap();
            }
        }
    }
    assert!(complaints.is_empty(), "\n{complaints}");
    assert!(pages.len() > 15 && found > 100, "{} pages and {found} links: were they read?", pages.len());
}

#[test]
fn what_leads_nowhere_is_told() {
    let pages = markdown::pages();
    let from = Path::new("docs/from-python.md");
    let why = |to| wrong(from, to, &pages);
    for right in [
        "https://www.port.io",
        "guides/receiving.md",
        "../README.md#two-contracts",
        "#get_webhooks",
        "../crates/port-webhooks",
        "./from-python.md",
    ] {
        assert_eq!(why(right), None, "{right}");
    }
    for (to, complaint) in [
        ("guides/gone.md", "leads nowhere"),
        ("../../../README.md", "leads nowhere"),
        ("../README.md#gone", "leads to no heading of its page"),
        ("#gone", "leads to no heading of its page"),
        ("../Cargo.toml#gone", "leads to no heading of its page"),
        ("ErrorKind", "leads nowhere"),
        ("/docs/from-python.md", "is not relative"),
        ("file:///docs/from-python.md", "is neither relative nor a URL of the web"),
        ("https://", "leads nowhere"),
        (
            "https://github.com/a/b/blob/main/docs/from-python.md",
            "leads to a page of ours, and is not relative",
        ),
    ] {
        assert_eq!(why(to).unwrap_or("is right"), complaint, "{to}");
    }
    assert_eq!(wrong(Path::new("crates/port-webhooks/README.md"), "ErrorKind", &pages), None);
    assert_eq!(anchors("# A `b`, c\n\n## D\n\n## D\n\n## E_f g-h!"), ["a-b-c", "d", "d-1", "e_f-g-h"]);
}
