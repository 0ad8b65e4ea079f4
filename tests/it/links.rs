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

/// What is wrong with a link for somebody who reads the page in the repository, if anything.
fn wrong(from: &Path, to: &str, pages: &[PathBuf]) -> Option<&'static str> {
    if let Ok(url) = Url::parse(to) {
        return wrong_url(&url, pages);
    }
    let (path, fragment) = split(to);
    if path.starts_with('/') {
        return Some("is not relative");
    }
    let target = target(from, path).filter(|target| markdown::root().join(target).exists());
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

/// The name of the library that has this page on docs.rs: its README and its guides.
fn library_of(page: &Path) -> Option<String> {
    let (library, page) = in_crate(page)?;
    let is_shown = page == "README.md" || page.starts_with("guides/");
    (is_shown && markdown::root().join(format!("crates/{library}/src/lib.rs")).exists()).then_some(library)
}

/// The crate of a file, and its path in the crate.
fn in_crate(file: &Path) -> Option<(String, String)> {
    let file = file.strip_prefix("crates").ok()?.display().to_string();
    file.split_once('/').map(|(name, path)| (name.to_owned(), path.to_owned()))
}

/// Where a link has to lead on docs.rs; nowhere when docs.rs has no such page.
fn on_docs_rs(from: &Path, to: &str) -> Option<String> {
    let (path, fragment) = split(to);
    if Url::parse(to).is_ok() || path.is_empty() {
        return Some(to.to_owned());
    }
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    let target = target(from, path)?;
    let (name, page) = in_crate(&target)?;
    let own = library_of(from) == Some(name.clone());
    let Some(library) = library_of(&target) else {
        return (page == "README.md").then(|| format!("https://crates.io/crates/{name}"));
    };
    let module = page.strip_prefix("guides/").map(|guide| guide.trim_end_matches(".md").replace('-', "_"));
    let root = library.replace('-', "_");
    Some(match (module, own) {
        (Some(module), true) => format!("crate::guide::{module}{fragment}"),
        (Some(module), false) => {
            format!("https://docs.rs/{library}/latest/{root}/guide/{module}/index.html{fragment}")
        }
        (None, true) => format!("crate{fragment}"),
        (None, false) => format!("https://docs.rs/{library}/latest/{root}/{fragment}"),
    })
}

/// What is wrong with a page that rustdoc shows, after the definitions of `src/links.md`, of which the first one of a name
/// counts. That items of the crate exist, rustdoc itself checks.
fn wrong_on_docs_rs(from: &Path, page: &str, definitions: &str) -> Vec<String> {
    let is_readme = from.ends_with("README.md");
    let here = links(page);
    let there = links(&format!("{definitions}\n{page}"));
    assert_eq!(
        here.len(),
        there.len(),
        "{}: a definition without a page, or a page without one",
        from.display()
    );
    let mut complaints = Vec::new();
    for (here, there) in here.iter().zip(there) {
        let is_source = is_readme && here.to.starts_with("src/") && there.to.starts_with("crate::");
        let is_ours = here.to.starts_with("https://docs.rs/")
            && library_names()
                .any(|ours| here.to["https://docs.rs/".len()..].split('/').next() == Some(ours.as_str()));
        let expected = on_docs_rs(from, &here.to);
        let complaint = match expected {
            _ if is_source => continue,
            _ if is_ours => "leads to a page of ours on docs.rs: write its path".to_owned(),
            None => "has no page on docs.rs".to_owned(),
            Some(expected) if expected == there.to => continue,
            Some(expected) => {
                format!("leads to {} on docs.rs: define it in src/links.md as {expected}", there.to)
            }
        };
        complaints.push(format!("{}:{}: {} {complaint}", from.display(), here.line, here.to));
    }
    complaints
}

fn library_names() -> impl Iterator<Item = String> {
    markdown::pages()
        .into_iter()
        .filter(|page| page.ends_with("README.md"))
        .filter_map(|page| library_of(&page))
}

/// The path of a link, and its fragment.
fn split(to: &str) -> (&str, Option<&str>) {
    to.split_once('#').map_or((to, None), |(path, fragment)| (path, Some(fragment)))
}

/// The file of the workspace that a relative path leads to.
fn target(from: &Path, path: &str) -> Option<PathBuf> {
    match path {
        "" => Some(from.to_owned()),
        _ => normal(&from.parent().unwrap_or(from).join(path)),
    }
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
fn every_link_of_a_library_leads_somewhere_on_docs_rs() {
    let mut complaints = Vec::new();
    let mut found = 0;
    for page in markdown::pages() {
        let Some(library) = library_of(&page) else { continue };
        let definitions = format!("crates/{library}/src/links.md");
        let has_any = markdown::root().join(&definitions).exists();
        let definitions = if has_any { markdown::read(definitions) } else { String::new() };
        complaints.extend(wrong_on_docs_rs(&page, &markdown::read(&page), &definitions));
        found += 1;
        if page.parent().is_some_and(|directory| directory.ends_with("guides")) {
            let file = page.file_name().unwrap().to_string_lossy();
            let module = format!(
                "#[doc = include_str!(\"links.md\")]\n#[doc = include_str!(\"../guides/{file}\")]\npub mod {} {{}}",
                file.trim_end_matches(".md").replace('-', "_"),
            );
            if !markdown::read(format!("crates/{library}/src/guide.rs")).contains(&module) {
                complaints.push(format!("{}: is not in src/guide.rs as\n{module}", page.display()));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    assert!(found > 10, "{found} pages: were they read?");
}

#[test]
fn links_of_a_library_are_those_that_docs_rs_needs() {
    let from = Path::new("crates/port-webhooks/guides/errors-and-retries.md");
    for (here, there) in [
        ("from-python.md#errors", Some("crate::guide::from_python#errors")),
        ("../README.md#features", Some("crate#features")),
        ("#what-is-retried", Some("#what-is-retried")),
        ("https://www.port.io", Some("https://www.port.io")),
        (
            "../../fake-port/guides/testing-with-the-fake.md#in-rust",
            Some("https://docs.rs/fake-port/latest/fake_port/guide/testing_with_the_fake/index.html#in-rust"),
        ),
        ("../../fake-port/README.md#faults", Some("https://docs.rs/fake-port/latest/fake_port/#faults")),
        ("../../port-webhooks-cli/README.md#exit-status", Some("https://crates.io/crates/port-webhooks-cli")),
        ("../../../docs/stability.md", None),
        ("../src/error.rs", None),
    ] {
        assert_eq!(on_docs_rs(from, here).as_deref(), there, "{here}");
    }
    let wrong = |page: &str, definitions: &str| wrong_on_docs_rs(from, page, definitions).join("\n");
    assert_eq!(wrong("[a][a]\n\n[a]: from-python.md", "[a]: crate::guide::from_python\n"), "");
    for (page, complaint) in [
        ("[a][a]\n\n[a]: from-python.md", "define it in src/links.md as crate::guide::from_python"),
        ("[a](../../../docs/stability.md)", "has no page on docs.rs"),
        ("[a](https://docs.rs/fake-port/latest/fake_port/)", "write its path"),
    ] {
        assert!(wrong(page, "").contains(complaint), "{}", wrong(page, ""));
    }
}

#[test]
fn what_leads_nowhere_is_told() {
    let pages = markdown::pages();
    let from = Path::new("docs/stability.md");
    let why = |to| wrong(from, to, &pages);
    for right in [
        "https://www.port.io",
        "verified.md",
        "contract.md#two-contracts",
        "#not-covered",
        "../crates/port-webhooks",
        "./verified.md",
    ] {
        assert_eq!(why(right), None, "{right}");
    }
    for (to, complaint) in [
        ("gone.md", "leads nowhere"),
        ("../../../README.md", "leads nowhere"),
        ("../README.md#gone", "leads to no heading of its page"),
        ("#gone", "leads to no heading of its page"),
        ("../Cargo.toml#gone", "leads to no heading of its page"),
        ("ErrorKind", "leads nowhere"),
        ("/docs/verified.md", "is not relative"),
        ("file:///docs/verified.md", "is neither relative nor a URL of the web"),
        ("https://", "leads nowhere"),
        ("https://github.com/a/b/blob/main/docs/verified.md", "leads to a page of ours, and is not relative"),
    ] {
        assert_eq!(why(to).unwrap_or("is right"), complaint, "{to}");
    }
    assert_eq!(anchors("# A `b`, c\n\n## D\n\n## D\n\n## E_f g-h!"), ["a-b-c", "d", "d-1", "e_f-g-h"]);
}
